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
WRITERS = 2
# Readers skip a row group by its statistics; the order within one matters to nobody, and costs a third more.
ROW_GROUP = 122_880
MEMORY = "400MB"

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
        self.connection.execute(_sql("tables"))
        self._lines: list[int] = []
        self._events: list[EventRow] = []
        self._counts: dict[int, Count] = {}
        self._counted = True

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
        self._stage("batch", 0)
        self.connection.unregister("batch")

    def take_tables(self, part: int) -> tuple[int, list[Refusal]]:
        """Take what is in the tables `accepted` and `refused` (see `core.rows.BulkPart`), and drop them.

        Gives the number of accepted lines, and the refusals in the order of their lines.
        """
        self._stage("accepted", part << LINE_BITS)
        found = self.connection.execute('SELECT line, field, "value", reason FROM refused ORDER BY ALL')
        refused = [Refusal(*row) for row in found.fetchall()]
        self._drop_temporary()
        return self.counts().get(part, NOTHING).lines, refused

    def _stage(self, table: str, base: int) -> None:
        query = _sql("stage", base=str(base), event_id=self._event_id("1"), table=table)
        self._change(query)

    def _event_id(self, occurrence: str) -> str:
        return EVENT_ID_SQL.format(feed=_quoted(self.feed), natural_key="natural_key", occurrence=occurrence)

    def _drop_temporary(self) -> None:
        """Give back the memory of what a source made on its way to `accepted` and `refused`."""
        for kind, name in self.connection.execute(_sql("temporary")).fetchall():
            self.connection.execute(f'DROP {kind} temp."{name}"')

    def _change(self, query: str) -> int:
        """Run a statement that adds or drops events; gives how many."""
        row = self.connection.execute(query).fetchone()
        changed = int(row[0]) if row else 0
        self._counted = self._counted and not changed
        return changed

    # Numbering

    def number(self, without: Iterable[int]) -> None:
        """Drop the lines `without`, and give the events that are left their ids."""
        self.flush()
        dropped = list(without)
        if dropped:
            self.connection.register("dropped", pa.table({"line": pa.array(dropped, pa.int64())}))
            self._change(_sql("drop_lines"))
            self.connection.unregister("dropped")
        event_id = self._event_id("numbered.occurrence").replace("natural_key", "staged.natural_key")
        self.connection.execute(_sql("number", bits=str(LINE_BITS), event_id=event_id))

    def counts(self) -> dict[int, Count]:
        """What is staged, by part."""
        if not self._counted:
            found = self.connection.execute(_sql("counts", bits=str(LINE_BITS))).fetchall()
            self._counts = {part: Count(lines, events) for part, lines, events in found}
            self._counted = True
        return self._counts

    def drop_repeated(self) -> None:
        """Where two parts hold the same event (exports that overlap), keep the first part's."""
        row = self.connection.execute("SELECT count(*) - count(DISTINCT event_id) FROM staged").fetchone()
        if row and row[0]:
            self._change(_sql("drop_repeated"))

    def drop_known(self, live: Iterable[LiveFile]) -> None:
        """Drop the events that these files of the lake already hold."""
        paths = ", ".join(_quoted(str(file.path)) for file in live)
        if paths:
            self._change(_sql("drop_known", files=paths))

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
                order = "ORDER BY klass, occurred_at" if month.rows > ROW_GROUP else ""
                cursor.execute(_sql("write", month=str(month.first), order=order, path=_quoted(str(path))))
            return LiveFile(path, month.rows, path.stat().st_size, partition), month.stats()

        with ThreadPoolExecutor(WRITERS) as pool:
            return list(pool.map(write_one, months))
