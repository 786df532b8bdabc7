"""Statements into the lake: every one once, whatever dies in between.

Statements are in the order of `seq`, and whoever sees one sees all before it. How far they have flowed is saved in
one transaction with the version of the lake that holds them: a process killed before that has changed nothing, for
the next writer rolls the lake back to the version that the database names.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from liwa.core.ids import event_id
from liwa.core.rows import EventRow
from liwa.db.retrying import retrying
from liwa.flows.classmaps import FILE, Maps, Names, known_classes
from liwa.flows.home import Home
from liwa.flows.lakes import current_lake, record_load
from liwa.flows.loading import Progress
from liwa.lake.changes import find_events, remove_events, remove_source
from liwa.lake.events import Lake
from liwa.records.campus import profile
from liwa.records.intake import chunks
from liwa.sources.xapi import KNOWN, Json, natural_keys
from liwa.statements import people
from liwa.statements.models import Arrival, Pump, Statement
from liwa.statements.shelf import completed
from liwa.statements.store import stored_at
from liwa.statements.validation.timestamps import parse_timestamp

BATCH = 50_000
NAME = "Statements to the lake"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"

_decode = msgspec.json.Decoder(dict[str, Any]).decode

Stored = tuple[int, UUID, bool, str]  # seq, id, whether it is void, payload


@dataclass(frozen=True)
class Row:
    """A statement as it is stored, decoded."""

    seq: int
    statement: Json
    writer: str
    feed: str

    @property
    def is_of_file(self) -> bool:
        """Whether it came in a file, and so tells of earlier days."""
        return self.writer.startswith(FILE)


@dataclass
class Pumped:
    """What one run did: statements it saw, events it added and took back, and events of no class among the added."""

    statements: int = 0
    events: int = 0
    unmapped: int = 0
    removed: int = 0


@dataclass
class Batch:
    """The events of some statements by feed, each with its statement's number; and what else is to be kept."""

    events: dict[str, list[tuple[int, list[EventRow]]]] = field(default_factory=lambda: defaultdict(list))
    seen: dict[str, people.Seen] = field(default_factory=dict)
    voids: set[str] = field(default_factory=set)
    writers: dict[str, str] = field(default_factory=dict)
    last: int = 0

    def add(self, number: int, row: Row, events: list[EventRow]) -> None:
        """Take the events of a statement; `number` tells it from the others of the batch."""
        self.writers[row.writer] = row.feed
        self.events[row.feed].append((number, events))
        for event in events:
            before = self.seen.get(event.user)
            times, last = (before.statements, before.last) if before else (0, event.occurred_at)
            self.seen[event.user] = people.Seen(times + 1, max(last, event.occurred_at))


class River:
    """One run over statements into `lake`, on top of `version`; `pump` is what is known of all runs so far."""

    def __init__(self, home: Home, lake: Lake, version: int | None, pump: Pump) -> None:
        self.maps = Maps(home)
        self.lake = lake
        self.version = version
        self.pump = pump
        self.done = Pumped()
        self._campus = self.maps.feeds.campus if self.maps.feeds.feed else profile()
        self._classes = known_classes()
        self._names: dict[str, Names] = {}

    # Reading

    def batches(self, after: int, last: int | None = None) -> Iterator[list[Stored]]:
        """The statements after one number, up to another, in their order."""
        while True:
            wanted = Statement.objects.filter(seq__gt=after).order_by("seq")
            if last is not None:
                wanted = wanted.filter(seq__lte=last)
            rows = list(wanted.values_list("seq", "id", "voided", "payload")[:BATCH])
            if not rows:
                return
            texts = completed([(seq, payload) for seq, _, _, payload in rows])
            yield [
                (seq, pk, voided, text) for (seq, pk, voided, _), (_, text) in zip(rows, texts, strict=True)
            ]
            after = rows[-1][0]

    def row(self, seq: int, payload: str | bytes) -> Row:
        """A statement, decoded."""
        statement = _decode(payload)
        writer = self.maps.writer(statement.get("authority") or {})
        return Row(seq, statement, writer, self.maps.feed_of(writer))

    def names(self, feed: str) -> Names:
        """What class names stand for, as the feed asks."""
        if feed not in self._names:
            self._names[feed] = Names(self._campus, self._classes)
        return self._names[feed]

    # Understanding

    def understand(self, rows: Sequence[Stored], only: Collection[str] = ()) -> Batch:
        """The events of these statements; with `only`, of these feeds."""
        batch = Batch(last=rows[-1][0])
        arrivals = _arrivals([pk for _, pk, voided, _ in rows if not voided])
        for number, (seq, pk, voided, payload) in enumerate(rows, start=1):
            row = self.row(seq, payload)
            if only and row.feed not in only:
                continue
            target = voided_by(row.statement)
            if target:
                batch.voids.add(target)
            elif not voided:
                batch.add(number, row, self.events_of(row, arrivals.get(pk)))
        return batch

    def events_of(self, row: Row, arrived: datetime | None = None) -> list[EventRow]:
        """The events of one statement; `arrived` is when it was known, where the file that it came in says so."""
        mapped = self.maps.map_of(row.feed)
        told = row.statement.get("timestamp")
        stored = stored_at(row.seq)
        # A clock that is ahead: nothing happened after it was stored.
        occurred = min(parse_timestamp(told), stored) if told else stored
        known = arrived if row.is_of_file else None
        if known is None:
            is_history = row.is_of_file or mapped.known == KNOWN[1]
            known = occurred + mapped.delay if is_history else stored
        names = self.names(row.feed)
        return mapped.events(row.statement, occurred, known, lambda name: names.find(name, occurred))

    # Writing

    def append(self, batch: Batch) -> None:
        """Put the events into the lake, in one version for each feed, and count them."""
        self.pump.writers |= batch.writers
        for feed, lines in batch.events.items():
            with self.lake.writer(feed, self.version) as writer:
                for number, events in lines:
                    writer.add(number, events)
                appended = writer.commit()
            self.version = appended.version
            unmapped = sum(event.klass is None for _, events in lines for event in events)
            self.count(feed, appended.events, unmapped)
            self.done.statements += len(lines)
            self.done.events += appended.events
            self.done.unmapped += unmapped

    def count(self, feed: str, events: int, unmapped: int) -> None:
        """Keep what is known of a feed: how it was read, and its events."""
        known = self.pump.feeds.setdefault(feed, {"names": {}, "events": 0, "unmapped": 0})
        known["map"] = self.maps.fingerprint(feed)
        known["names"] |= self.names(feed).asked
        known["events"] += events
        known["unmapped"] += unmapped

    def take_back(self, statements: Iterable[str]) -> None:
        """Take the events of these statements, by id, out of the lake, where they are there."""
        gone: list[str] = []
        for some in chunks(statements):
            rows = Statement.objects.filter(id__in=some).values_list("seq", "payload")
            for seq, payload in completed(list(rows)):
                gone += event_ids(self.row(seq, payload))
        self.remove(gone)

    def remove(self, ids: Iterable[str]) -> None:
        """Take the events of these ids out of the lake, and count them no longer."""
        found = find_events(self.lake.root, self.version, ids)
        self.version = remove_events(self.lake.root, self.version, [one.id for one in found])
        for one in found:
            known = self.pump.feeds[one.source]
            known["events"] -= 1
            known["unmapped"] -= one.klass is None
        self.done.removed += len(found)


