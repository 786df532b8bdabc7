"""Taking rows into the records: stage them, refuse what would corrupt, then change everything at once.

Nothing in the tables of records changes before `apply`, which the caller runs in one transaction.
A line's number within a load is `part << LINE_BITS | line`, so that one number says file and line.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.apps import apps
from django.db import connection, models
from msgspec.structs import astuple

from liwa.core.feeds import DERIVED
from liwa.core.rows import RECORDS, Record
from liwa.db.statements import Statements
from liwa.db.write import MisfitError, Stage, columns_of

LINE_BITS = 40
BATCH = 5000
AT_ONCE = 500  # values in one IN (…)
SHOWN = 200  # characters of a refused value that are kept

_sql = Statements(Path(__file__).with_suffix(".sql"))


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


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The values, as many at a time as one IN (…) takes."""
    rest = iter(values)
    while some := list(islice(rest, AT_ONCE)):
        yield some


@dataclass(frozen=True)
class Refused:
    """A line that was read and cannot stay; `key` is the sourcedId of its row."""

    line: int
    field: str
    value: str
    reason: str
    key: str


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
        self.misfits: list[Refused] = []
        self.listed: list[tuple[int, str, str]] = []  # (line, field, value) of fields that name several rows
        self.kept: set[str] = set()  # keys of rows that were taken out again
        self._key_at = record.__struct_fields__.index("sourced_id") + 1
        self._feed = feed
        self._waiting: list[tuple[Any, ...]] = []

    def add(self, line: int, row: Record) -> None:
        self._waiting.append((line, *astuple(row), self._feed))
        for name in self.record.lists:
            self.listed += [(line, name, value) for value in getattr(row, name)]
        if len(self._waiting) >= BATCH:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            self.stage.add(self._waiting, self._unfit)
            self._waiting = []

    def _unfit(self, misfit: MisfitError) -> None:
        key = next(row[self._key_at] for row in self._waiting if row[0] == misfit.line)
        names = {column_of(self.record, name): name for name in self.record.__struct_fields__}
        value = "" if misfit.value is None else str(misfit.value)[:SHOWN]
        self.misfits.append(Refused(misfit.line, names[misfit.column], value, misfit.reason, str(key)[:255]))

    def ask(self, name: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows that a statement of `intake.sql` gives for these values."""
        places = {
            "stage": self.stage.quoted_name,
            "target": connection.ops.quote_name(model_of(self.record.table)._meta.db_table),
            "values": ", ".join(["%s"] * len(values)),
        }
        with connection.cursor() as cursor:
            cursor.execute(_sql(name, places), list(values))
            return list(cursor.fetchall())

    def lines_of(self, keys: Collection[str]) -> dict[str, int]:
        """The line of each staged row that has one of these keys, by key."""
        return {key: line for some in chunks(keys) for line, key in self.ask("lines_of_keys", some)}

    def keys_of(self, lines: Collection[int]) -> list[tuple[int, str]]:
        """(line, key) of the staged rows of these lines."""
        if len(lines) <= AT_ONCE:
            return [(line, key) for line, key in self.ask("keys_of_lines", list(lines))] if lines else []
        wanted = set(lines)
        return [(line, key) for line, key in self.ask("keys") if line in wanted]

    def drop(self, lines: Collection[int]) -> None:
        """Take lines out, but remember their keys."""
        self.kept |= {key for _, key in self.keys_of(lines)}
        self.stage.drop_lines(lines)


class Intake:
    """The rows of one load of one feed, from staging to storing."""

    def __init__(self, feed: str) -> None:
        self.feed = feed
        self._tables: dict[type[Record], Table] = {}
        self._dropped: set[int] = set()
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    # Staging

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
            stage = Stage(connection, model._meta.db_table, columns, ["sourced_id"])
            self._tables[record] = Table(record, self.feed, self._open.enter_context(stage))
        return self._tables[record]

    def _in_order(self) -> Iterator[Table]:
        """The staged tables, those that others name first."""
        return (self._tables[record] for record in RECORDS if record in self._tables)

    # Refusing

    def refuse(self, mistakes: Collection[int]) -> dict[int, Refused]:
        """Take out every line that cannot stay, and give them with the first reason of each.

        Of rows with the same key the last counts; in the parts `mistakes`, the later ones are refused.
        """
        found: dict[int, Refused] = {}
        for check in (self._misfits, self._foreign, lambda: self._repeats(mistakes), self._dangling):
            for refused in check():
                found.setdefault(refused.line, refused)
        return found

    def drop(self, lines: Collection[int]) -> None:
        """Take lines out of every stage."""
        if lines:
            self._dropped.update(lines)
            for table in self._tables.values():
                table.drop(lines)

    def _misfits(self) -> Iterator[Refused]:
        """Rows that hold what a column cannot."""
        for table in self._in_order():
            yield from table.misfits
            self.drop({refused.line for refused in table.misfits})

    def _foreign(self) -> Iterator[Refused]:
        """Rows that another feed has given are that feed's to change."""
        for table in self._in_order():
            found = table.ask("foreign", [self.feed, DERIVED])
            for line, key, owner in found:
                yield Refused(line, "sourcedId", key, f"belongs to the feed {owner}", key)
            self.drop({line for line, _, _ in found})

    def _repeats(self, mistakes: Collection[int]) -> Iterator[Refused]:
        for table in self._in_order():
            repeated = [found for found in table.stage.duplicates() if found[0] >> LINE_BITS in mistakes]
            for line, first, (key,) in repeated:
                same_file = line >> LINE_BITS == first >> LINE_BITS
                where = f"on line {first & ((1 << LINE_BITS) - 1)}" if same_file else "in another file"
                yield Refused(line, "sourcedId", str(key), f"given before, {where}", str(key))
            self.drop({line for line, _, _ in repeated})
            table.stage.keep_last()

    def _dangling(self) -> Iterator[Refused]:
        """Lines that name what neither the records nor this load know; refusing one may leave others dangling."""
        again = True
        while again:
            again = False
            for table in self._in_order():
                found = [*self._unknown(table), *self._unlisted(table)]
                keys = dict(table.keys_of([line for line, *_ in found]))
                for line, name, value, target in found:
                    reason = f"no {target.replace('_', ' ')} has this sourcedId"
                    yield Refused(line, name, value, reason, keys.get(line, ""))
                self.drop({line for line, *_ in found})
                again = again or bool(found)

    def _unknown(self, table: Table) -> Iterator[tuple[int, str, str, str]]:
        """(line, field, value, target) of references to what there is not."""
        for name, target in table.record.refers.items():
            other = self._staged(target)
            column = column_of(table.record, name)
            missing = table.stage.missing(
                column,
                model_of(target)._meta.db_table,
                "sourced_id",
                also_stage=other.stage if other else None,
            )
            yield from ((line, name, str(value), target) for line, value in missing)

    def _unlisted(self, table: Table) -> Iterator[tuple[int, str, str, str]]:
        """The same of fields that name several rows."""
        for name, target in table.record.lists.items():
            named = [
                (line, value)
                for line, field_name, value in table.listed
                if field_name == name and line not in self._dropped
            ]
            known = self._known(target, {value for _, value in named})
            yield from ((line, name, value, target) for line, value in named if value not in known)

    def _known(self, target: str, keys: Collection[str]) -> set[str]:
        """Those of the keys that the records or this load know."""
        rows = model_of(target)._default_manager
        found = {pk for some in chunks(keys) for pk in rows.filter(pk__in=some).values_list("pk", flat=True)}
        other = self._staged(target)
        return found | set(other.lines_of(keys) if other else ())

    def _staged(self, target: str) -> Table | None:
        return next((table for table in self._tables.values() if table.record.table == target), None)

    # Asking

    def holds(self, part: int, keys: Collection[str]) -> set[str]:
        """Those of the keys that a line of the part gives a row for."""
        found = set()
        for table in self._tables.values():
            found |= {key for key, line in table.lines_of(keys).items() if line >> LINE_BITS == part}
        return found

    def changed_lines(self) -> set[int]:
        """Lines of which at least one row is new or different."""
        return {line for table in self._tables.values() for line in table.stage.changed_lines()}

    def altered_lines(self) -> set[int]:
        """Lines of which at least one row would alter a row of the records."""
        return {line for table in self._tables.values() for line in table.stage.altered_lines()}

    def keys_of(self, lines: Collection[int]) -> dict[int, set[str]]:
        """The keys of the staged rows of these lines, by line; nothing for lines that stand for no row."""
        found: dict[int, set[str]] = {}
        for table in self._tables.values():
            for line, key in table.keys_of(lines):
                found.setdefault(line, set()).add(key)
        return found

    def removals(
        self, complete: Iterable[Sequence[str]], kept: Mapping[str, Collection[str]]
    ) -> list[Removal]:
        """What bulk parts no longer hold, and what the feed itself marks as deleted, by table.

        `complete` has the tables of each bulk part, `kept` the keys of refused lines by a part's first table: a
        bad line is no reason to remove what was known before.
        """
        gone: dict[str, set[str]] = {}
        for tables in complete:
            for table in tables:
                keep = self._kept(table, tables[0], kept.get(tables[0], ()))
                gone[table] = gone.get(table, set()) | self._absent(table) - keep
        found = []
        for record in RECORDS:
            staged = self._tables.get(record)
            marked = {key for (key,) in staged.ask("marked")} if staged else set()
            keys = gone.get(record.table, set()) | marked
            if keys:
                active = model_of(record.table)._default_manager.filter(feed=self.feed, status="active")
                found.append(Removal(record.table, active.count(), sorted(keys)))
        return found

    def _absent(self, table: str) -> set[str]:
        record = next(record for record in RECORDS if record.table == table)
        stage = self._table(record).stage
        return {key for (key,) in stage.absent("t.feed = %s AND t.status = %s", [self.feed, "active"])}

    def _kept(self, table: str, first: str, keys: Collection[str]) -> set[str]:
        """Rows of `table` that stay: of lines refused here, and of lines of `first` refused when they were read."""
        staged = self._staged(table)
        found = set(staged.kept) if staged else set()
        if table == first:
            return found | set(keys)
        record = next(record for record in RECORDS if record.table == table)
        model = model_of(table)
        for name in (name for name, target in record.refers.items() if target == first):
            for some in chunks(keys):
                rows = model._default_manager.filter(**{f"{name}__in": some}, feed=self.feed)
                found |= set(rows.values_list("pk", flat=True))
        return found

    # Storing

    def apply(self, removals: list[Removal]) -> set[str]:
        """Store what was staged, mark what is to be removed, and give the tables that changed.

        Run this in a transaction.
        """
        changed = {removal.table for removal in removals}
        for table in self._in_order():
            written = table.stage.upsert()
            if written.inserted or written.updated:
                changed.add(table.record.table)
        for removal in removals:
            rows = model_of(removal.table)._default_manager
            for some in chunks(removal.keys):
                rows.filter(pk__in=some).update(status="tobedeleted")
        return changed
