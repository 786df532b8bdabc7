"""What tables and their indexes take on the disk."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper

from liwa.db.statements import Statements

_sql = Statements(Path(__file__).with_suffix(".sql"))
# Beyond it nobody waits for SQLite, which has to look at every page to say what it belongs to.
LOOKED_THROUGH = 1 << 30


@dataclass(frozen=True)
class Size:
    """A table: about how many rows (None where the database has not counted), bytes of it and of its indexes."""

    table: str
    rows: int | None
    table_bytes: int
    index_bytes: int

    @property
    def total(self) -> int:
        """Bytes of both."""
        return self.table_bytes + self.index_bytes


@dataclass(frozen=True)
class Sizes:
    """A database: its bytes on the disk, those of them that are free, and its tables, the largest first.

    `tables` is None where finding out would take too long.
    """

    total: int
    free: int
    tables: list[Size] | None


def sizes(connection: BaseDatabaseWrapper, names: Collection[str]) -> Sizes:
    """What the database and these of its tables take."""
    found = _sqlite(connection) if connection.vendor == "sqlite" else _server(connection)
    if found.tables is None:
        return found
    tables = [one for one in found.tables if one.table in names]
    return Sizes(found.total, found.free, sorted(tables, key=lambda one: (-one.total, one.table)))


def _server(connection: BaseDatabaseWrapper) -> Sizes:
    with connection.cursor() as cursor:
        cursor.execute(_sql("server_total", {}))
        (total,) = cursor.fetchone()
        cursor.execute(_sql("server_tables", {}))
        rows = cursor.fetchall()
    # What a text too long for its row takes counts with the table.
    tables = [
        Size(name, None if number < 0 else int(number), every - indexes, indexes)
        for name, number, every, indexes in rows
    ]
    return Sizes(total, 0, tables)


def _sqlite(connection: BaseDatabaseWrapper) -> Sizes:
    with connection.cursor() as cursor:
        page, pages, free = (_pragma(cursor, name) for name in ("page_size", "page_count", "freelist_count"))
        if page * pages > LOOKED_THROUGH:
            return Sizes(page * pages, page * free, None)
        cursor.execute(_sql("sqlite_tables", {}))
        tables = [Size(name, None, own, indexes) for name, own, indexes in cursor.fetchall()]
    return Sizes(page * pages, page * free, tables)


def _pragma(cursor: object, name: str) -> int:
    cursor.execute(f"PRAGMA {name}")  # type: ignore[attr-defined]
    return int(cursor.fetchone()[0])  # type: ignore[attr-defined]
