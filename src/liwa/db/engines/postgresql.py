"""PostgreSQL, by psycopg 3 and its pool."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from types import NoneType
from typing import Any
from urllib.parse import urlsplit

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from liwa.core.errors import ConfigError
from liwa.db.engines import Engine, engines
from liwa.db.statements import Statements

_REMEDY = "Use postgresql://user:password@host:port/name?sslmode=verify-full, with %-escapes in the password."
_POOL = {"pool_min": ("min_size", 1), "pool_max": ("max_size", 16), "pool_timeout": ("timeout", 10)}
_LINES_AT_ONCE = 10_000


class Postgresql(Engine):
    """The engine of `postgresql://…`.

    The query takes libpq's parameters (sslmode, sslrootcert, target_session_attrs, …) and `pool_min`,
    `pool_max` (connections of this process) and `pool_timeout` (seconds to wait for one).
    """

    backend = "django.db.backends.postgresql"
    sql = Statements(Path(__file__).parent.parent / "stage.sql", Path(__file__).with_suffix(".sql"))

    def settings(self, url: str, home: Path) -> dict[str, Any]:
        url, pool = _without_pool(url)
        options = _parsed(url)
        if not options.get("dbname"):
            raise ConfigError("LIWA_DATABASE_URL names no database.", remedy=_REMEDY)
        if not all(port.isdecimal() for port in str(options.get("port", "0")).split(",")):
            raise ConfigError("The port in LIWA_DATABASE_URL is not a number.", remedy=_REMEDY)
        options.setdefault("connect_timeout", "10")
        options.setdefault("application_name", "liwa")
        return {
            "ENGINE": self.backend,
            "NAME": options.pop("dbname"),
            "USER": options.pop("user", ""),
            "PASSWORD": options.pop("password", ""),
            "HOST": options.pop("host", ""),
            "PORT": options.pop("port", ""),
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {**options, "pool": pool},
        }

    def fill(
        self, connection: BaseDatabaseWrapper, table: str, columns: str, values: Sequence[Sequence[Any]]
    ) -> None:
        sql = f"COPY {table} ({columns}) FROM STDIN"
        text = _copied(values)
        with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(sql) as copy:
            if text is not None:
                copy.write(text)
                return
            for row in zip(*values, strict=True):
                copy.write_row(row)

    def delete_lines(self, connection: BaseDatabaseWrapper, table: str, lines: Sequence[int]) -> None:
        sql = f"DELETE FROM {table} WHERE _line = ANY(%s)"  # noqa: S608 - quoted by the caller
        with connection.cursor() as cursor:
            for start in range(0, len(lines), _LINES_AT_ONCE):
                cursor.execute(sql, [list(lines[start : start + _LINES_AT_ONCE])])

    def upsert(self, cursor: CursorWrapper, names: dict[str, str]) -> tuple[int, int]:
        cursor.execute(self.sql("upsert" if names["assignments"] else "insert_new", names))
        inserted, written = cursor.fetchone()
        return int(inserted), int(written) - int(inserted)


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
    kinds = set(map(type, values))
    if kinds == {NoneType}:
        return [_NULL] * len(values)
    if kinds <= {str, NoneType}:
        return _escaped(values)
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


def _without_pool(url: str) -> tuple[str, dict[str, float]]:
    """The URL without our own parameters, and psycopg's options for its pool."""
    head, _, query = url.partition("?")
    pairs = [pair for pair in query.split("&") if pair]
    ours = [pair.partition("=") for pair in pairs if pair.partition("=")[0] in _POOL]
    given = {name: text for name, _, text in ours}
    pool: dict[str, float] = {"max_idle": 300, "max_lifetime": 1800}
    for name, (option, default) in _POOL.items():
        text = given.get(name, str(default))
        if not text.isdecimal():
            raise ConfigError(f"{name} in LIWA_DATABASE_URL is not a whole number.", remedy=_REMEDY)
        pool[option] = int(text)
    if not 0 <= pool["min_size"] <= pool["max_size"] or not pool["max_size"]:
        raise ConfigError("LIWA_DATABASE_URL wants a pool larger than pool_max.", remedy=_REMEDY)
    rest = "&".join(pair for pair in pairs if pair.partition("=")[0] not in _POOL)
    return f"{head}?{rest}" if rest else head, pool


def _parsed(url: str) -> dict[str, Any]:
    """What libpq reads in the URL; it knows which parameters there are."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        urlsplit(url)
        return dict(conninfo_to_dict(url))
    except (psycopg.Error, ValueError):  # either may quote the password
        raise ConfigError(
            "LIWA_DATABASE_URL is not a PostgreSQL URL, or has an unknown parameter.", remedy=_REMEDY
        ) from None


for _scheme in ("postgresql", "postgres"):
    engines.register(_scheme)(Postgresql())
