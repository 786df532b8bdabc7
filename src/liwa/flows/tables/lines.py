"""Reading and writing whole tables, a block of rows at a time, in the order of their keys.

PostgreSQL and its relatives write and take the lines themselves (COPY); for SQLite they are made here.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.core.management.color import no_style
from django.db import DataError, IntegrityError
from django.db.backends.base.base import BaseDatabaseWrapper

from liwa.core.errors import LiwaError
from liwa.flows.tables.kinds import cells, escaped
from liwa.flows.tables.shape import Table

# A block ends with the row that reaches either; both count what is compared, so that they end alike everywhere.
BLOCK_ROWS = 20_000
BLOCK_BYTES = 8 << 20
_FIRST, _MOST = 16, 2_000  # rows fetched at once
_FETCH_BYTES = 4 << 20
_COLUMN = re.compile(r", column (\w+)")

Lines = list[bytes]
# Times in UTC, numbers with all their digits, whatever the server's settings.
_PLAINLY = (
    "SET LOCAL TIME ZONE 'UTC'",
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL extra_float_digits = 3",
    "SET LOCAL bytea_output = 'hex'",
)


@dataclass(frozen=True)
class Block:
    """Some rows on end: as lines, and as they are compared."""

    lines: Lines
    plain: Lines


@dataclass(frozen=True)
class Sum:
    """How many rows, and a hash of them in their order: each block's rows after the hash of the blocks before it."""

    rows: int = 0
    digest: str = ""

    def and_then(self, block: Block) -> "Sum":
        """That of the rows so far and those of the block."""
        digest = sha256(self.digest.encode())
        digest.update(b"".join(block.plain))
        return Sum(self.rows + len(block.lines), digest.hexdigest())


def sum_of(blocks: Iterable[Block]) -> Sum:
    """That of all these rows."""
    total = Sum()
    for block in blocks:
        total = total.and_then(block)
    return total


def blocks(table: Table, found: Iterable[Lines]) -> Iterator[Block]:
    """Cut a stream of lines into blocks."""
    lines: Lines = []
    plain: Lines = []
    size = 0
    for piece in found:
        for line, one in zip(piece, plainly(table, piece), strict=True):
            lines.append(line)
            plain.append(one)
            size += len(one)
            if size >= BLOCK_BYTES or len(lines) >= BLOCK_ROWS:
                yield Block(lines, plain)
                lines, plain, size = [], [], 0
    if lines:
        yield Block(lines, plain)


def plainly(table: Table, lines: Lines) -> Lines:
    """The lines as they are compared."""
    if table.is_plain:
        return lines
    places = [(place, kind.plain) for place, kind in enumerate(table.kinds) if kind.plain]
    made = []
    for line in lines:
        row = cells(line)
        for place, plain in places:
            cell = row[place]
            if cell is not None:
                row[place] = plain(cell)
        made.append(_line(row))
    return made


def _line(row: Iterable[str | None]) -> bytes:
    return ("\t".join("\\N" if cell is None else escaped(cell) for cell in row) + "\n").encode()


def key_of(table: Table, line: bytes) -> tuple[str, ...]:
    """The cells of a row's key."""
    row = cells(line)
    return tuple(str(row[place]) for place in table.key_places)


# Reading


def read(connection: BaseDatabaseWrapper, table: Table, after: Sequence[str] = ()) -> Iterator[Lines]:
    """The table's rows in the order of its key; where the cells of a key are given, those after it.

    Call it within a transaction: COPY's settings last as long as that.
    """
    speak = _from_sqlite if connection.vendor == "sqlite" else _from_copy
    return speak(connection, table, after)


def _from_copy(connection: BaseDatabaseWrapper, table: Table, key: Sequence[str]) -> Iterator[Lines]:
    quote = connection.ops.quote_name
    columns = [
        quote(column) + (' COLLATE "C"' if is_text else "")
        for column, is_text in zip(table.key, table.key_is_text, strict=True)
    ]
    query = _query(quote(table.name), map(quote, table.columns), columns, "%s" if key else "")
    with connection.cursor() as cursor, connection.wrap_database_errors:
        for setting in _PLAINLY:
            cursor.execute(setting)
        with cursor.copy(f"COPY ({query}) TO STDOUT", list(key)) as copy:
            yield from pieces(map(bytes, copy))


