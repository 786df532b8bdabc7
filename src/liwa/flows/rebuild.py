"""Remaking the lake from the kept inputs, beside the old one, then changing over in one transaction."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from liwa.core.feeds import Campus, Feed
from liwa.core.rows import BulkPart, Refusal
from liwa.db.retrying import retrying
from liwa.flows.home import Home
from liwa.flows.lakes import state
from liwa.flows.load import Progress
from liwa.flows.settings import feed_and_campus
from liwa.lake.events import Lake, Writer
from liwa.lake.inputs import kept
from liwa.records.intake import LINE_BITS
from liwa.records.models import Load, RefusedRow
from liwa.sources import sources


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild made."""

    root: str
    loads: int
    events: int


def rebuild(home: Home, *, progress: Progress) -> Rebuilt:
    """Remake the events from every finished load's kept input, in the order in which they were loaded.

    Lines that were refused then stay refused. Raises SourceError where an input is no longer kept, Busy.
    """
    with home.writing():
        old = state()
        root = _next(old.root)
        shutil.rmtree(home.lake(root), ignore_errors=True)
        lake, version, events = Lake(home.lake(root)), None, 0
        loads = list(_distinct(Load.objects.filter(state=Load.State.DONE).order_by("pk")))
        for place, load in enumerate(loads):
            progress("Remaking the lake", place, len(loads))
            version, added = _again(home, lake, version, load)
            events += added
        progress("Remaking the lake", len(loads), len(loads))
        retrying(_change_over, root, version)
        shutil.rmtree(home.lake(old.root), ignore_errors=True)
    return Rebuilt(root, len(loads), events)


def _next(root: str) -> str:
    """`lake`, `lake-2`, `lake-3` …"""
    number = int(root.removeprefix("lake-")) if root != "lake" else 1
    return f"lake-{number + 1}"


def _distinct(loads: Iterator[Load]) -> Iterator[Load]:
    """Loads that read something; a repeated one added nothing."""
    seen = set()
    for load in loads:
        key = (load.feed, load.sha256, msgspec.json.encode(load.settings))
        if key not in seen:
            seen.add(key)
            yield load


def _again(home: Home, lake: Lake, version: int | None, load: Load) -> tuple[int | None, int]:
    feed, campus = feed_and_campus(load.settings)
    path = kept(load.sha256, home.inputs)
    with lake.writer(load.feed, version) as writer:
        names = _read(writer, feed, campus, path)
        appended = writer.commit(without=_refused(load, names))
    return appended.version, appended.events


def _read(writer: Writer, feed: Feed, campus: Campus, path: object) -> dict[str, int]:
    """Give the writer every event of the input; returns the number of each part by the name of its file."""
    names = {}
    for number, part in enumerate(sources[feed.source](feed, path, campus)):
        names[part.file] = number
        if isinstance(part, BulkPart):
            writer.add_table(number, part.prepare)
            continue
        for found in part.lines():
            if not isinstance(found, Refusal) and found.events:
                writer.add(number << LINE_BITS | found.line, found.events)
    return names


def _refused(load: Load, names: dict[str, int]) -> set[int]:
    rows = RefusedRow.objects.filter(load=load).values_list("file", "line")
    return {names[file] << LINE_BITS | line for file, line in rows.iterator() if file in names}


def _change_over(root: str, version: int | None) -> None:
    known = state()
    known.root, known.events_version, known.mirror_versions = root, version, {}
    known.save()
