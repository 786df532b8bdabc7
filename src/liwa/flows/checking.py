"""What `liwa feed check` shows: the first rows of a feed as they would be understood. Changes nothing."""

from pathlib import Path
from typing import Any

from liwa.core.feeds import Campus, Feed
from liwa.core.rows import EventRow
from liwa.flows.classmaps import known_classes
from liwa.flows.home import Home
from liwa.flows.load import files_of
from liwa.flows.river import River
from liwa.flows.setup import is_ready
from liwa.lake.events import Lake
from liwa.sources.preview import preview
from liwa.sources.xapi import SOURCE, statement_map
from liwa.statements.models import Pump, Statement
from liwa.statements.shelf import completed

LOOKED_AT = 1_000  # of the newest statements, to find some of the feed

Shown = dict[str, Any]


def check(home: Home, feed: Feed, campus: Campus, rows: int) -> list[Shown]:
    """Each file of the feed, as `sources.preview` tells of it; of a feed of statements also the newest stored.

    Classes that its map names and nobody knows are told as refusals. Raises what reading the feed raises.
    """
    found: list[Shown] = []
    if feed.path != Path():
        found = [
            {"feed": feed.name, "input": path.name, **part}
            for path in files_of(feed)[-1:]
            for part in preview(feed, path, campus, rows)
        ]
    if feed.source == SOURCE:
        found.append({"feed": feed.name, "input": "", **_stored(home, feed, rows)})
    return found


def _stored(home: Home, feed: Feed, rows: int) -> Shown:
    mapped = statement_map(feed)
    said: Shown = {
        "file": "statements",
        "lines": 0,
        "accepted": 0,
        "refused": 0,
        "complete": [],
        "rows": [],
        "refusals": [],
    }
    if not is_ready():
        return said
    classes = known_classes()
    said["refusals"] = [
        {"line": 0, "field": "class", "value": name, "reason": "is no class that Liwa knows"}
        for name in sorted(set(mapped.classes.values()))
        if name not in classes
    ][:rows]
    river = River(home, Lake(home.root), None, Pump())
    newest = Statement.objects.filter(voided=False).order_by("-seq").values_list("seq", "payload")[:LOOKED_AT]
    for line, (seq, payload) in enumerate(completed(list(newest)), start=1):
        row = river.row(seq, payload)
        if row.feed == feed.name:
            said["lines"] += 1
            events = river.events_of(row) if said["lines"] <= rows else []
            said["rows"] += [_event(line, event) for event in events]
    said["accepted"] = said["lines"]
    return said


def _event(line: int, event: EventRow) -> Shown:
    names = ("occurred_at", "object", "object_type", "klass", "amount", "unit")
    says = ", ".join(f"{name}={getattr(event, name)}" for name in names if getattr(event, name) is not None)
    return {"line": line, "what": event.verb, "id": event.user, "says": says}
