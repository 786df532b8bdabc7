"""SQLite: one file, many readers, one writer at a time."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from liwa.core.errors import ConfigError
from liwa.db.engines import Engine, Row, engines
from liwa.db.statements import Statements

BUSY_SECONDS = 20
_REMEDY = "Use sqlite:///file.sqlite3 (inside LIWA_HOME) or sqlite:////absolute/path/file.sqlite3."

# FULL: what a commit has acknowledged survives a power loss. The WAL may grow to 256 MB or so before its pages go
# to their places, each once however often it changed: statements' index entries lie anywhere. Temporary tables may
# outgrow memory and go to a file then. Cache sizes are in KiB when negative; memory-mapped reads save a copy of
# each page.
_ON_CONNECT = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 64000;
    PRAGMA foreign_keys = ON;
    PRAGMA cache_size = -65536;
    PRAGMA temp.cache_size = -65536;
    PRAGMA mmap_size = 268435456
"""


class Sqlite(Engine):
    """The engine of `sqlite:///path` (relative paths lie in LIWA_HOME)."""

    backend = "django.db.backends.sqlite3"
    is_remote = False
    sql = Statements(Path(__file__).parent.parent / "stage.sql", Path(__file__).with_suffix(".sql"))

    def settings(self, url: str, home: Path) -> dict[str, Any]:
        _, _, rest = url.partition("://")
        path = unquote(rest.removeprefix("/"))
        if (
            not rest.startswith("/")
            or path in {"", "/", ":memory:"}
            or not {"?", "#"}.isdisjoint(rest)
            or "\0" in path
        ):
            raise ConfigError("LIWA_DATABASE_URL names no SQLite file.", remedy=_REMEDY)
        return {
            "ENGINE": self.backend,
            "NAME": str(home / path),
            "CONN_MAX_AGE": 600,
            "OPTIONS": {
                "timeout": BUSY_SECONDS,
                # A transaction that begins by reading and writes later may find itself unable to go on.
                "transaction_mode": "IMMEDIATE",
                "init_command": _ON_CONNECT,
            },
        }

    # Texts exactly as Django's ORM stores them: Django's own functions make them too, several times slower.

    def day(self, day: date) -> str:
        return str(day)

    def instant(self, at: datetime) -> str:
        return str(at.replace(tzinfo=None))

    def fill(
        self, connection: BaseDatabaseWrapper, table: str, columns: str, values: Sequence[Sequence[Any]]
    ) -> None:
        places = ", ".join("?" * len(values))
        sql = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608 - quoted by the caller
        self._many(connection, sql, zip(*values, strict=True))

    def delete_lines(self, connection: BaseDatabaseWrapper, table: str, lines: Sequence[int]) -> None:
        sql = f"DELETE FROM {table} WHERE _line = ?"  # noqa: S608 - quoted by the caller
        self._many(connection, sql, [(line,) for line in lines])

    def _many(self, connection: BaseDatabaseWrapper, sql: str, rows: Iterable[Row]) -> None:
        """Run `sql` once per row. The savepoint spares a commit per row and, unlike BEGIN, locks nothing."""
        connection.ensure_connection()
        raw = connection.connection
        with connection.wrap_database_errors:
            raw.execute("SAVEPOINT liwa_stage")
            try:
                raw.executemany(sql, rows)
            except BaseException:
                raw.execute("ROLLBACK TO liwa_stage")
                raise
            finally:
                raw.execute("RELEASE liwa_stage")

    def upsert(self, cursor: CursorWrapper, names: dict[str, str]) -> tuple[int, int]:
        # The transaction holds the write lock, so nobody can come between the two statements.
        cursor.execute(self.sql("count_new", names))
        inserted = int(cursor.fetchone()[0])
        cursor.execute(self.sql("upsert" if names["assignments"] else "insert_new", names))
        return inserted, cursor.rowcount - inserted

    @contextmanager
    def impatient(self, connection: BaseDatabaseWrapper, milliseconds: int) -> Iterator[None]:
        with connection.cursor() as cursor:
            (before,) = cursor.execute("PRAGMA busy_timeout").fetchone()
            cursor.execute(f"PRAGMA busy_timeout = {int(milliseconds)}")
            try:
                with transaction.atomic(using=connection.alias):
                    yield
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {int(before)}")


engines.register("sqlite")(Sqlite())
