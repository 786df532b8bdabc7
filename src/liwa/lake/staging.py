"""One load's events on their way into the lake: collected, numbered, told apart from known ones, written.

Everything happens in a DuckDB of the load's own, which spills to the disk where memory ends.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from liwa.core.ids import EVENT_ID_SQL
from liwa.core.rows import EventRow, Refusal
from liwa.lake.log import LiveFile
from liwa.lake.schema import INSTANT

# A line's number within a load says part and line: part << LINE_BITS | line.
LINE_BITS = 40
BATCH = 65_536
MEMORY = "400MB"
WRITERS = 2

INCOMING = pa.schema(
    [
        ("line", pa.int64()),
        ("natural_key", pa.string()),
        ("occurred_at", INSTANT),
        ("known_at", INSTANT),
        ("user", pa.string()),
        ("verb", pa.string()),
        ("object", pa.string()),
        ("object_type", pa.string()),
        ("klass", pa.string()),
        ("amount", pa.float64()),
        ("unit", pa.string()),
    ]
)


@dataclass(frozen=True)
class Count:
    """Of one part of a load: its lines that stand for events, and its events."""

    lines: int
    events: int


NOTHING = Count(0, 0)


@dataclass(frozen=True)
class Month:
    """The staged events of one month; instants in milliseconds since 1970, rounded outwards."""

    first: date
    rows: int
    occurred: tuple[int, int]
    known: tuple[int, int]

    @property
    def name(self) -> str:
        return self.first.isoformat()[:7]

    def stats(self) -> dict[str, Any]:
        """Column statistics as the Delta log writes them."""
        low, high = (
            {"occurred_at": _stamp(o), "known_at": _stamp(k)}
            for o, k in zip(self.occurred, self.known, strict=True)
        )
        return {"minValues": low, "maxValues": high, "nullCount": {"occurred_at": 0, "known_at": 0}}


def _stamp(milliseconds: int) -> str:
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03}Z"


def _quoted(text: str) -> str:
    """`text` as an SQL string. A parameter would do, but with the first one DuckDB imports pandas: half a second."""
    return "'" + text.replace("'", "''") + "'"


def _sql(name: str, **values: str) -> str:
    return files("liwa.lake").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8").format(**values)


class Staging:
    """The staged events of one load of `feed`; `work` is a folder for what memory does not hold."""

    def __init__(self, feed: str, work: Path) -> None:
        self.feed = feed
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": MEMORY,
            "temp_directory": str(work),
            "autoinstall_known_extensions": False,
        }
        self.connection = duckdb.connect(config=config)
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute("SET preserve_insertion_order = false")
        self.connection.execute(_sql("tables"))
        self._lines: list[int] = []
        self._events: list[EventRow] = []

    def close(self) -> None:
        self.connection.close()

    # Collecting

    def add(self, line: int, events: Sequence[EventRow]) -> bool:
        """Take the events of one line (its number within the load); gives whether it is time to `flush`."""
        self._lines.extend([line] * len(events))
        self._events.extend(events)
        return len(self._lines) >= BATCH

    def add_rows(self, rows: Iterable[tuple[int, EventRow]]) -> None:
        """Take many (line, event) pairs, holding no more than a batch of them at a time."""
        rows = iter(rows)
        while batch := list(islice(rows, BATCH)):
            lines, events = zip(*batch, strict=True)
            self._insert(lines, events)

    def flush(self) -> None:
        """Move what `add` has collected into the database."""
        if self._lines:
            self._insert(self._lines, self._events)
            self._lines, self._events = [], []

    def _insert(self, lines: Sequence[int], events: Sequence[EventRow]) -> None:
        arrays = [pa.array(lines, pa.int64())]
        for field in list(INCOMING)[1:]:
            arrays.append(pa.array(list(map(attrgetter(field.name), events)), field.type))
        self.connection.register("batch", pa.Table.from_arrays(arrays, schema=INCOMING))
        self.connection.execute("INSERT INTO incoming SELECT * FROM batch")
        self.connection.unregister("batch")

    def take_tables(self, part: int) -> tuple[int, list[Refusal]]:
        """Take what is in the tables `accepted` and `refused` (see `core.rows.BulkPart`), and drop them.

        Gives the number of accepted lines, and the refusals in the order of their lines.
        """
        self._stage("accepted", f"line + {part << LINE_BITS}", "natural_key")
        accepted = self.counts().get(part, NOTHING)
        refused = self.connection.execute(
            'SELECT line, field, "value", reason FROM refused ORDER BY ALL'
        ).fetchall()
        self._drop_temporary()
        return accepted.lines, [Refusal(*row) for row in refused]

    def _stage(self, table: str, line: str, key: str) -> None:
        number = f"row_number() OVER (PARTITION BY {key} ORDER BY line)"
        event_id = EVENT_ID_SQL.format(feed=_quoted(self.feed), natural_key="natural_key", occurrence=number)
        self.connection.execute(_sql("stage", line=line, event_id=event_id, table=table))

    def _one(self, query: str) -> tuple[Any, ...]:
        row = self.connection.execute(query).fetchone()
        if row is None:
            raise RuntimeError("the query gives one row")
        return row

    def _drop_temporary(self) -> None:
        """Give back the memory of what a source made on its way to `accepted` and `refused`."""
        for kind, name in self.connection.execute(_sql("temporary")).fetchall():
            self.connection.execute(f'DROP {kind} temp."{name}"')

    # Numbering

    def number(self, without: Iterable[int]) -> None:
        """Give the collected rows their ids, except those of the lines `without`, which are dropped."""
        self.flush()
        self._drop(list(without))
        self._stage("incoming", "line", f"natural_key, line >> {LINE_BITS}")
        self.connection.execute("DELETE FROM incoming")

    def _drop(self, lines: list[int]) -> None:
        if not lines:
            return
        self.connection.register("dropped", pa.table({"line": pa.array(lines, pa.int64())}))
        self.connection.execute(_sql("drop_lines"))
        self.connection.unregister("dropped")

    def counts(self) -> dict[int, Count]:
        """What is staged, by part."""
        found = self.connection.execute(_sql("counts", bits=str(LINE_BITS)))
        return {part: Count(lines, events) for part, lines, events in found.fetchall()}

    def drop_repeated(self) -> int:
        """Where two parts hold the same event (exports that overlap), keep the first part's; gives how many go."""
        events, ids = self._one("SELECT count(*), count(DISTINCT event_id) FROM staged")
        if events > ids:
            self.connection.execute(_sql("drop_repeated"))
        return int(events - ids)

    def drop_known(self, live: Iterable[LiveFile]) -> int:
        """Drop the events that these files of the lake already hold; gives how many."""
        paths = ", ".join(_quoted(str(file.path)) for file in live)
        if not paths:
            return 0
        (dropped,) = self._one(_sql("drop_known", files=paths))
        return int(dropped)

    # Writing

    def months(self) -> list[Month]:
        """The months that have staged events, the fullest first."""
        found = self.connection.execute(_sql("months"))
        return [
            Month(first, rows, (o_min // 1000, -(-o_max // 1000)), (k_min // 1000, -(-k_max // 1000)))
            for first, rows, o_min, o_max, k_min, k_max in found.fetchall()
        ]

    def write(self, root: Path, stem: str, months: Iterable[Month]) -> list[tuple[LiveFile, dict[str, Any]]]:
        """Write a Parquet file for each month below `root`; gives them with their statistics.

        Two months are written at once: one alone does not keep two processors busy.
        """

        def write_one(month: Month) -> tuple[LiveFile, dict[str, Any]]:
            partition = {"source": self.feed, "month": month.name}
            folder = root.joinpath(*(f"{name}={value}" for name, value in partition.items()))
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{stem}.parquet"
            with self.connection.cursor() as cursor:
                cursor.execute(_sql("write", month=str(month.first), path=str(path).replace("'", "''")))
            return LiveFile(path, month.rows, path.stat().st_size, partition), month.stats()

        with ThreadPoolExecutor(WRITERS) as pool:
            return list(pool.map(write_one, months))
