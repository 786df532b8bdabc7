"""Filling an empty database, in pieces that each are there or not; who is killed goes on after the last of them."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from django.db import IntegrityError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from liwa.core.errors import LiwaError
from liwa.flows.loading import Progress
from liwa.flows.tables.ledger import FILLING, Ledger, Place
from liwa.flows.tables.lines import Block, Sum, blocks, clear, key_of, read, settle, sum_of, write
from liwa.flows.tables.shape import Table, flat, is_circular, last_number, set_last_number

Groups = Sequence[Sequence[Table]]
COPYING, COMPARING = "Copying rows", "Comparing rows"


class Source(Protocol):
    """Where rows come from; they do not change while it is used."""

    name: str
    is_foreign: bool  # whether an engine other than SQLite wrote the lines

    def blocks(self, table: Table, place: Place) -> Iterator[Block]:
        """The rows after a place that was reached before, cut as all of them would be."""

    def last_number(self, table: Table) -> int:
        """The highest number that was ever given to a row."""


class DatabaseSource:
    """A database that nobody changes meanwhile."""

    def __init__(self, connection: BaseDatabaseWrapper, name: str) -> None:
        self._connection = connection
        self.name = name
        self.is_foreign = connection.vendor != "sqlite"

    def blocks(self, table: Table, place: Place) -> Iterator[Block]:
        return blocks(table, read(self._connection, table, place.last))

    def last_number(self, table: Table) -> int:
        return last_number(self._connection, table)


class Filling:
    """One database being filled from a source, as its ledger says."""

    def __init__(
        self, source: Source, target: BaseDatabaseWrapper, groups: Groups, ledger: Ledger, progress: Progress
    ) -> None:
        self._source = source
        self._target = target
        self._groups = groups
        self._ledger = ledger
        self._progress = progress
        self._done = 0

    def begin(self) -> None:
        """Empty the tables just made: making them puts in rows too."""
        with transaction.atomic(using=self._target.alias, durable=True):
            clear(self._target, flat(self._groups))
            self._ledger.forget_places()
            self._ledger.tell(phase=FILLING)

    def is_as_before(self) -> bool:
        """Whether the source still has the rows that were copied, by the ledger, before this process began."""
        places = [(table, self._ledger.place(table.name)) for table in flat(self._groups)]
        return all(self._has(table, place) for table, place in places if place.is_whole or place.sum.rows)

    def _has(self, table: Table, place: Place) -> bool:
        found = Sum()
        for block in self._source.blocks(table, Place()):
            if found.rows >= place.sum.rows:
                return found == place.sum and not place.is_whole
            found = found.and_then(block)
            self._show(COMPARING, block)
        return found == place.sum

    def fill(self) -> None:
        """Copy what is missing. Raises LiwaError where the database cannot hold a row."""
        self._done = 0
        for group in self._groups:
            try:
                if is_circular(group):
                    with transaction.atomic(using=self._target.alias, durable=True):
                        self._fill_all(group)
                else:
                    self._fill_all(group)
            except IntegrityError as error:
                names = " or ".join(table.name for table in group)
                raise LiwaError(
                    f"A row of {names} refers to one that is not there.",
                    remedy="Mend it where it is, then run the command again.",
                ) from error

    def _fill_all(self, group: Sequence[Table]) -> None:
        for table in group:
            self._fill(table)

    def _fill(self, table: Table) -> None:
        """Copy a table, block by block, each in a transaction of its own where there is none around them."""
        place = self._ledger.place(table.name)
        if place.is_whole:
            return
        for block in self._source.blocks(table, place):
            with transaction.atomic(using=self._target.alias):
                write(self._target, table, block.lines, foreign=self._source.is_foreign)
                place = Place(place.sum.and_then(block), key_of(table, block.lines[-1]))
                self._ledger.note(table.name, place)
            self._show(COPYING, block)
        with transaction.atomic(using=self._target.alias):
            if table.numbered:
                set_last_number(self._target, table, self._source.last_number(table))
            self._ledger.note(table.name, Place(place.sum, place.last, is_whole=True))

    def finish(self) -> dict[str, Sum]:
        """Read everything again and compare it with what was copied; gives the sum of each table.

        Raises LiwaError where they are not the same.
        """
        self._done = 0
        tables = flat(self._groups)
        settle(self._target, tables)
        for table in tables:
            self._compare(table)
        return {table.name: self._ledger.place(table.name).sum for table in tables}

    def _compare(self, table: Table) -> None:
        with transaction.atomic(using=self._target.alias, durable=True):
            found = Sum()
            for block in blocks(table, read(self._target, table)):
                found = found.and_then(block)
                self._show(COMPARING, block)
        if found != self._ledger.place(table.name).sum:
            raise LiwaError(
                f"The table {table.name} is not the same in both places.",
                remedy="Empty the new database and run the command again.",
            )

    def _show(self, name: str, block: Block) -> None:
        self._done += len(block.lines)
        self._progress(name, self._done, None)


def sums(connection: BaseDatabaseWrapper, tables: Sequence[Table]) -> dict[str, Sum]:
    """The sum of each table. Call it within a transaction in which nothing changes."""
    return {table.name: sum_of(blocks(table, read(connection, table))) for table in tables}
