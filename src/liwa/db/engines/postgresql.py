"""PostgreSQL, by psycopg 3 and its pool."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from types import NoneType
from typing import Any

import msgspec
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from liwa.db.alike import are_alike
from liwa.db.engines import Engine, engines
from liwa.db.libpq import libpq_settings, with_search_path
from liwa.db.statements import Statements

_POOL = {"pool_min": 1, "pool_max": 16, "pool_timeout": 10, "pool_idle": 300}
_LINES_AT_ONCE = 10_000
# What a socket's buffer takes: the server reads these rows while the next are made.
_ROWS_AT_ONCE = 1000


class Postgresql(Engine):
    """The engine of `postgresql://…`; `liwa.db.libpq` says what the URL takes."""

    backend = "django.db.backends.postgresql"
    sql = Statements(Path(__file__).parent.parent / "stage.sql", Path(__file__).with_suffix(".sql"))

    def settings(self, url: str, home: Path) -> dict[str, Any]:
        return with_search_path(libpq_settings(url, self.backend, _POOL))

    def fill(
        self, connection: BaseDatabaseWrapper, table: str, columns: str, values: Sequence[Sequence[Any]]
    ) -> None:
        sql = f"COPY {table} ({columns}) FROM STDIN"
        with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(sql) as copy:
            for start in range(0, len(values[0]), _ROWS_AT_ONCE):
                some = [column[start : start + _ROWS_AT_ONCE] for column in values]
                text = _copied(some)
                if text is not None:
                    copy.write(text)
                    continue
                for row in zip(*some, strict=True):
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


# https://www.postgresql.org/docs/current/sql-copy.html, "Text Format"
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPES = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}
_NULL = r"\N"
# PostgreSQL reads these as Python writes them.
_PLAIN = {int, float, bool, date, datetime}


def _copied(columns: Sequence[Sequence[Any]]) -> str | None:
    """Rows in COPY's text format, made column by column, several times quicker than the driver makes it.

    None where a column holds anything but texts and values that are read as Python writes them.
    """
    made = [_written(values) for values in columns]
    given = [texts for texts in made if texts is not None]
    if len(given) < len(made):
        return None
    return "\n".join(map("\t".join, zip(*given, strict=True))) + "\n"


def _written(values: Sequence[Any]) -> Sequence[str] | None:
    if are_alike(values):
        one = _written(values[:1])
        return one and [*one] * len(values)
    kinds = set(map(type, values))
    if kinds <= {str, NoneType}:
        return _escaped(values)
    if kinds <= {date, datetime}:
        return msgspec.json.encode(values).decode()[2:-2].split('","')  # quicker than str() by far
    if kinds <= {date, datetime, NoneType}:
        texts = {value: _NULL if value is None else str(value) for value in set(values)}  # rows share few
        return [texts[value] for value in values]
    if kinds <= _PLAIN:
        return list(map(str, values))
    if kinds <= {*_PLAIN, NoneType}:
        return [_NULL if value is None else str(value) for value in values]
    return None


def _escaped(texts: Sequence[str | None]) -> list[str]:
    known = [text for text in texts if text is not None]
    is_plain = _SPECIAL.search("".join(known)) is None
    if is_plain and len(known) == len(texts):
        return known
    return [_NULL if text is None else text if is_plain else _SPECIAL.sub(_escape, text) for text in texts]


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES[found[0]]


for _scheme in ("postgresql", "postgres"):
    engines.register(_scheme)(Postgresql())
