"""xAPI statements: what a statement says as events, and to which class it belongs.

The feed's options say where a class is named; see docs/sources/xapi.md. `liwa.statements` keeps the statements;
this module only reads them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from liwa.core.actors import actor_key
from liwa.core.errors import ConfigError
from liwa.core.feeds import Campus, Feed
from liwa.core.ids import SEPARATOR
from liwa.core.rows import Accepted, EventRow, Part, Refusal
from liwa.sources import sources
from liwa.sources.files import open_file
from liwa.sources.options import check_options, text_option, whole_option
from liwa.sources.tables import open_table
from liwa.sources.xapi_files import texts
from liwa.sources.xapi_words import amount_of, last_part, verb_of

SOURCE = "xapi"
PLACES = ("parent", "grouping", "category", "other", "object")
USUAL = ("parent", "grouping", "object")
OPTIONS = ("class_from", "classes", "classes_file", "class_pattern", "known_at", "known_after_hours")
KNOWN = ("stored", "timestamp")
REMEMBERED = 100_000  # activities whose class name is not looked for again

Json = dict[str, Any]
ClassOf = Callable[[str], str | None]


@dataclass(frozen=True)
class StatementMap:
    """How the statements of one feed are understood.

    `places` are where an activity may name the class, in the order in which they count; `classes` names the class
    of an activity by its id, `pattern` finds the name in the id; `verbs` maps the IRI or word of a verb to ours.
    `delay` is how long after it happened a statement from a file was known; `known` is KNOWN[1] where those that
    tools send count as known when they happened.
    """

    places: tuple[str, ...] = USUAL
    classes: Mapping[str, str] = field(default_factory=dict)
    pattern: re.Pattern[str] | None = None
    verbs: Mapping[str, str] = field(default_factory=dict)
    known: str = KNOWN[0]
    delay: timedelta = timedelta()
    _names: dict[str, str] = field(default_factory=dict, compare=False)

    def name_of(self, activity: str) -> str:
        """What the map calls the class of an activity, by sourcedId or class code; "" where it says nothing."""
        name = self._names.get(activity)
        if name is None:
            name = self.classes.get(activity) or self._found(activity)
            if len(self._names) < REMEMBERED:
                self._names[activity] = name
        return name

    def _found(self, activity: str) -> str:
        found = self.pattern.search(activity) if self.pattern else None
        return (found[1] or "") if found else ""

    def klass(self, statement: Json, class_of: ClassOf) -> str | None:
        """The class of a statement: the first that an activity names and `class_of` knows by that name."""
        for activity in self.activities(statement):
            name = self.name_of(activity)
            if name and (found := class_of(name)):
                return found
        return None

    def activities(self, statement: Json) -> Iterator[str]:
        """The ids of the activities that may name the class, those that count more first."""
        around = (statement.get("context") or {}).get("contextActivities") or {}
        for place in self.places:
            if place == "object":
                target = statement["object"]
                if target.get("objectType", "Activity") == "Activity":
                    yield target["id"]
                continue
            found = around.get(place) or ()
            for activity in [found] if isinstance(found, dict) else found:
                yield activity["id"]

    def verb(self, iri: str) -> str:
        """Our word for a verb."""
        return self.verbs.get(iri) or self.verbs.get(last_part(iri)) or verb_of(iri)

    def events(
        self, statement: Json, occurred_at: datetime, known_at: datetime, class_of: ClassOf
    ) -> list[EventRow]:
        """What a valid statement stands for: one event, or where a group acted, one for each member.

        Nobody who can be told by an identifier: no event.
        """
        target, kind = _target(statement["object"])
        amount, unit = amount_of(statement.get("result") or {})
        verb, klass = self.verb(statement["verb"]["id"]), self.klass(statement, class_of)
        known_at = max(known_at, occurred_at)
        return [
            EventRow(key, occurred_at, known_at, user, verb, target, kind, klass, amount, unit)
            for key, user in natural_keys(statement)
        ]


def natural_keys(statement: Json) -> list[tuple[str, str]]:
    """(natural key, user) of each event of a statement; see `StatementMap.events`."""
    actor = statement["actor"]
    members = actor.get("member") or []
    if not members:
        user = actor_key(actor)
        return [(statement["id"], user)] if user else []
    users = dict.fromkeys(filter(None, map(actor_key, members)))
    return [(f"{statement['id']}{SEPARATOR}{user}", user) for user in users]


def _target(target: Json) -> tuple[str, str]:
    """The object's id and kind: for an activity the last part of its type."""
    kind = target.get("objectType", "Activity")
    if kind == "Activity":
        typed = (target.get("definition") or {}).get("type")
        return target["id"], last_part(typed) if typed else "activity"
    if kind == "StatementRef":
        return target["id"], "statement"
    if kind == "SubStatement":
        return _target(target["object"])
    return actor_key(target), kind.lower()


