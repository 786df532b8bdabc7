"""The activities resource: what is known of an activity."""

from liwa.api.xapi import answers
from liwa.api.xapi.answers import Answer
from liwa.api.xapi.call import Call, Operation, Resource, allow
from liwa.api.xapi.parameters import IRI, Parameter
from liwa.statements import activities


def show(call: Call) -> Answer:
    """The activity with what all statements together say of it; of one never heard of, its id."""
    allow(may_look_up(call), "reading activities")
    iri = call.values["activityId"]
    activity = {"objectType": "Activity", "id": iri}
    definition = activities.definition(iri)
    if definition:
        activity["definition"] = definition
    return answers.tagged(answers.encoded(activity))


def may_look_up(call: Call) -> bool:
    """Whether the key may read anything at all."""
    asks = call.credential
    return asks.reads != "none" or asks.may("state", write=False) or asks.may("profile", write=False)


RESOURCES = (
    Resource(
        "activities",
        "What is known of an activity.",
        (
            Operation(
                "GET",
                "Get an activity with its definition",
                show,
                (Parameter("activityId", IRI, "The id of the activity.", required=True),),
                gives={answers.JSON: "Activity"},
                errors=(403,),
            ),
        ),
    ),
)
