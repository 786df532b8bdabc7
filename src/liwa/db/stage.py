"""A temporary table in which rows wait, are checked against each other and the database, and go in at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from itertools import count, islice
from types import TracebackType
from typing import Any, Self
from weakref import WeakSet

from django.db import Error, IntegrityError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from liwa.core.errors import LiwaError, Unavailable
from liwa.db.columns import Column, UnfitError
from liwa.db.engines import Row, engine_of

BATCH = 5000
_numbers = count(1)
_roomy: WeakSet[Any] = WeakSet()  # sessions that were asked for memory
# Statements that do not ask for a settled stage.
_FIRST = {"make_room", "create", "drop", "index_key", "index_unique", "unindex_key", "index_line", "settle"}


@dataclass(frozen=True)
class Written:
    """Rows of the target that an upsert added, altered, and found to be the same already."""

    inserted: int
    updated: int
    unchanged: int


@dataclass(frozen=True)
class Comparison:
    """How many distinct source lines hold something new, something different, or only what is known."""

    new: int
    changed: int
    same: int


class MisfitError(LiwaError):
    """A value that its column cannot hold; `reason` says why, and neither text shows the value."""

    def __init__(self, line: int, column: str, value: object, reason: str) -> None:
        super().__init__(f"Line {line}: {column} {reason}.")
        self.line = line
        self.column = column
        self.value = value
        self.reason = reason


class Stage:
    """Rows on their way into `table`, each with the number of the source line it comes from.

    with Stage(connection, "records_org", columns_of(Org, ["sourced_id", "name"]), ["sourced_id"]) as stage:
        stage.add([(2, "o1", "School of Rivers")])
        stage.upsert()

    The stage lives as long as the connection and is seen by it alone. It can be filled before a transaction
    begins and outlives one that is rolled back. `update` names the columns an upsert alters where the key is
    known already (default: all others; none: rows that are known stay as they are). Columns are neither null
    nor repeated in the key; rows with equal keys must be dealt with (`duplicates`, `keep_last`) before `upsert`.
    """

    def __init__(
        self,
        connection: BaseDatabaseWrapper,
        table: str,
        columns: Sequence[Column],
        key: Sequence[str],
        update: Sequence[str] | None = None,
    ) -> None:
        names = [column.name for column in columns]
        others = [name for name in names if name not in key] if update is None else list(update)
        if not key or not set(key) | set(others) <= set(names) or set(key) & set(others):
            raise ValueError("key and update must name distinct columns of the stage")
        self.connection = connection
        self.columns = [replace(column, null=column.null and column.name not in key) for column in columns]
        self.key = list(key)
        self._engine = engine_of(connection)
        self._quote = connection.ops.quote_name
        self.quoted_name = self._quote(f"_stage_{next(_numbers)}")
        self._places = self._fill_places(table, names, others)
        self._rows = count(1)
        self._indexed = self._line_indexed = False
        self._unique = False  # known to hold no key twice: nothing but further rows changes that
        self._settled = True
        self._session: Any = None

    def _fill_places(self, table: str, names: list[str], others: list[str]) -> dict[str, str]:
        quote, differs = self._quote, self._engine.sql

        def listed(columns: Iterable[str], prefix: str = "") -> str:
            return ", ".join(prefix + quote(name) for name in columns)

        def differ(left: str, right: str) -> str:
            pairs = ({"left": left + quote(name), "right": right + quote(name)} for name in others)
            return " OR ".join(differs("differs", pair) for pair in pairs) or "1 = 0"

        bare = self.quoted_name.strip('"`')
        return {
            "stage": self.quoted_name,
            "target": quote(table),
            "index_key": quote(f"{bare}_key"),
            "index_line": quote(f"{bare}_line"),
            "definitions": ", ".join(f"{quote(column.name)} {column.db_type}" for column in self.columns),
            "columns": listed(names),
            "stage_columns": listed(names, "s."),
            "key": listed(self.key),
            "stage_key": listed(self.key, "s."),
            "target_key": listed(self.key, "t."),
            "some_key": quote(self.key[0]),
            "same_key": " AND ".join(f"t.{quote(name)} = s.{quote(name)}" for name in self.key),
            "differs": f"({differ('t.', 's.')})",
            "differs_from_excluded": f"({differ('t.', 'excluded.')})",
            "assignments": ", ".join(f"{quote(name)} = excluded.{quote(name)}" for name in others),
        }

    def __enter__(self) -> Self:
        self.connection.ensure_connection()
        self._session = self.connection.connection
        self._make_room()
        self._run("create")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.connection.connection is not self._session:
            return  # the table went with its connection
        if error is None:
            self._run("drop")
            return
        with suppress(
            Error
        ):  # a failed transaction takes no more statements; the first error is the one to see
            self._run("drop")

    # Filling

    def add(self, rows: Iterable[Sequence[Any]], unfit: Callable[[MisfitError], None] | None = None) -> int:
        """Stage rows (line, *values); returns how many. Values are in the order of the columns.

        A value that its column cannot hold raises MisfitError; with `unfit`, that row is left out and told to it.
        """
        waiting = iter(rows)
        total = 0
        names = ", ".join(["_line", "_row", *(self._quote(column.name) for column in self.columns)])
        while batch := list(islice(waiting, BATCH)):
            converted = self._converted(batch, unfit)
            if converted:
                self._check_session()
                self._forget_unique()
                self._engine.fill(self.connection, self.quoted_name, names, converted)
                total += len(converted[0])
                self._settled = False
        return total

    def _converted(
        self, rows: Sequence[Sequence[Any]], unfit: Callable[[MisfitError], None] | None
    ) -> list[Sequence[Any]]:
        """The columns as the driver takes them; none where no row is left."""
        try:
            return self._by_column(rows)
        except UnfitError:
            pass
        good = []
        for row in rows:
            misfit = self._misfit(row)
            if misfit is None:
                good.append(row)
            elif unfit is None:
                raise misfit
            else:
                unfit(misfit)
        return self._by_column(good) if good else []

    def _by_column(self, rows: Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
        """The same, made column by column, which is several times quicker than row by row."""
        lines, *values = zip(*rows, strict=True)
        converted: list[Sequence[Any]] = [lines, list(islice(self._rows, len(rows)))]
        for column, given in zip(self.columns, values, strict=True):
            if not column.null and None in given:
                raise UnfitError("is required")
            converted.append(column.convert_all(given))
        return converted

    def _misfit(self, row: Sequence[Any]) -> MisfitError | None:
        line, *values = row
        for column, value in zip(self.columns, values, strict=True):
            try:
                if value is not None:
                    column.convert(value)
                elif not column.null:
                    raise UnfitError("is required")
            except UnfitError as error:
                return MisfitError(line, column.name, value, str(error))
        return None

    # Looking

    def count(self) -> int:
        """Rows in the stage."""
        return int(self._one("count")[0])

    def duplicates(self) -> list[tuple[int, int, Row]]:
        """(line, first line, key) of every row whose key an earlier row has."""
        if not self._has_duplicates():
            return []
        return [(line, first, tuple(key)) for line, first, *key in self._all("duplicates")]

    def missing(
        self,
        column: str,
        target_table: str,
        target_column: str,
        also_stage: "Stage | None" = None,
        allow_null: bool = True,
    ) -> Iterator[tuple[int, Any]]:
        """(line, value) of rows whose `column` is found neither in the target nor in the other stage."""
        quoted = self._quote(column)
        places = {
            "column": quoted,
            "null_counts": "1 = 0" if allow_null else f"s.{quoted} IS NULL",
            "referred": self._quote(target_table),
            "referred_column": self._quote(target_column),
        }
        if also_stage is None:
            return self._all("missing", places)
        also_stage._settle()
        return self._all("missing_beside_stage", {**places, "also": also_stage.quoted_name})

    def compare(self) -> Comparison:
        """Distinct lines that would add a row, that would only alter one, and that hold nothing new."""
        found: dict[int, int] = dict(self._all("compare"))
        return Comparison(found.get(0, 0), found.get(1, 0), found.get(2, 0))

    def changed_lines(self) -> Iterator[int]:
        """Distinct lines that hold something new or different, ascending."""
        return (line for (line,) in self._all("changed_lines"))

    def altered_lines(self) -> Iterator[int]:
        """Distinct lines that hold something different from a row that there is, ascending."""
        return (line for (line,) in self._all("altered_lines"))

    def absent(self, condition: str = "1 = 1", params: Sequence[Any] = ()) -> Iterator[Row]:
        """Keys in the target (called `t`) that satisfy the condition and are not in the stage.

        `condition` is SQL written by us with %s for each of `params`; never text from outside.
        """
        return self._all("absent", {"condition": condition}, params)

    def count_absent(self, condition: str = "1 = 1", params: Sequence[Any] = ()) -> int:
        """How many keys `absent` would give."""
        return int(self._one("count_absent", {"condition": condition}, params)[0])

    # Changing

    def drop_lines(self, lines: Iterable[int]) -> None:
        """Take out the rows of these lines."""
        chosen = sorted(set(lines))
        if chosen:
            self._settle()
            if not self._line_indexed:
                self._line_indexed = True
                self._run("index_line")
            self._engine.delete_lines(self.connection, self.quoted_name, chosen)

    def keep_last(self) -> int:
        """Of rows with the same key keep the one of the last line; returns how many were taken out."""
        return self._run("keep_last") if self._has_duplicates() else 0

    def upsert(self) -> Written:
        """Insert what is new, alter what differs, leave the rest untouched, in one transaction.

        Raises LiwaError where two rows of the stage have the same key.
        """
        with transaction.atomic(using=self.connection.alias):
            if self._has_duplicates():
                raise LiwaError("Two rows to be stored have the same key.")
            total = self.count()
            with self.connection.cursor() as cursor:
                inserted, updated = self._engine.upsert(cursor, self._places)
        return Written(inserted, updated, total - inserted - updated)

    # Speaking to the database

    def _make_room(self) -> None:
        """Ask for memory, once; a session that has used temporary tables before keeps what it has."""
        if "make_room" in self._engine.sql and self._session not in _roomy:
            _roomy.add(self._session)
            with suppress(Error), self._savepoint():
                self._run("make_room")

    def _savepoint(self) -> AbstractContextManager[object]:
        """What fails within fails alone, also in a transaction."""
        within = self.connection.in_atomic_block
        return transaction.atomic(self.connection.alias) if within else nullcontext()

    def _has_duplicates(self) -> bool:
        self._settle()
        return not self._unique and self._one("has_duplicates") is not None

    def _settle(self) -> None:
        """After rows were added: index them, and let the planner know how many there are."""
        self._check_session()
        if self._settled:
            return
        self._settled = True
        if not self._indexed:
            self._indexed = True
            self._index_key()
        if "settle" in self._engine.sql:
            self._run("settle")

    def _index_key(self) -> None:
        """An index that takes no key twice tells on its way whether there is any."""
        try:
            with self._savepoint():
                self._run("index_unique")
            self._unique = True
        except IntegrityError:
            self._run("index_key")

    def _forget_unique(self) -> None:
        """Further rows may hold a key that is there already."""
        if self._unique:
            self._indexed = self._unique = False
            self._run("unindex_key")

    def _check_session(self) -> None:
        if self._session is None or self.connection.connection is not self._session:
            raise Unavailable(
                "The connection to the database was lost, and what was being loaded with it.",
                remedy="Run the command again; nothing was changed.",
            )

    def _run(self, name: str) -> int:
        if name not in _FIRST:
            self._settle()
        with self.connection.cursor() as cursor:
            cursor.execute(self._engine.sql(name, self._places))
            return int(cursor.rowcount)

    def _one(self, name: str, places: dict[str, str] | None = None, params: Sequence[Any] = ()) -> Any:
        self._settle()
        with self.connection.cursor() as cursor:
            cursor.execute(self._engine.sql(name, {**self._places, **(places or {})}), params)
            return cursor.fetchone()

    def _all(
        self, name: str, places: dict[str, str] | None = None, params: Sequence[Any] = ()
    ) -> Iterator[Row]:
        """The rows of a query, fetched as they are asked for."""
        self._settle()
        at_once = self.connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
        with self.connection.cursor() if at_once else self.connection.chunked_cursor() as cursor:
            cursor.execute(self._engine.sql(name, {**self._places, **(places or {})}), params)
            while rows := cursor.fetchmany(BATCH):
                yield from rows
