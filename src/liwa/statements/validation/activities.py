"""Verbs, Activities and their definitions."""

from typing import Any

from liwa.statements.validation.paths import Path, mistyped, refuse
from liwa.statements.validation.values import (
    check_extensions,
    check_iri,
    check_language_map,
    check_properties,
    check_string,
    require,
    word,
)

INTERACTION_TYPES = (
    "true-false",
    "choice",
    "fill-in",
    "long-fill-in",
    "matching",
    "performance",
    "sequencing",
    "likert",
    "numeric",
    "other",
)
COMPONENT_LISTS = ("choices", "scale", "source", "target", "steps")
_INTERACTION = frozenset({"correctResponsesPattern", *COMPONENT_LISTS})

_VERB = {"id": check_iri, "display": check_language_map}
_COMPONENT = {"id": check_string, "description": check_language_map}


def check_verb(value: Any, path: Path) -> None:
    """A Verb."""
    check_properties(value, path, _VERB)
    require(value, path, "id")


def _check_interaction_type(value: Any, path: Path) -> None:
    if type(value) is not str:
        mistyped(value, "a string", path)
    if value not in INTERACTION_TYPES:
        refuse(f"must be one of {', '.join(INTERACTION_TYPES)}", path)


def _check_patterns(value: Any, path: Path) -> None:
    if type(value) is not list:
        mistyped(value, "an array of strings", path)
    for at, pattern in enumerate(value):
        check_string(pattern, (path, at))


def _check_components(value: Any, path: Path) -> None:
    if type(value) is not list:
        mistyped(value, "an array of interaction components", path)
    seen = set()
    for at, component in enumerate(value):
        check_properties(component, (path, at), _COMPONENT)
        require(component, (path, at), "id")
        if component["id"] in seen:
            refuse("each component's id must be there once in its list", ((path, at), "id"))
        seen.add(component["id"])


_DEFINITION = {
    "name": check_language_map,
    "description": check_language_map,
    "type": check_iri,
    "moreInfo": check_iri,
    "extensions": check_extensions,
    "interactionType": _check_interaction_type,
    "correctResponsesPattern": _check_patterns,
    **dict.fromkeys(COMPONENT_LISTS, _check_components),
}


def check_definition(value: Any, path: Path) -> None:
    """The definition of an Activity.

    Whether the response patterns and component lists suit the interaction's type is left open, as the standard
    allows.
    """
    check_properties(value, path, _DEFINITION)
    if "interactionType" not in value and not _INTERACTION.isdisjoint(value):
        refuse("is required of an interaction", (path, "interactionType"))


_ACTIVITY = {"objectType": word("Activity"), "id": check_iri, "definition": check_definition}


def check_activity(value: Any, path: Path) -> None:
    """An Activity."""
    check_properties(value, path, _ACTIVITY)
    require(value, path, "id")
