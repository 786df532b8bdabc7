"""The about resource: what this store speaks."""

from liwa.api.xapi import answers
from liwa.api.xapi.answers import Answer
from liwa.api.xapi.call import Call, Operation, Resource
from liwa.statements.versions import Version


def show(call: Call) -> Answer:
    """The versions of the standard, the latest of each major one."""
    return answers.encoded({"version": [str(one) for one in Version]})


RESOURCES = (
    Resource(
        "about",
        "Which versions of the standard this store speaks.",
        (Operation("GET", "Tell the versions", show, gives={answers.JSON: "About"}, public=True),),
    ),
)