def event_ids(row: Row) -> list[str]:
    """The ids of a statement's events."""
    return [event_id(row.feed, key, 1) for key, _ in natural_keys(row.statement)]


def voided_by(statement: Json) -> str:
    """The id of the statement that this one voids, else ""."""
    target = statement["object"]
    is_voiding = statement["verb"]["id"] == VOIDED and target.get("objectType") == "StatementRef"
    return str(target["id"]).lower() if is_voiding else ""


def _arrivals(ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When statements of files were known, by id, where the files said so."""
    found: dict[UUID, datetime] = {}
    if Arrival.objects.exists():
        for some in chunks(ids):
            found |= dict(Arrival.objects.filter(pk__in=some).values_list("pk", "known_at"))
    return found


# Runs


def _no_progress(name: str, done: int, total: int | None) -> None:
    """Show nothing."""


def pump(home: Home, progress: Progress = _no_progress) -> Pumped:
    """Bring the lake up to the newest statement, and read those of a changed class map anew.

    Call it with the write lock held. Raises ConfigError where a map cannot work, Busy, Unavailable.
    """
    lake, version = current_lake(home)
    river = River(home, lake, version, current())
    _read_changed_anew(river)
    total = Statement.objects.filter(seq__gt=river.pump.position).count()
    for rows in river.batches(river.pump.position):
        batch = river.understand(rows)
        river.append(batch)
        river.take_back(batch.voids)
        river.pump.position = batch.last
        retrying(_save, river, batch)
        progress(NAME, min(river.done.statements, total), total)
    return river.done


def current() -> Pump:
    """How far the statements have flowed."""
    return Pump.objects.filter(pk="current").first() or Pump()


def _save(river: River, batch: Batch | None = None) -> None:
    record_load(river.version, ())
    river.pump.save()
    if batch:
        people.note_actors(batch.seen)


def _read_changed_anew(river: River) -> None:
    """Make the events of feeds whose map, classes or writers are others now than when they were made."""
    stale = _stale(river)
    if not stale:
        return
    for feed in stale & river.pump.feeds.keys():
        river.version = remove_source(river.lake.root, river.version, feed)
        del river.pump.feeds[feed]
    for rows in river.batches(0, river.pump.position):
        river.append(river.understand(rows, stale))
    river.done = Pumped()
    retrying(_save, river)


def _stale(river: River) -> set[str]:
    known = river.pump.feeds
    found = {feed for feed, one in known.items() if _is_stale(river, feed, one)}
    for writer, was in river.pump.writers.items():
        now = river.maps.feed_of(writer)
        if now != was:
            found |= {was, now}
    return found


def _is_stale(river: River, feed: str, known: dict[str, Any]) -> bool:
    if known["map"] != river.maps.fingerprint(feed):
        return True
    names = river.names(feed)
    return any(names.classes(name) != classes for name, classes in known["names"].items())


def remake(home: Home, lake: Lake, version: int | None, progress: Progress) -> River:
    """Put the events of all statements that had flowed into a new lake.

    Save the `pump` of what this gives in the transaction that changes over; the next refresh goes on from there.
    """
    known = current()
    known.feeds, known.writers = {}, {}
    river = River(home, lake, version, known)
    total = Statement.objects.filter(seq__lte=known.position).count()
    for rows in river.batches(0, known.position):
        river.append(river.understand(rows))
        progress(NAME, min(river.done.statements, total), total)
    return river


def unmapped() -> Counter[str]:
    """How many events belong to no class, by feed."""
    return Counter({feed: known["unmapped"] for feed, known in current().feeds.items()})
