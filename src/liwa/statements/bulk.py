"""Many values to the database, in the few calls that each engine takes them fastest.

Every call of a driver gives the interpreter's lock away and has to get it back from busy threads, so there are few.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any, Protocol

from django.db.backends.base.base import BaseDatabaseWrapper

from liwa.statements.prepare import Prepared

Pair = tuple[int, int]  # term, seq
Numbered = tuple[int, Prepared, bool]  # seq, the statement, whether it is void already

STATEMENTS = "statements_statement (seq, id, voided, authority, size, payload)"
LINKS = "statements_link (term, seq)"
ACTIVITIES = "statements_activity (key, iri, definition)"
_COPIED = 1 << 20  # bytes of one piece
# Rows of one INSERT. Few lengths, so that SQLite compiles each once.
_LENGTHS = (256, 64, 16, 4, 1)


class Bulk(Protocol):
    """How an engine takes many values.

    `places` are what compares a column of ids, numbers or keys with a list, which `listed` makes one value of: a
    statement with a place for each would be another one for each length.
    """

    places: Mapping[str, str]

    def listed(self, values: Iterable[str | int]) -> str:
        """The values (no text but hex digits) as one."""

    def add_statements(self, connection: BaseDatabaseWrapper, rows: Sequence[Numbered]) -> None:
        """Insert statements."""

    def add_links(self, connection: BaseDatabaseWrapper, pairs: Sequence[Pair]) -> None:
        """Insert links, which must be new."""

    def add_activities(self, connection: BaseDatabaseWrapper, rows: Sequence[tuple[str, str, bytes]]) -> None:
        """Insert activities (key, id, definition), which must be new."""


class _Copying:
    """PostgreSQL: COPY, its text written here."""

    places: Mapping[str, str] = {
        "in_ids": "= ANY(%s::uuid[])",
        "in_numbers": "= ANY(%s::bigint[])",
        "in_keys": "= ANY(%s::text[])",
    }

    def listed(self, values: Iterable[str | int]) -> str:
        return f"{{{','.join(map(str, values))}}}"

    def add_statements(self, connection: BaseDatabaseWrapper, rows: Sequence[Numbered]) -> None:
        self._copy(connection, STATEMENTS, map(self._statement, rows))

    def add_links(self, connection: BaseDatabaseWrapper, pairs: Sequence[Pair]) -> None:
        self._copy(connection, LINKS, map(b"%d\t%d\n".__mod__, pairs))

    def add_activities(self, connection: BaseDatabaseWrapper, rows: Sequence[tuple[str, str, bytes]]) -> None:
        lines = (
            b"%b\t%b\t%b\n" % (key.encode(), _escaped(iri.encode()), _escaped(definition))
            for key, iri, definition in rows
        )
        self._copy(connection, ACTIVITIES, lines)

    def _statement(self, row: Numbered) -> bytes:
        seq, one, voided = row
        flag = b"t" if voided else b"f"
        values = (seq, one.id.hex.encode(), flag, one.authority, len(one.payload), _escaped(one.payload))
        return b"%d\t%b\t%b\t%d\t%d\t%b\n" % values

    def _copy(self, connection: BaseDatabaseWrapper, table: str, lines: Iterable[bytes]) -> None:
        sql = f"COPY {table} FROM STDIN"
        with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(sql) as copy:
            for piece in _pieces(lines):
                copy.write(piece)


def _escaped(text: bytes) -> bytes:
    """A text as COPY reads it."""
    text = text.replace(b"\\", b"\\\\")
    return text.replace(b"\n", b"\\n").replace(b"\r", b"\\r").replace(b"\t", b"\\t")


def _pieces(lines: Iterable[bytes]) -> Iterator[bytes]:
    waiting: list[bytes] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size > _COPIED:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


class _Values:
    """SQLite: INSERT with many rows of VALUES."""

    places: Mapping[str, str] = dict.fromkeys(
        ("in_ids", "in_numbers", "in_keys"), "IN (SELECT value FROM json_each(%s))"
    )

    def listed(self, values: Iterable[str | int]) -> str:
        return json.dumps(list(values))

    def add_statements(self, connection: BaseDatabaseWrapper, rows: Sequence[Numbered]) -> None:
        values = (
            (seq, one.id.hex, voided, one.authority, len(one.payload), one.payload.decode())
            for seq, one, voided in rows
        )
        self._insert(connection, STATEMENTS, 6, values, len(rows))

    def add_links(self, connection: BaseDatabaseWrapper, pairs: Sequence[Pair]) -> None:
        self._insert(connection, LINKS, 2, iter(pairs), len(pairs))

    def add_activities(self, connection: BaseDatabaseWrapper, rows: Sequence[tuple[str, str, bytes]]) -> None:
        values = ((key, iri, definition.decode()) for key, iri, definition in rows)
        self._insert(connection, ACTIVITIES, 3, values, len(rows))

    def _insert(
        self,
        connection: BaseDatabaseWrapper,
        table: str,
        width: int,
        rows: Iterator[tuple[Any, ...]],
        total: int,
    ) -> None:
        place = f"({', '.join('?' * width)})"
        connection.ensure_connection()
        raw = connection.connection
        with connection.wrap_database_errors:
            for length in _LENGTHS:
                sql = f"INSERT INTO {table} VALUES {', '.join([place] * length)}"  # noqa: S608 - of constants
                while total >= length:
                    raw.execute(sql, list(chain.from_iterable(islice(rows, length))))
                    total -= length


_BULKS: dict[str, Bulk] = {"postgresql": _Copying(), "sqlite": _Values()}


def bulk_of(connection: BaseDatabaseWrapper) -> Bulk:
    """How the engine behind a connection takes many rows."""
    return _BULKS[connection.vendor]