def pieces(found: Iterable[bytes]) -> Iterator[Lines]:
    """Lines, some at a time, and few of large ones."""
    piece: Lines = []
    size = 0
    for line in found:
        piece.append(line)
        size += len(line)
        if len(piece) == _MOST or size > _FETCH_BYTES:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _from_sqlite(connection: BaseDatabaseWrapper, table: Table, key: Sequence[str]) -> Iterator[Lines]:
    quote = connection.ops.quote_name
    # A plus before a column keeps the driver from making Python's dates and truths of its values.
    columns = [f"+{quote(column)}" for column in table.columns]
    query = _query(quote(table.name), columns, [*map(quote, table.key)], "?" if key else "")
    values = [table.kinds[place].read(cell) for place, cell in zip(table.key_places, key, strict=False)]
    connection.ensure_connection()
    with connection.wrap_database_errors:
        found = connection.connection.cursor()
        found.row_factory = None
        try:
            found.execute(query, values)
            wanted = _FIRST
            while rows := found.fetchmany(wanted):
                piece = _lines(table, rows)
                yield piece
                mean = sum(map(len, piece)) // len(piece)
                wanted = max(1, min(wanted * 4, _MOST, _FETCH_BYTES // max(mean, 1)))
        finally:
            found.close()


def _query(table: str, columns: Iterable[str], key: Sequence[str], place: str) -> str:
    order = ", ".join(key)
    after = f" WHERE ({order}) > ({', '.join([place] * len(key))})" if place else ""
    return f"SELECT {', '.join(columns)} FROM {table}{after} ORDER BY {order}"  # noqa: S608 - quoted by the caller


def _lines(table: Table, rows: Sequence[Sequence[Any]]) -> Lines:
    """The lines of rows as SQLite gives them, made column by column."""
    columns = []
    for kind, values in zip(table.kinds, zip(*rows, strict=True), strict=True):
        write, last = kind.write, (_as_is if kind.bare else escaped)
        if write is str and kind.bare and None not in values:
            columns.append(map(str, values))
        else:
            columns.append(map(str, ["\\N" if one is None else last(write(one)) for one in values]))
    return [f"{line}\n".encode() for line in map("\t".join, zip(*columns, strict=True))]


def _as_is(text: str) -> str:
    return text


# Writing


def write(connection: BaseDatabaseWrapper, table: Table, lines: Lines, *, foreign: bool) -> None:
    """Add rows, which must be new; `foreign` says that SQLite did not write them.

    Raises LiwaError where the database cannot hold one of them.
    """
    try:
        if connection.vendor == "sqlite":
            _to_sqlite(connection, table, lines, foreign)
        else:
            _to_copy(connection, table, lines)
    except (DataError, IntegrityError) as error:
        cause = error.__cause__ or error
        context = getattr(getattr(cause, "diag", None), "context", None) or ""
        column = _COLUMN.search(context)  # what else it says is somebody's data
        raise LiwaError(
            f"The table {table.name} has a row that the new database cannot hold"
            f"{f' in the column {column[1]}' if column else ''}: {type(cause).__name__}.",
            remedy="Mend it where it is, then run the command again.",
        ) from error


def _to_copy(connection: BaseDatabaseWrapper, table: Table, lines: Lines) -> None:
    quote = connection.ops.quote_name
    sql = f"COPY {quote(table.name)} ({', '.join(map(quote, table.columns))}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(sql) as copy:
        copy.write(b"".join(lines))


def _to_sqlite(connection: BaseDatabaseWrapper, table: Table, lines: Lines, foreign: bool) -> None:
    quote = connection.ops.quote_name
    reads = [(kind.adopt if foreign else None) or kind.read for kind in table.kinds]
    names, places = ", ".join(map(quote, table.columns)), ", ".join("?" * len(reads))
    sql = f"INSERT INTO {quote(table.name)} ({names}) VALUES ({places})"  # noqa: S608 - quoted
    rows = (
        [None if cell is None else make(cell) for make, cell in zip(reads, cells(line), strict=True)]
        for line in lines
    )
    connection.ensure_connection()
    with connection.wrap_database_errors:
        connection.connection.executemany(sql, rows)


def clear(connection: BaseDatabaseWrapper, tables: Sequence[Table]) -> None:
    """Take every row out of these tables, which are all there are. Call it within a transaction."""
    names = [table.name for table in tables]
    with connection.cursor() as cursor:
        for statement in connection.ops.sql_flush(no_style(), names):
            cursor.execute(statement)


def settle(connection: BaseDatabaseWrapper, tables: Sequence[Table]) -> None:
    """Let the planner know what there is. Call it in no transaction: openGauss analyses tables in their own alone."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table.name)}")
