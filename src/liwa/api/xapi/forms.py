"""The formats in which statements are given out."""

from collections.abc import Iterator

import msgspec

from liwa.statements import activities, canonical

PAGE_BYTES = 16 << 20  # a page ends early rather than be larger, unless it is one statement
MOST_ACTIVITIES = 2000  # that are looked up at once


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
    """The statements as `ids`, `exact` or `canonical`, the last in the language that suits the reader best.

    Canonical statements may be much larger than they are stored: there may be fewer of them than were asked for,
    but for the first.
    """
    if form == "ids":
        return [canonical.as_ids(payload) for payload in payloads]
    if form == "canonical":
        return list(_fitting(_canonical(payloads, canonical.languages(accept_language))))
    return [canonical.exact(payload) for payload in payloads]


def _fitting(statements: Iterator[bytes]) -> Iterator[bytes]:
    total = 0
    for at, one in enumerate(statements):
        total += len(one)
        if at and total > PAGE_BYTES:
            return
        yield one


def _canonical(payloads: list[bytes], languages: list[str]) -> Iterator[bytes]:
    reader = canonical.Canonical(languages)
    for some, iris in _together(payloads):
        # Of a statement with more activities than anyone describes, none is looked up.
        reader.learn(activities.definitions(iris) if len(iris) <= MOST_ACTIVITIES else {})
        for payload in some:
            yield reader.statement(payload)


def _together(payloads: list[bytes]) -> Iterator[tuple[list[bytes], set[str]]]:
    """Statements whose activities are looked up at once, and these; only one alone has more than MOST_ACTIVITIES."""
    some: list[bytes] = []
    iris: set[str] = set()
    for payload in payloads:
        more = set(_activities(payload))
        if some and len(iris) + len(more - iris) > MOST_ACTIVITIES:
            yield some, iris
            some, iris = [], set()
        some.append(payload)
        iris |= more
    if some:
        yield some, iris


def _activities(payload: bytes) -> Iterator[str]:
    """The ids of all activities whose definitions a statement shows."""
    statement = _READ.decode(payload)
    shown = [statement.object, statement.object.object]
    for context in (statement.context, statement.object.context):
        related = context.contextActivities if context else None
        for one in (related.parent, related.grouping, related.category, related.other) if related else ():
            shown += one if isinstance(one, list) else [one]
    return (one.id for one in shown if one and one.objectType == "Activity" and one.id)
