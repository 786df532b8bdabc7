"""Refused rows: listed, exported for mending as the files they came in, and taken in again.

An exported file has the original columns, and before them the four of `NOTES` that say which row it was and
what was wrong. Where a feed's files explain one another, a mended row is read among all the others of its input,
but it alone is taken: what has come in since stays as it is.
"""

import csv
import io
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from liwa.core.errors import LiwaError, SourceError
from liwa.core.feeds import Feed
from liwa.core.rows import Refusal
from liwa.flows import exporting, statement_quarantine
from liwa.flows.home import Home
from liwa.flows.load import Consent, Progress, load_feed
from liwa.flows.settings import BUNDLES, understood
from liwa.flows.stale import Origin
from liwa.lake.inputs import kept
from liwa.records.intake import chunks
from liwa.records.models import Load, RefusedRow
from liwa.sources.files import Bundle, Member, open_file
from liwa.sources.tables import Table, open_table
from liwa.sources.xapi import SOURCE

NOTES = ("liwa:load", "liwa:line", "liwa:field", "liwa:reason")
DELIMITERS = (",", ";", "\t")  # with which spreadsheets save
FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


@dataclass(frozen=True)
class Mended:
    """Rows of one file of a load: the heading, and the fields by the line they had."""

    header: list[str]
    rows: dict[int, list[str]]

    def with_those_of(self, other: "Mended", path: Path) -> "Mended":
        """The rows of two files of one name. Raises LiwaError where they are not to be told apart."""
        both = sorted(line for line in self.rows.keys() & other.rows if self.rows[line] != other.rows[line])
        if both or self.header != other.header:
            what = f"line {both[0]} in another way" if both else "other columns"
            raise LiwaError(
                f"Two files called {path.name} are of one load, and {path} has {what}.",
                remedy="Keep the one that is right.",
            )
        return Mended(self.header, self.rows | other.rows)


def refused_rows(feed: str = "", limit: int = 100) -> list[dict[str, Any]]:
    """The newest refused rows not yet mended: {load, feed, file, line, field, value, reason, refused_at}."""
    rows = RefusedRow.objects.filter(resolved_by=None).order_by("-pk")
    if feed:
        rows = rows.filter(feed=feed)
    names = ("load", "feed", "file", "line", "field", "value", "reason", "refused_at")
    return list(rows.values(*names)[:limit])


def refused_by(loads: Sequence[Load]) -> list[dict[str, Any]]:
    """What these loads refused, waiting or not: {load, feed, file, line, key, field, reason}."""
    rows = RefusedRow.objects.filter(load__in=loads).order_by("pk")
    names = ("load", "feed", "file", "line", "key", "field", "reason")
    return list(rows.values(*names))


# Exporting


def export(home: Home, out: Path, feed: str = "") -> list[Path]:
    """Write the refused rows not yet mended as `<out>/<feed>/<load>/<file>`; returns the files written.

    Raises LiwaError, writing nothing, where a file is there with other content: somebody may have mended it.
    """
    waiting = RefusedRow.objects.filter(resolved_by=None).exclude(load__source=SOURCE)
    if feed:
        waiting = waiting.filter(feed=feed)
    groups: dict[tuple[Load, str], dict[int, RefusedRow]] = defaultdict(dict)
    for row in waiting.select_related("load").order_by("load", "file", "line").iterator():
        groups[row.load, row.file][row.line] = row
    files = [_export_file(home, out, load, file, rows) for (load, file), rows in groups.items()]
    files += statement_quarantine.export(out, feed)
    exporting.settle(files)
    return files


def _export_file(home: Home, out: Path, load: Load, file: str, rows: Mapping[int, RefusedRow]) -> Path:
    table = _table(home, load, file)
    path = out / load.feed / str(load.pk) / Path(file).name
    with exporting.fresh(path).open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*NOTES, *map(_harmless, table.header)])
        for line, fields in _lines(table, rows):
            note = (load.pk, line, _harmless(rows[line].field), _harmless(rows[line].reason))
            writer.writerow([*note, *map(_harmless, fields)])
    return path


