"""Contexts of both versions, and references to statements."""

from collections.abc import Mapping
from typing import Any

from liwa.statements.validation.activities import check_activity
from liwa.statements.validation.agents import check_actor, check_agent, check_group
from liwa.statements.validation.paths import Path, mistyped, refuse
from liwa.statements.validation.values import (
    Check,
    check_extensions,
    check_iri,
    check_language_tag,
    check_properties,
    check_string,
    check_uuid,
    require,
    word,
)
from liwa.statements.versions import Version

_REFERENCE = {"objectType": word("StatementRef"), "id": check_uuid}


def check_reference(value: Any, path: Path) -> None:
    """A StatementRef; whether there is such a statement does not matter."""
    check_properties(value, path, _REFERENCE)
    require(value, path, *_REFERENCE)


def _check_related(value: Any, path: Path) -> None:
    """One Activity, as it was in versions before 1.0, or several."""
    if type(value) is list:
        for at, activity in enumerate(value):
            check_activity(activity, (path, at))
    elif type(value) is dict:
        check_activity(value, path)
    else:
        mistyped(value, "an array of Activities", path)


_RELATED = dict.fromkeys(("parent", "grouping", "category", "other"), _check_related)


def _check_context_activities(value: Any, path: Path) -> None:
    check_properties(value, path, _RELATED)


def _check_types(value: Any, path: Path) -> None:
    if type(value) is not list:
        mistyped(value, "an array of IRIs", path)
    if not value:
        refuse("must name at least one type", path)
    for at, kind in enumerate(value):
        check_iri(kind, (path, at))


def _several(kind: str, name: str, check: Check) -> Check:
    """The check of contextAgents or contextGroups: objects of this kind, with an agent or a group by this name."""
    table = {"objectType": word(kind), name: check, "relevantTypes": _check_types}

    def check_all(value: Any, path: Path) -> None:
        if type(value) is not list:
            mistyped(value, "an array", path)
        for at, item in enumerate(value):
            check_properties(item, (path, at), table)
            require(item, (path, at), "objectType", name)

    return check_all


_CONTEXT_1: dict[str, Check] = {
    "registration": check_uuid,
    "instructor": check_actor,
    "team": check_group,
    "contextActivities": _check_context_activities,
    "revision": check_string,
    "platform": check_string,
    "language": check_language_tag,
    "statement": check_reference,
    "extensions": check_extensions,
}
_CONTEXT: Mapping[Version, dict[str, Check]] = {
    Version.V1: _CONTEXT_1,
    Version.V2: {
        **_CONTEXT_1,
        "contextAgents": _several("contextAgent", "agent", check_agent),
        "contextGroups": _several("contextGroup", "group", check_group),
    },
}


def context_check(version: Version) -> Check:
    """The check of a context by this version's rules."""
    table = _CONTEXT[version]

    def check(value: Any, path: Path) -> None:
        check_properties(value, path, table)

    return check
