"""A feed's files as they would be understood, before anything is stored."""

from typing import Any

import duckdb
import msgspec

from liwa.core.feeds import Campus, Feed
from liwa.core.rows import Accepted, BulkPart, EventRow, Part, Refusal
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
REFUSAL = Refusal.__struct_fields__


def preview(feed: Feed, campus: Campus, rows: int = 10) -> list[dict[str, Any]]:
    """Reads the whole feed and tells, for each file of it, what the first `rows` lines stand for.

    Each item has `file`; the counts `lines`, `accepted`, `refused`; `complete`, the tables of which the file
    holds everything; `rows`, each with its `line`, and `records` (with their `table`) or `events`; and `refusals`,
    the first of those. All values are plain JSON. Raises what the source raises.
    """
    parts = sources[feed.source](feed, feed.path, campus)
    return [_bulk(part, rows) if isinstance(part, BulkPart) else _lines(part, rows) for part in parts]


def _lines(part: Part, rows: int) -> dict[str, Any]:
    accepted = refused = 0
    first: list[dict[str, Any]] = []
    refusals: list[dict[str, Any]] = []
    for item in part.lines():
        if isinstance(item, Accepted):
            accepted += 1
            if len(first) < rows:
                first.append(_shown(item))
        else:
            refused += 1
            if len(refusals) < rows:
                refusals.append(msgspec.to_builtins(item))
    return _item(part.file, accepted, refused, part.complete, first, refusals)


def _shown(item: Accepted) -> dict[str, Any]:
    records = [{"table": record.table, **msgspec.to_builtins(record)} for record in item.records]
    return {"line": item.line, "records": records, "events": msgspec.to_builtins(item.events)}


def _item(
    file: str,
    accepted: int,
    refused: int,
    complete: tuple[str, ...],
    rows: list[dict[str, Any]],
    refusals: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "file": file,
        "lines": accepted + refused,
        "accepted": accepted,
        "refused": refused,
        "complete": list(complete),
        "rows": rows,
        "refusals": refusals,
    }


def _bulk(part: BulkPart, rows: int) -> dict[str, Any]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        part.prepare(connection)
        accepted, refused = connection.execute(COUNTS).fetchone() or (0, 0)
        first = connection.execute(FIRST, [rows]).fetchall()
        refusals = connection.execute(REFUSED, [rows]).fetchall()
    shown = [
        {"line": line, "records": [], "events": [dict(zip(EVENT, event, strict=True))]}
        for line, *event in first
    ]
    return _item(
        part.file,
        accepted,
        refused,
        (),
        shown,
        [dict(zip(REFUSAL, refusal, strict=True)) for refusal in refusals],
    )
