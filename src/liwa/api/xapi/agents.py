"""The agents resource: an agent as a Person object."""

from liwa.api.xapi import answers
from liwa.api.xapi.activities import may_look_up
from liwa.api.xapi.answers import Answer
from liwa.api.xapi.call import Call, Operation, Resource, allow
from liwa.api.xapi.parameters import AGENT, Parameter, parsed_json
from liwa.statements import agents


def show(call: Call) -> Answer:
    """The Person; of an agent never heard of, just what the request said."""
    allow(may_look_up(call), "reading agents")
    return answers.tagged(
        answers.encoded(agents.person(parsed_json(call.parameters["agent"], "?agent"), call.credential))
    )


RESOURCES = (
    Resource(
        "agents",
        "What is known of an agent.",
        (
            Operation(
                "GET",
                "Get an agent as a Person",
                show,
                (Parameter("agent", AGENT, "The agent.", required=True),),
                gives={answers.JSON: "Person"},
                errors=(403,),
            ),
        ),
    ),
)
