"""Refused statements: exported as JSON lines to be mended, and taken in again.

Each line is one object: what was wrong (`liwa:load`, `liwa:line`, `liwa:path`, `liwa:reason`), and beside it the
`statement`, or its `text` where that is no JSON.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from liwa.core.errors import LiwaError
from liwa.flows.exporting import fresh
from liwa.flows.home import Home
from liwa.flows.loading import Progress
from liwa.flows.settings import understood
from liwa.flows.statement_files import load_lines
from liwa.records.intake import chunks
from liwa.records.models import Load, RefusedRow
from liwa.sources.xapi import SOURCE

MARK = b'{"liwa:load":'


class Note(msgspec.Struct):
    """One line of an exported file, as far as it is read again."""

    load: int = msgspec.field(name="liwa:load")
    line: int = msgspec.field(name="liwa:line")
    statement: msgspec.Raw = msgspec.Raw()
    text: str = ""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Note).decode


def export(out: Path, feed: str = "") -> list[Path]:
    """Write the refused statements not yet mended; gives the files `<out>/<feed>/<load>/<file>.jsonl`, still to settle
    (`liwa.flows.exporting`).
    """
    waiting = RefusedRow.objects.filter(resolved_by=None, load__source=SOURCE)
    if feed:
        waiting = waiting.filter(feed=feed)
    loads = Load.objects.filter(pk__in=waiting.order_by().values("load").distinct()).order_by("pk")
    return [_export(out, load, waiting.filter(load=load)) for load in loads]


def _export(out: Path, load: Load, rows: Any) -> Path:
    path = out / load.feed / str(load.pk) / f"{Path(load.file).name.partition('.')[0]}.jsonl"
    with fresh(path).open("wb") as stream:
        for row in rows.select_related("statement").order_by("line", "pk").iterator(chunk_size=500):
            stream.write(_encode(_note(row)) + b"\n")
    return path


def _note(row: RefusedRow) -> dict[str, Any]:
    content = bytes(row.statement.content) if hasattr(row, "statement") else b""
    note = {
        "liwa:load": row.load_id,
        "liwa:line": row.line,
        "liwa:path": row.field,
        "liwa:reason": row.reason,
    }
    try:
        msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError):
        return {**note, "text": content.decode("utf-8", "replace")}
    return {**note, "statement": msgspec.Raw(content)}


def is_exported(path: Path) -> bool:
    """Whether the file is one that `export` wrote."""
    with path.open("rb") as stream:
        return stream.read(len(MARK)) == MARK


def resubmit(home: Home, files: Sequence[Path], *, requested_by: str, progress: Progress) -> list[Load]:
    """Load the mended statements of these files; gives the loads.

    Raises LiwaError for a line that `export` did not write, or that names no refused statement.
    """
    groups: dict[int, dict[int, bytes]] = defaultdict(dict)
    for path in files:
        for number, note in _notes(path):
            if groups[note.load].setdefault(note.line, _content(note)) != _content(note):
                raise LiwaError(
                    f"{path}, line {number}: this statement has come before, in another way.",
                    remedy="Keep the one that is right.",
                )
    if not groups:
        return []
    origins = {number: _origin(number, lines) for number, lines in groups.items()}
    with home.writing():
        return [
            _resubmit(home, origins[number], lines, requested_by, progress)
            for number, lines in groups.items()
        ]


def _notes(path: Path) -> Iterator[tuple[int, Note]]:
    with path.open("rb") as stream:
        for number, text in enumerate(stream, start=1):
            if not text.strip():
                continue
            try:
                yield number, _decode(text)
            except (msgspec.DecodeError, RecursionError) as error:
                raise LiwaError(f"{path}, line {number}: {error}.") from None


def _content(note: Note) -> bytes:
    return bytes(note.statement) or note.text.encode()


def _origin(number: int, lines: dict[int, bytes]) -> Load:
    origin = Load.objects.filter(pk=number, source=SOURCE).first()
    if origin is None:
        raise LiwaError(f"There is no load {number} of statements.", remedy="Export the refused rows anew.")
    known: set[int] = set()
    for some in chunks(lines):
        rows = RefusedRow.objects.filter(load=origin, line__in=some)
        known |= set(rows.values_list("line", flat=True))
    unknown = sorted(lines.keys() - known)
    if unknown:
        raise LiwaError(
            f"Load {number} refused no statement of line {unknown[0]}.",
            remedy="Mend the statements that were exported; load new ones with `liwa load xapi FILE`.",
        )
    return origin


def _resubmit(
    home: Home, origin: Load, lines: dict[int, bytes], requested_by: str, progress: Progress
) -> Load:
    settings = understood(origin.settings)
    found = sorted(lines.items())
    load = load_lines(home, settings.feed, settings.campus, origin.file, found, requested_by, progress)
    for some in chunks(lines):
        waiting = RefusedRow.objects.filter(load=origin, line__in=some, resolved_by=None)
        waiting.update(resolved_by=load)
    return load
