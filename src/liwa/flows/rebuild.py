"""Remaking the lake from the kept inputs, beside the old one, then changing over in one transaction."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from liwa.core.rows import BulkPart, Refusal
from liwa.db.retrying import retrying
from liwa.flows.home import Home
from liwa.flows.lakes import remove_orphans, state
from liwa.flows.loading import Progress
from liwa.flows.river import River, remake
from liwa.flows.settings import Understanding, last_line, understood
from liwa.lake.events import Lake, Writer
from liwa.lake.inputs import kept
from liwa.records.intake import LINE_BITS
from liwa.records.models import Load, RefusedRow
from liwa.sources import sources
from liwa.sources.xapi import SOURCE


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild made."""

    root: str
    loads: int
    events: int


@dataclass
class Reading:
    """An input that was read once or several times, each time in the same way."""

    feed: str
    sha256: str
    settings: Understanding
    loads: list[int]


def rebuild(home: Home, *, progress: Progress) -> Rebuilt:
    """Remake the events from every finished load's kept input, in the order in which they were loaded, and from
    the statements.

    Lines that were refused, each time, stay refused. Where a feed's input was read again with other settings, the
    last reading counts alone: that is how events of a wrong mapping go. Raises LiwaError where an input is no
    longer kept, Busy. A rebuild that is killed has changed nothing; the next one removes what it left.
    """
    with home.writing():
        old = state()
        remove_orphans(home)
        root = _next(old.root)
        lake, version, events = Lake(home.lake(root)), None, 0
        # What came in files of statements is in the store, which is the kept input.
        loads = Load.objects.filter(state=Load.State.DONE).exclude(source=SOURCE)
        readings = _readings(loads.order_by("pk"))
        for place, reading in enumerate(readings):
            progress("Remaking the lake", place, len(readings))
            version, added = _again(home, lake, version, reading)
            events += added
        progress("Remaking the lake", len(readings), len(readings))
        flowed = remake(home, lake, version, progress)
        retrying(_change_over, root, flowed)
        remove_orphans(home)
    return Rebuilt(root, len(readings), events + flowed.done.events)


def _next(root: str) -> str:
    """`lake`, `lake-2`, `lake-3` …"""
    number = int(root.removeprefix("lake-")) if root != "lake" else 1
    return f"lake-{number + 1}"


def _readings(loads: Iterable[Load]) -> list[Reading]:
    """What there is to read, in the order in which it was read first."""
    found: dict[tuple[str, str, bytes], Reading] = {}
    for load in loads:
        settings = understood(load.settings)
        # A mended file is the same bytes only if the same lines were mended.
        key = (load.feed, load.sha256, msgspec.json.encode(settings.only, order="sorted"))
        known = found.setdefault(key, Reading(load.feed, load.sha256, settings, []))
        if known.settings != settings:
            known.settings, known.loads = settings, []
        known.loads.append(load.pk)
    return list(found.values())


def _again(home: Home, lake: Lake, version: int | None, reading: Reading) -> tuple[int | None, int]:
    path = kept(reading.sha256, home.inputs)
    with lake.writer(reading.feed, version) as writer:
        names = _read(writer, reading.settings, path)
        appended = writer.commit(without=_refused(reading, names))
    return appended.version, appended.events


def _read(writer: Writer, settings: Understanding, path: Path) -> dict[str, int]:
    """Give the writer every event of the input; returns the number of each part by the name of its file."""
    names = {}
    parts = sources[settings.feed.source](settings.feed, path, settings.campus)
    for number, part in enumerate(parts):
        names[part.file] = number
        last = last_line(settings.only, part.file)
        if last == 0:
            continue
        if isinstance(part, BulkPart):
            writer.add_table(number, part.prepare)
            continue
        for found in part.lines():
            if last is not None and found.line > last:
                break
            if not isinstance(found, Refusal) and found.events:
                writer.add(number << LINE_BITS | found.line, found.events)
    return names


def _refused(reading: Reading, names: dict[str, int]) -> set[int]:
    """Lines that no load of this input took."""
    each = []
    for load in reading.loads:
        rows = RefusedRow.objects.filter(load=load).values_list("file", "line")
        each.append({names[file] << LINE_BITS | line for file, line in rows.iterator() if file in names})
    return set.intersection(*each)


def _change_over(root: str, flowed: River) -> None:
    known = state()
    known.root, known.events_version = root, flowed.version
    known.mirror_versions, known.mirrored, known.mirrored_at = {}, {}, None
    known.save()
    flowed.pump.save()
