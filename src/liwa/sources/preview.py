"""A feed's file as it would be understood, before anything is stored."""

from pathlib import Path
from typing import Any

import duckdb
import msgspec
from duckdb import DuckDBPyConnection

from liwa.core.feeds import Campus, Feed
from liwa.core.rows import Accepted, BulkPart, EventRow, Part, Record, Refusal
from liwa.sources import sources

COUNTS = "SELECT (SELECT count(*) FROM accepted), (SELECT count(*) FROM refused)"
# Instants as text: DuckDB gives them to Python only by way of a package Liwa does not need.
FIRST = """
SELECT line, natural_key, strftime(occurred_at, '%Y-%m-%dT%H:%M:%S.%fZ'), strftime(known_at, '%Y-%m-%dT%H:%M:%S.%fZ'),
    "user", verb, object, object_type, klass, amount, unit
FROM accepted ORDER BY line LIMIT ?
"""
REFUSED = "SELECT line, field, value, reason FROM refused ORDER BY line LIMIT ?"
EVENT = EventRow.__struct_fields__

Shown = dict[str, Any]


def preview(feed: Feed, path: Path, campus: Campus, rows: int = 10) -> list[Shown]:
    """Reads the whole of `path` and tells, for each file in it, what the first `rows` lines stand for.

    Each item has `file`; the counts `lines`, `accepted`, `refused`; `complete`, the tables of which the file
    holds everything; `rows`, one for each record or event of the first lines, with its `line`, `what` it is (a
    table or a verb), its `id` (for an event, the user) and what else it `says`; and `refusals`, the first of those.
    All values are plain JSON. Raises what the source raises.
    """
    parts = sources[feed.source](feed, path, campus)
    return [_bulk(part, rows) if isinstance(part, BulkPart) else _lines(part, rows) for part in parts]


def _lines(part: Part, rows: int) -> Shown:
    accepted = refused = 0
    first: list[Shown] = []
    refusals: list[Refusal] = []
    for item in part.lines():
        if isinstance(item, Accepted):
            accepted += 1
            if accepted <= rows:
                first += [_record(item.line, record) for record in item.records]
                first += [_event(item.line, event) for event in item.events]
        else:
            refused += 1
            if refused <= rows:
                refusals.append(item)
    return _item(part.file, (accepted, refused), part.complete, first, refusals)


def _record(line: int, record: Record) -> Shown:
    return {"line": line, "what": record.table, "id": record.sourced_id, "says": _says(record, "sourced_id")}


def _event(line: int, event: EventRow) -> Shown:
    return {
        "line": line,
        "what": event.verb,
        "id": event.user,
        "says": _says(event, "verb", "user", "natural_key"),
    }


def _says(row: msgspec.Struct, *left_out: str) -> str:
    """The fields that say something, as `name=value`."""
    known = {field.name: field.default for field in msgspec.structs.fields(row)}
    values = msgspec.to_builtins(row)
    told = {
        name: value
        for name, value in values.items()
        if value not in (None, "", [], {}) and name not in left_out
    }
    return ", ".join(f"{name}={value}" for name, value in told.items() if value != known[name])


def _bulk(part: BulkPart, rows: int) -> Shown:
    with duckdb.connect() as connection:
        part.prepare(connection)
        accepted, refused = connection.execute(COUNTS).fetchone() or (0, 0)
        first = [_event(line, event) for line, event in first_events(connection, rows)]
        refusals = first_refusals(connection, rows)
    return _item(part.file, (accepted, refused), (), first, refusals)


def first_events(connection: DuckDBPyConnection, rows: int) -> list[tuple[int, EventRow]]:
    """The first events a BulkPart has left in `connection`, with their lines; instants are UTC."""
    connection.execute("SET TimeZone = 'UTC'")
    found = connection.execute(FIRST, [rows]).fetchall()
    return [(line, msgspec.convert(dict(zip(EVENT, event, strict=True)), EventRow)) for line, *event in found]


def first_refusals(connection: DuckDBPyConnection, rows: int) -> list[Refusal]:
    """The first refusals a BulkPart has left in `connection`."""
    return [Refusal(*refusal) for refusal in connection.execute(REFUSED, [rows]).fetchall()]


def _item(
    file: str, counts: tuple[int, int], complete: tuple[str, ...], rows: list[Shown], refusals: list[Refusal]
) -> Shown:
    return {
        "file": file,
        "lines": sum(counts),
        "accepted": counts[0],
        "refused": counts[1],
        "complete": list(complete),
        "rows": rows,
        "refusals": msgspec.to_builtins(refusals),
    }
