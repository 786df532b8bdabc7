"""PostgreSQL, by psycopg 3 and its pool."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from liwa.db.engines import Engine, Row, engines
from liwa.db.libpq import libpq_settings, with_search_path
from liwa.db.statements import Statements

_POOL = {"pool_min": 1, "pool_max": 16, "pool_timeout": 10, "pool_idle": 300}
_LINES_AT_ONCE = 10_000


class Postgresql(Engine):
    """The engine of `postgresql://…`; `liwa.db.libpq` says what the URL takes."""

    backend = "django.db.backends.postgresql"
    sql = Statements(Path(__file__).parent.parent / "stage.sql", Path(__file__).with_suffix(".sql"))

    def settings(self, url: str, home: Path) -> dict[str, Any]:
        return with_search_path(libpq_settings(url, self.backend, _POOL))

    def fill(self, connection: BaseDatabaseWrapper, table: str, columns: str, rows: Sequence[Row]) -> None:
        sql = f"COPY {table} ({columns}) FROM STDIN"
        with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)

    def delete_lines(self, connection: BaseDatabaseWrapper, table: str, lines: Sequence[int]) -> None:
        sql = f"DELETE FROM {table} WHERE _line = ANY(%s::bigint[])"  # noqa: S608 - quoted by the caller
        with connection.cursor() as cursor:
            for start in range(0, len(lines), _LINES_AT_ONCE):
                cursor.execute(sql, [list(lines[start : start + _LINES_AT_ONCE])])

    def upsert(self, cursor: CursorWrapper, names: dict[str, str]) -> tuple[int, int]:
        cursor.execute(self.sql("upsert" if names["assignments"] else "insert_new", names))
        inserted, written = cursor.fetchone()
        return int(inserted), int(written) - int(inserted)

    @contextmanager
    def impatient(self, connection: BaseDatabaseWrapper, milliseconds: int) -> Iterator[None]:
        with transaction.atomic(using=connection.alias):
            with connection.cursor() as cursor:
                cursor.execute(self.sql("impatient", {"milliseconds": str(int(milliseconds))}))
            yield


for _scheme in ("postgresql", "postgres"):
    engines.register(_scheme)(Postgresql())