def _harmless(text: str) -> str:
    """A cell that a spreadsheet does not take for a formula; `resubmit` takes the mark off again."""
    return f"'{text}" if text.startswith(FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _original(text: str) -> str:
    return text.removeprefix("'")


def _lines(table: Table, wanted: Mapping[int, Any]) -> Iterator[tuple[int, list[str]]]:
    """The wanted records; one that is not sound CSV is given with its fields empty."""
    for item in table.rows():
        if isinstance(item, Refusal):
            if item.line in wanted:
                yield item.line, [""] * len(table.header)
        elif item[0] in wanted:
            yield item


def _table(home: Home, load: Load, file: str) -> Table:
    """The file of a load's kept input, opened as the load did."""
    path = kept(load.sha256, home.inputs)
    try:
        members = {member.name: member for member in Bundle.open(path)}
    except SourceError:
        members = {}
    return _opened(members.get(file) or open_file(path), understood(load.settings).feed)


def _opened(member: Member, feed: Feed) -> Table:
    options = feed.options
    return open_table(member, encoding=options.get("encoding", ""), delimiter=options.get("delimiter", ","))


# Taking in again


def resubmit(home: Home, mended: Path, *, requested_by: str, progress: Progress) -> list[Load]:
    """Load the mended files under `mended` (one, or a folder that `export` wrote); returns the loads.

    Rows that a later load of their feed has spoken of are refused; see `stale`. Raises LiwaError for a file or a
    row that `export` did not write.
    """
    inside = (path for path in mended.rglob("*") if path.is_file() and not path.name.startswith("."))
    files = [mended] if mended.is_file() else sorted(inside)
    if not files:
        raise LiwaError(f"There is nothing in {mended}.", remedy="Name a file or folder that was exported.")
    statements = [path for path in files if statement_quarantine.is_exported(path)]
    groups: dict[int, dict[str, Mended]] = defaultdict(dict)
    for path in files:
        if path in statements:
            continue
        header, rows = _read_mended(path)
        for number, own in rows.items():
            found = Mended(header, own)
            other = groups[number].get(path.name)
            groups[number][path.name] = other.with_those_of(found, path) if other else found
    jobs = [(_origin(number, files), files) for number, files in groups.items()]
    loads = [_resubmit(home, origin, files, requested_by, progress) for origin, files in jobs]
    told = statement_quarantine.resubmit(home, statements, requested_by=requested_by, progress=progress)
    return loads + told


def _read_mended(path: Path) -> tuple[list[str], dict[int, dict[int, list[str]]]]:
    """The heading and, by load and line, the rows. Raises LiwaError."""
    table = _mended_table(path)
    rows: dict[int, dict[int, list[str]]] = defaultdict(dict)
    for item in table.rows():
        if isinstance(item, Refusal):
            raise LiwaError(f"{path}, line {item.line}: {item.reason}.")
        line, fields = item
        if not (fields[0].isdecimal() and fields[1].isdecimal()):
            raise LiwaError(f"{path}, line {line}: {NOTES[0]} and {NOTES[1]} must stay as they were.")
        rows[int(fields[0])][int(fields[1])] = [_original(text) for text in fields[len(NOTES) :]]
    return [_original(name) for name in table.header[len(NOTES) :]], rows


def _mended_table(path: Path) -> Table:
    for delimiter in DELIMITERS:
        table = open_table(open_file(path), delimiter=delimiter)
        if table.header[: len(NOTES)] == NOTES:
            return table
    raise LiwaError(
        f"{path} was not exported by `liwa quarantine export`.",
        remedy=f"Keep the columns {', '.join(NOTES)}.",
    )


def _origin(number: int, files: Mapping[str, Mended]) -> Load:
    """The load that refused these rows. Raises LiwaError where it did not."""
    origin = Load.objects.filter(pk=number).first()
    if origin is None:
        raise LiwaError(f"There is no load {number}.", remedy="Export the refused rows anew.")
    for file, mended in files.items():
        known = set(RefusedRow.objects.filter(load=origin, file=file).values_list("line", flat=True))
        unknown = sorted(mended.rows.keys() - known)
        if unknown:
            raise LiwaError(
                f"Load {number} refused no line {unknown[0]} of {file}.",
                remedy="Mend the rows that were exported; add new ones to the feed itself.",
            )
    return origin


def _resubmit(
    home: Home, origin: Load, files: Mapping[str, Mended], requested_by: str, progress: Progress
) -> Load:
    settings = understood(origin.settings)
    # What is written here is UTF-8, whatever the original was.
    options = {name: value for name, value in settings.feed.options.items() if name != "encoding"}
    rule = home.feeds().outcome if home.feeds_file.exists() else None
    with tempfile.TemporaryDirectory(prefix="liwa-") as folder:
        path, lines, only = _write_input(home, origin, files, Path(folder), settings.feed)
        feed = msgspec.structs.replace(settings.feed, path=path, options=options)
        (load,) = load_feed(
            home,
            feed,
            settings.campus,
            rule,
            consent=Consent(only=only, origin=Origin(origin.pk, lines)),
            requested_by=requested_by,
            progress=progress,
        )
    for file, mended in files.items():
        for some in chunks(mended.rows):
            rows = RefusedRow.objects.filter(load=origin, file=file, line__in=some, resolved_by=None)
            rows.update(resolved_by=load)
    return load


def _write_input(
    home: Home, origin: Load, files: Mapping[str, Mended], folder: Path, feed: Feed
) -> tuple[Path, dict[str, dict[int, int]], dict[str, int]]:
    """The mended rows as an input of their feed, one file or a folder.

    Also, by file, the line each row had by its line now, and the last line of them.
    """
    inside = folder / f"mended-{origin.pk}"
    inside.mkdir()
    together = origin.source in BUNDLES
    if together:
        for member in Bundle.open(kept(origin.sha256, home.inputs)):
            if feed.options.get("encoding") and member.name.lower().endswith(".csv"):
                table = _opened(member, feed)
                _write(inside / member.name, feed, table.header, {}, _others(table, {}))
            else:
                member.copy_to(inside / member.name)
    lines, only = {}, {}
    for file, mended in files.items():
        table = _table(home, origin, file)
        others = _others(table, mended.rows) if together else iter(())
        lines[file], only[file] = _write(inside / file, feed, mended.header, mended.rows, others)
    is_one = not together and len(files) == 1
    return inside / next(iter(files)) if is_one else inside, lines, only


def _others(table: Table, mended: Mapping[int, list[str]]) -> Iterator[list[str]]:
    """The rows that are there to be understood with the mended ones."""
    for item in table.rows():
        if not isinstance(item, Refusal) and item[0] not in mended:
            yield item[1]


def _write(
    path: Path,
    feed: Feed,
    header: Sequence[str],
    rows: Mapping[int, list[str]],
    others: Iterator[list[str]],
) -> tuple[dict[int, int], int]:
    """Write the mended rows, then the others; gives the line each mended row had by its line now, and the last."""
    delimiter = feed.options.get("delimiter", ",")
    lines = {}
    text = _csv(header, delimiter)
    last = _height(text)
    for line, row in sorted(rows.items()):
        lines[last + 1] = line
        record = _csv(row, delimiter)
        text += record
        last += _height(record)
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(text)
        csv.writer(stream, delimiter=delimiter).writerows(others)
    return lines, last


def _csv(row: Sequence[str], delimiter: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerow(row)
    return text.getvalue()


def _height(text: str) -> int:
    """How many lines a reader counts."""
    return sum(1 for _ in io.StringIO(text, newline=""))
