"""When two statements are the same ("Statement Comparison Requirements"), and what an agent is called.

Each statement is brought into one plain form, without what the standard does not count as part of it: what a store
sets, how a verb is displayed, how an activity is defined, the signatures it carries. Then the forms are compared.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec

from liwa.core.actors import actor_key as agents_key
from liwa.statements.validation.formats import parse_timestamp
from liwa.statements.validation.results import SIGNATURE

__all__ = ["agents_key", "same_statement"]

_SET_BY_THE_STORE = ("stored", "authority", "version")
_MAYBE_SET_BY_THE_STORE = ("id", "timestamp")
# Only where a number begins, and never giving a digit back: the longest of durations takes no longer than its length.
_SECONDS = re.compile(r"(?<![0-9])([0-9]++)(?:[.,]([0-9]++))?S\Z")
_PRECISION = timedelta(milliseconds=1)  # a store need not keep more


def same_statement(a: dict[str, Any], b: dict[str, Any]) -> bool:
    """Whether two valid statements say the same.

    Left out: stored, authority and version; id and timestamp where one of the two has none; verbs' display,
    activities' definitions, signatures. The same are: instants closer than a millisecond, durations equal to
    0.01 s, a group's members in any order, one context activity and an array of it, letters of either case where
    case does not count (UUIDs, hashes, language tags, the domain of an address), 1 and 1.0.
    """
    left, right = _statement(a), _statement(b)
    for name in _SET_BY_THE_STORE:
        left.pop(name, None)
        right.pop(name, None)
    for name in _MAYBE_SET_BY_THE_STORE:
        if name not in left or name not in right:
            left.pop(name, None)
            right.pop(name, None)
    return _same_timestamp(left, right) and _same(left, right)


def _same_timestamp(left: dict[str, Any], right: dict[str, Any]) -> bool:
    """Compare the timestamps of two plain forms, there and in their SubStatements, and take them out."""
    for one, other in ((left["object"], right["object"]), (left, right)):
        first, second = one.get("timestamp"), other.get("timestamp")
        if first is None or second is None:
            continue  # one is missing: the comparison of the rest sees that
        if abs(parse_timestamp(first) - parse_timestamp(second)) >= _PRECISION:
            return False
        del one["timestamp"], other["timestamp"]
    return True


def _same(a: Any, b: Any) -> bool:
    """Whether two JSON values are equal: true is not 1. No depth of nesting is too much."""
    waiting = [(a, b)]
    while waiting:
        one, other = waiting.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            waiting += [(item, other[key]) for key, item in one.items()]
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            waiting += zip(one, other, strict=True)
        elif isinstance(one, bool) is not isinstance(other, bool) or one != other:
            return False
    return True


# The plain forms


def _with(value: dict[str, Any], **parts: Callable[[Any], Any]) -> dict[str, Any]:
    """The object with the plain form of these properties."""
    plain = dict(value)
    for name, form in parts.items():
        if name in plain:
            plain[name] = form(plain[name])
    return plain


def _statement(value: dict[str, Any]) -> dict[str, Any]:
    plain = _with(
        value,
        id=str.lower,
        actor=_actor,
        verb=_verb,
        object=_object,
        result=_result,
        context=_context,
        attachments=_attachments,
    )
    if not plain.get("attachments", True):
        del plain["attachments"]
    return plain


def _actor(value: dict[str, Any]) -> dict[str, Any]:
    return _with(value, mbox=_mbox, mbox_sha1sum=str.lower, member=_members)


def _mbox(value: str) -> str:
    local, _, domain = value.rpartition("@")
    return f"{local}@{domain.lower()}"


def _members(value: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(map(_actor, value), key=lambda member: msgspec.json.encode(member, order="sorted"))


def _verb(value: dict[str, Any]) -> dict[str, Any]:
    return {"id": value["id"]}


def _activity(value: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in value.items() if name != "definition"}


def _object(value: dict[str, Any]) -> dict[str, Any]:
    match value.get("objectType"):
        case "Agent" | "Group":
            return _actor(value)
        case "StatementRef":
            return _reference(value)
        case "SubStatement":
            return _statement(value)
        case _:
            return _activity(value)


def _reference(value: dict[str, Any]) -> dict[str, Any]:
    return _with(value, id=str.lower)


def _result(value: dict[str, Any]) -> dict[str, Any]:
    return _with(value, duration=_duration)


def _duration(value: str) -> str:
    """The text, with its seconds cut to hundredths."""
    return _SECONDS.sub(_hundredths, value)


def _hundredths(seconds: re.Match[str]) -> str:
    fraction = (seconds[2] or "")[:2].rstrip("0")
    return f"{seconds[1]}.{fraction}S" if fraction else f"{seconds[1]}S"


def _context(value: dict[str, Any]) -> dict[str, Any]:
    return _with(
        value,
        registration=str.lower,
        instructor=_actor,
        team=_actor,
        contextActivities=_context_activities,
        language=str.lower,
        statement=_reference,
        contextAgents=lambda items: [_with(item, agent=_actor) for item in items],
        contextGroups=lambda items: [_with(item, group=_actor) for item in items],
    )


def _context_activities(value: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    return {
        name: [_activity(item) for item in (items if isinstance(items, list) else [items])]
        for name, items in value.items()
    }


def _attachments(value: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All but the signatures: a signed statement is the statement before it was signed."""
    return [
        _with(item, sha2=str.lower, display=_language_map, description=_language_map)
        for item in value
        if item["usageType"] != SIGNATURE
    ]


def _language_map(value: dict[str, str]) -> dict[str, str]:
    return {tag.lower(): text for tag, text in value.items()}