# The feed's options


def statement_map(feed: Feed) -> StatementMap:
    """The map that a feed's options describe. Raises ConfigError, SourceError for its file of classes."""
    check_options(feed, *OPTIONS)
    return StatementMap(
        places=_places(feed),
        classes={**_classes_file(feed), **_classes(feed)},
        pattern=_pattern(feed),
        verbs={word.strip(): verb.strip().lower() for word, verb in feed.verbs.items()},
        known=text_option(feed, "known_at", KNOWN[0], KNOWN),
        delay=timedelta(hours=whole_option(feed, "known_after_hours")),
    )


def _places(feed: Feed) -> tuple[str, ...]:
    given = feed.options.get("class_from", list(USUAL))
    found = [given] if isinstance(given, str) else given
    if not isinstance(found, list) or not found or not set(map(str, found)) <= set(PLACES):
        raise ConfigError(
            f"Feed {feed.name!r}: options.class_from names something else than activities of a statement.",
            remedy=f"Use one or several of {', '.join(PLACES)}.",
        )
    return tuple(found)


def _classes(feed: Feed) -> dict[str, str]:
    given = feed.options.get("classes", {})
    if not isinstance(given, dict) or not all(isinstance(name, str) and name for name in given.values()):
        raise ConfigError(
            f"Feed {feed.name!r}: options.classes is not a table of activity ids and classes.",
            remedy='Write it as classes = { "activity id" = "class sourcedId" }.',
        )
    return given


def _classes_file(feed: Feed) -> dict[str, str]:
    """Columns: activity, class. A later line for an activity counts."""
    name = text_option(feed, "classes_file")
    if not name:
        return {}
    table = open_table(open_file(Path(name)))
    activity, klass = table.require("activity", "class")
    found = {}
    for item in table.rows():
        if isinstance(item, Refusal):
            raise ConfigError(f"{name}, line {item.line}: {item.field} {item.reason}.".replace(":  ", ": "))
        line, row = item
        if not row[activity].strip() or not row[klass].strip():
            raise ConfigError(f"{name}, line {line}: activity and class must both be given.")
        found[row[activity].strip()] = row[klass].strip()
    return found


def _pattern(feed: Feed) -> re.Pattern[str] | None:
    text = text_option(feed, "class_pattern")
    if not text:
        return None
    try:
        found = re.compile(text)
    except re.error as error:
        raise ConfigError(f"Feed {feed.name!r}: options.class_pattern: {error}.") from None
    if found.groups != 1:
        raise ConfigError(
            f"Feed {feed.name!r}: options.class_pattern has {found.groups} groups.",
            remedy="Put brackets around what names the class, and write (?:…) for other brackets.",
        )
    return found


# A file, as `liwa feed check` shows it


@sources.register(SOURCE)
def xapi(feed: Feed, path: Path, campus: Campus) -> Iterator[Part]:
    """Each statement's events, the class as the map names it. What loads the statements themselves is in `flows`.

    Raises ConfigError for options that cannot work, SourceError where the file cannot be read.
    """
    mapped = statement_map(feed)
    yield Part(path.name, lambda: _read(mapped, path))


def _read(mapped: StatementMap, path: Path) -> Iterator[Accepted | Refusal]:
    decode = msgspec.json.Decoder(Json).decode
    for line, text in texts(path):
        try:
            yield Accepted(line, events=tuple(_shown(mapped, decode(text))))
        except (msgspec.DecodeError, RecursionError):
            yield Refusal(line, "", text[:80].decode("utf-8", "replace"), "is not a JSON object")
        except (KeyError, TypeError, ValueError, AttributeError):
            yield Refusal(line, "", "", "is not a statement")


def _shown(mapped: StatementMap, statement: Json) -> Iterable[EventRow]:
    statement.setdefault("id", "")
    told = statement.get("timestamp") or statement.get("stored")
    at = datetime.fromisoformat(told) if told else datetime.now(UTC)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return mapped.events(statement, at, at + mapped.delay, lambda name: name)
