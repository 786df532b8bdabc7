"""Refused rows: listed, exported for mending as the files they came in, and taken in again.

An exported file has the original columns, and before them the four of `NOTES` that say which row it was and
what was wrong. A mended file is loaded like any other, but for its feed's other rows, which stay as they are.
"""

import csv
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from liwa.core.errors import LiwaError, SourceError
from liwa.core.rows import Refusal
from liwa.flows.home import Home
from liwa.flows.load import Consent, Progress, load_feed
from liwa.flows.settings import feed_and_campus
from liwa.lake.inputs import kept
from liwa.records.models import Load, RefusedRow
from liwa.sources.files import Bundle, Member, open_file
from liwa.sources.tables import open_table

NOTES = ("liwa:load", "liwa:line", "liwa:field", "liwa:reason")
EXPLAIN_ONE_ANOTHER = {"oulad"}  # sources whose files cannot be understood one at a time


def refused_rows(feed: str = "", limit: int = 100) -> list[dict[str, Any]]:
    """The newest refused rows not yet mended: {load, feed, file, line, field, value, reason, refused_at}."""
    rows = RefusedRow.objects.filter(resolved_by=None).order_by("-pk")
    if feed:
        rows = rows.filter(feed=feed)
    names = ("load", "feed", "file", "line", "field", "value", "reason", "refused_at")
    return list(rows.values(*names)[:limit])


def export(home: Home, out: Path, feed: str = "") -> list[Path]:
    """Write the refused rows not yet mended as `<out>/<feed>/<load>/<file>`; returns the files written."""
    waiting = RefusedRow.objects.filter(resolved_by=None)
    if feed:
        waiting = waiting.filter(feed=feed)
    groups: dict[tuple[Load, str], list[RefusedRow]] = defaultdict(list)
    for row in waiting.select_related("load").order_by("load", "file", "line").iterator():
        groups[row.load, row.file].append(row)
    return [_export_file(home, out, load, file, rows) for (load, file), rows in groups.items()]


def _export_file(home: Home, out: Path, load: Load, file: str, rows: list[RefusedRow]) -> Path:
    wanted = {row.line: row for row in rows}
    table = open_table(_member(home, load, file))
    path = out / load.feed / str(load.pk) / Path(file).name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*NOTES, *table.header])
        for line, fields in _lines(table, set(wanted)):
            row = wanted[line]
            writer.writerow([load.pk, line, row.field, row.reason, *map(_harmless, fields)])
    return path


def _harmless(text: str) -> str:
    """A cell that a spreadsheet does not take for a formula; `resubmit` takes the mark off again."""
    return f"'{text}" if text[:1] in ("=", "+", "@", "'") else text


def _original(text: str) -> str:
    return text[1:] if text[:1] == "'" else text


def _lines(table: Any, wanted: set[int]) -> Iterator[tuple[int, list[str]]]:
    """The wanted records; one that is not sound CSV is given with its fields empty."""
    for item in table.rows():
        if isinstance(item, Refusal):
            if item.line in wanted:
                yield item.line, [""] * len(table.header)
        elif item[0] in wanted:
            yield item


def _member(home: Home, load: Load, file: str) -> Member:
    """The file of a load's kept input."""
    path = kept(load.sha256, home.inputs)
    try:
        members = {member.name: member for member in Bundle.open(path)}
    except SourceError:
        return open_file(path)
    return members.get(file) or open_file(path)


def resubmit(home: Home, mended: Path, *, requested_by: str, progress: Progress) -> list[Load]:
    """Load the mended files under `mended` (one, or a folder that `export` wrote); returns the loads."""
    files = [mended] if mended.is_file() else sorted(path for path in mended.rglob("*") if path.is_file())
    if not files:
        raise LiwaError(f"There is nothing in {mended}.", remedy="Name a file or folder that was exported.")
    groups: dict[int, dict[str, tuple[list[str], list[list[str]]]]] = defaultdict(dict)
    for path in files:
        header, rows = _read_mended(path)
        for number, own in rows.items():
            groups[number][path.name] = (header, own)
    return [_resubmit(home, number, parts, requested_by, progress) for number, parts in groups.items()]


def _read_mended(path: Path) -> tuple[list[str], dict[int, list[list[str]]]]:
    """The header and, by load, the rows with their line first. Raises LiwaError."""
    table = open_table(open_file(path))
    if table.header[: len(NOTES)] != NOTES:
        raise LiwaError(
            f"{path} was not exported by `liwa quarantine export`.", remedy=f"Keep {', '.join(NOTES)}."
        )
    rows: dict[int, list[list[str]]] = defaultdict(list)
    for item in table.rows():
        if isinstance(item, Refusal):
            raise LiwaError(f"{path}, line {item.line}: {item.reason}.")
        line, fields = item
        if not (fields[0].isdigit() and fields[1].isdigit()):
            raise LiwaError(f"{path}, line {line}: {NOTES[0]} and {NOTES[1]} must stay as they were.")
        rows[int(fields[0])].append([fields[1], *map(_original, fields[len(NOTES) :])])
    return list(table.header[len(NOTES) :]), rows


def _resubmit(
    home: Home,
    number: int,
    parts: dict[str, tuple[list[str], list[list[str]]]],
    requested_by: str,
    progress: Progress,
) -> Load:
    origin = Load.objects.filter(pk=number).first()
    if origin is None:
        raise LiwaError(f"There is no load {number}.", remedy="Export the refused rows anew.")
    feed, campus = feed_and_campus(origin.settings)
    with tempfile.TemporaryDirectory() as folder:
        path = _write_input(home, origin, parts, Path(folder))
        again = msgspec.structs.replace(feed, path=path)
        rule = home.feeds().outcome if home.feeds_file.exists() else None
        consent = Consent(partial=True)
        (load,) = load_feed(
            home, again, campus, rule, consent=consent, requested_by=requested_by, progress=progress
        )
    for file, (_, rows) in parts.items():
        lines = [int(row[0]) for row in rows]
        RefusedRow.objects.filter(load=origin, file=file, line__in=lines).update(resolved_by=load)
    return load


def _write_input(
    home: Home, origin: Load, parts: dict[str, tuple[list[str], list[list[str]]]], folder: Path
) -> Path:
    """The mended rows as an input of their feed: one file, or a folder of them."""
    inside = folder / f"mended-{origin.pk}"
    inside.mkdir()
    if origin.source in EXPLAIN_ONE_ANOTHER:
        for member in Bundle.open(kept(origin.sha256, home.inputs)):
            member.copy_to(inside / member.name)
    for file, (header, rows) in parts.items():
        with (inside / file).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(header)
            if origin.source in EXPLAIN_ONE_ANOTHER:
                writer.writerows(_untouched(home, origin, file, {int(row[0]) for row in rows}))
            writer.writerows(row[1:] for row in rows)
    is_one = len(parts) == 1 and origin.file == next(iter(parts))
    return inside / origin.file if is_one else inside


def _untouched(home: Home, origin: Load, file: str, mended: set[int]) -> Iterator[list[str]]:
    for item in open_table(_member(home, origin, file)).rows():
        if not isinstance(item, Refusal) and item[0] not in mended:
            yield item[1]
