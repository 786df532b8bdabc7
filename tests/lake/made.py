"""Events and mirrored rows for the lake's tests."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from liwa.core.rows import EventRow
from liwa.lake import log
from liwa.lake.schema import schema_of

START = datetime(2026, 1, 20, 8, tzinfo=UTC)


def event(key: str, user: str = "u1", day: float = 0, **given: Any) -> EventRow:
    at = START + timedelta(days=day)
    given = {"occurred_at": at, "known_at": at, "verb": "viewed", "klass": "c1", **given}
    return EventRow(natural_key=key, user=user, **given)


def numbered(events: Iterable[EventRow]) -> list[tuple[int, EventRow]]:
    """The events as the lines of a file with a heading."""
    return list(enumerate(events, start=2))


def mirror_rows(table: str, *rows: dict[str, Any]) -> pa.Table:
    """A mirrored table; columns that the rows do not give are null."""
    return pa.Table.from_pylist(list(rows), schema=schema_of(table))


def stored(root: Path, version: int | None) -> list[dict[str, Any]]:
    """Every event of the lake at a version, by id, read without Liwa's reader."""
    rows = [
        {**row, **file.partition}
        for file in log.live_files(root / "events", version)
        for row in pq.read_table(file.path, partitioning=None).to_pylist()
    ]
    return sorted(rows, key=lambda row: row["event_id"])


def ids(root: Path, version: int | None) -> list[str]:
    return [row["event_id"] for row in stored(root, version)]


def data_files(root: Path) -> set[Path]:
    return set((root / "events").glob("source=*/month=*/*.parquet"))


def live(root: Path, version: int | None) -> set[Path]:
    return {file.path for file in log.live_files(root / "events", version)}
