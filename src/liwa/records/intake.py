"""Taking rows into the records: stage them, refuse what would corrupt, then change everything at once.

Nothing in the tables of records changes before `apply`, which the caller runs in one transaction.
A line's number within a load is `part << LINE_BITS | line`, so that one number says file and line.
"""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from operator import attrgetter
from types import TracebackType
from typing import Any, Self

from django.apps import apps
from django.db import connection, models

from liwa.core.rows import RECORDS, Record
from liwa.db.write import Stage, columns_of

LINE_BITS = 40
BATCH = 5000


def model_of(table: str) -> type[models.Model]:
    """The model of the table that core.rows calls `table`."""
    return apps.get_model("records", table.replace("_", ""))


def fields_of(record: type[Record]) -> list[str]:
    """The model's field for each field of the row, in the row's order."""
    known = {found.column: found.name for found in model_of(record.table)._meta.concrete_fields}
    return [known.get(name) or known[f"{name}_id"] for name in record.__struct_fields__]


def column_of(record: type[Record], name: str) -> str:
    """The database column of the row's field `name`."""
    columns = {found.column for found in model_of(record.table)._meta.concrete_fields}
    return name if name in columns else f"{name}_id"


@dataclass
class Refused:
    """A line that was staged and cannot stay."""

    line: int
    field: str
    value: str
    reason: str


@dataclass
class Removal:
    """Rows of one table that the feed gave before and does not give now."""

    table: str
    active: int
    keys: list[str] = field(repr=False)


class Table:
    """One record type being staged."""

    def __init__(self, record: type[Record], feed: str, stage: Stage) -> None:
        self.record = record
        self.stage = stage
        self._values = attrgetter(*record.__struct_fields__)
        self._feed = feed
        self._waiting: list[tuple[Any, ...]] = []

    def add(self, line: int, row: Record) -> None:
        self._waiting.append((line, *self._values(row), self._feed))
        if len(self._waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self.stage.add(self._waiting)
            self._waiting = []


class Intake:
    """The rows of one load of one feed, from staging to storing."""

    def __init__(self, feed: str) -> None:
        self.feed = feed
        self._tables: dict[type[Record], Table] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def add(self, line: int, rows: Iterable[Record]) -> None:
        """Stage the rows that line stands for."""
        for row in rows:
            self._table(type(row)).add(line, row)

    def staged(self) -> None:
        """All lines have been added."""
        for table in self._tables.values():
            table.flush()

    def _table(self, record: type[Record]) -> Table:
        if record not in self._tables:
            model = model_of(record.table)
            columns = columns_of(model, [*fields_of(record), "feed"])
            stage = Stage(connection, model._meta.db_table, columns, [model._meta.pk.column])
            self._tables[record] = Table(record, self.feed, self._open.enter_context(stage))
        return self._tables[record]

    def _in_order(self) -> Iterator[Table]:
        """The staged tables, those that others name first."""
        return (self._tables[record] for record in RECORDS if record in self._tables)

    def refuse_repeats(self, mistakes: set[int]) -> Iterator[Refused]:
        """Of rows with the same key the last counts; in the parts `mistakes`, later ones are refused."""
        for table in self._in_order():
            repeated = [
                (line, first, key)
                for line, first, key in table.stage.duplicates()
                if line >> LINE_BITS in mistakes
            ]
            for line, first, key in repeated:
                where = first & ((1 << LINE_BITS) - 1)
                yield Refused(line, "sourcedId", str(key[0]), f"given before, on line {where}")
            self.drop({line for line, _, _ in repeated})
            table.stage.keep_last()

    def refuse_foreign(self) -> Iterator[Refused]:
        """Rows that another feed has given are that feed's to change."""
        for table in self._in_order():
            target = connection.ops.quote_name(model_of(table.record.table)._meta.db_table)
            staged = table.stage.quoted_name
            sql = (
                f"SELECT s._line, s.sourced_id, t.feed FROM {staged} s"  # noqa: S608 - quoted names alone
                f" JOIN {target} t ON t.sourced_id = s.sourced_id WHERE t.feed <> %s"
            )
            with connection.cursor() as cursor:
                cursor.execute(sql, [self.feed])
                found = cursor.fetchall()
            for line, key, owner in found:
                yield Refused(line, "sourcedId", key, f"belongs to the feed {owner}")
            self.drop({line for line, _, _ in found})

    def refuse_dangling(self) -> Iterator[Refused]:
        """Lines that name what neither the records nor this load know; refusing one may leave others dangling."""
        again = True
        while again:
            again = False
            for table in self._in_order():
                for name, target in table.record.refers.items():
                    found = list(self._dangling(table, name, target))
                    yield from found
                    self.drop({refused.line for refused in found})
                    again = again or bool(found)

    def _dangling(self, table: Table, name: str, target: str) -> Iterator[Refused]:
        record = next(record for record in RECORDS if record.table == target)
        also = self._tables[record].stage if record in self._tables else None
        column = column_of(table.record, name)
        db_table = model_of(target)._meta.db_table
        for line, value in table.stage.missing(column, db_table, "sourced_id", also_stage=also):
            yield Refused(line, name, str(value), f"no {target.replace('_', ' ')} has this sourcedId")

    def drop(self, lines: set[int]) -> None:
        """Take lines out of every stage."""
        if lines:
            for table in self._tables.values():
                table.stage.drop_lines(lines)

    def changed_lines(self) -> set[int]:
        """Lines of which at least one row is new or different."""
        return {line for table in self._tables.values() for line in table.stage.changed_lines()}

    def removals(self, complete: set[str], kept: set[str]) -> list[Removal]:
        """What bulk parts no longer hold, and what the feed itself marks as deleted, by table.

        `kept` are keys of refused lines: a bad line is no reason to remove what was known before.
        """
        found = []
        for record in RECORDS:
            keys = set(self._marked(record))
            if record.table in complete:
                keys |= set(self._absent(record)) - kept
            if keys:
                model = model_of(record.table)
                active = model._default_manager.filter(feed=self.feed, status="active").count()
                found.append(Removal(record.table, active, sorted(keys)))
        return found

    def _absent(self, record: type[Record]) -> Iterator[str]:
        stage = self._table(record).stage
        for key in stage.absent("feed = %s AND status = %s", [self.feed, "active"]):
            yield key[0] if isinstance(key, tuple) else key

    def _marked(self, record: type[Record]) -> Iterator[str]:
        if record not in self._tables:
            return
        target = connection.ops.quote_name(model_of(record.table)._meta.db_table)
        staged = self._tables[record].stage.quoted_name
        sql = (
            f"SELECT s.sourced_id FROM {staged} s JOIN {target} t ON t.sourced_id = s.sourced_id"  # noqa: S608
            " WHERE s.status <> 'active' AND t.status = 'active'"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql)
            yield from (key for (key,) in cursor.fetchall())

    def apply(self, removals: list[Removal]) -> None:
        """Store what was staged and mark what is to be removed; run this in a transaction."""
        for table in self._in_order():
            table.stage.upsert()
        for removal in removals:
            model = model_of(removal.table)
            for start in range(0, len(removal.keys), 500):
                some = removal.keys[start : start + 500]
                model._default_manager.filter(pk__in=some).update(status="tobedeleted")
