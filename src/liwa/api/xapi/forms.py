"""The formats in which statements are given out."""

from collections.abc import Iterator

import msgspec

from liwa.statements import activities, canonical


class _Activity(msgspec.Struct):
    id: str = ""
    objectType: str = "Activity"  # noqa: N815 - the standard's word


_Activities = list[_Activity] | _Activity


class _Related(msgspec.Struct):
    parent: _Activities = []
    grouping: _Activities = []
    category: _Activities = []
    other: _Activities = []


class _Context(msgspec.Struct):
    contextActivities: _Related | None = None  # noqa: N815


class _Object(_Activity):
    object: _Activity | None = None
    context: _Context | None = None


class _Statement(msgspec.Struct):
    object: _Object
    context: _Context | None = None


_READ = msgspec.json.Decoder(_Statement)


def formatted(payloads: list[bytes], form: str, accept_language: str) -> list[bytes]:
    """The statements as `ids`, `exact` or `canonical`, the last in the language that suits the reader best."""
    if form == "ids":
        return [canonical.as_ids(payload) for payload in payloads]
    if form == "canonical":
        languages = canonical.languages(accept_language)
        known = activities.definitions({iri for payload in payloads for iri in _activities(payload)})
        return [canonical.as_canonical(payload, known, languages) for payload in payloads]
    return [canonical.exact(payload) for payload in payloads]


def _activities(payload: bytes) -> Iterator[str]:
    """The ids of all activities whose definitions a statement shows."""
    statement = _READ.decode(payload)
    shown = [statement.object, statement.object.object]
    for context in (statement.context, statement.object.context):
        related = context.contextActivities if context else None
        for one in (related.parent, related.grouping, related.category, related.other) if related else ():
            shown += one if isinstance(one, list) else [one]
    return (one.id for one in shown if one and one.objectType == "Activity" and one.id)
