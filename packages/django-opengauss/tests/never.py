"""Connections that are never made: they keep what they are asked to say, and answer with given rows."""

import importlib
from collections.abc import Callable
from typing import Any

from django.db import connections, transaction
from run import ENGINE

VERSIONS = ("5.0.1", "6.0.2")
ALIASES = ("PostgreSQL", *VERSIONS)
versions = importlib.import_module(f"{ENGINE}.versions")


class Cursor:
    """Keeps statements; every query gives `rows`."""

    rowcount = 1
    description = ()

    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows
        self.said: list[str] = []

    def execute(self, sql: str, params: Any = None) -> None:
        self.said.append(readable(sql, params))

    def fetchone(self) -> Any:
        return self.rows[0] if self.rows else None

    def fetchall(self) -> list[Any]:
        return self.rows

    def close(self) -> None:
        pass

    def __enter__(self) -> "Cursor":
        return self

    def __exit__(self, *error: object) -> None:
        pass


def readable(sql: str, params: Any) -> str:
    """A statement with its values in their places, as Python writes them."""
    return str(sql) % tuple(map(_literal, params)) if params else str(sql).replace("%%", "%")


def _literal(value: Any) -> str:
    if isinstance(value, bool | None):
        return str(value).upper() if value is not None else "NULL"
    if isinstance(value, int):
        return str(int(value))
    return repr(value)


def never(alias: str, rows: list[Any] | None = None) -> tuple[Any, Cursor]:
    """The connection of this name, with a version and no server behind it."""
    connection = connections[alias]
    cursor = Cursor([] if rows is None else rows)
    if alias == "PostgreSQL":
        connection.__dict__["pg_version"] = 150000
    else:
        text = f"(openGauss {alias} build aee4abd5) compiled at 2025-01-01 00:00:00 commit 0 last mr"
        connection.__dict__["opengauss_version"] = versions.parse(text)
    connection.ensure_connection = lambda: None
    connection.autocommit = True
    for name in ("_set_autocommit", "_commit", "_rollback", "_close"):
        setattr(connection, name, lambda *given: None)
    connection.cursor = lambda: cursor
    connection.ops.compose_sql = readable
    return connection, cursor


def said_of(alias: str, act: Callable[[Any, str], Any], rows: list[Any]) -> list[str]:
    """What `act(connection, alias)` says: the SQL of a query set it returns, or the statements it runs."""
    connection, cursor = never(alias, rows)
    answer = act(connection, alias)
    if hasattr(answer, "query"):
        with transaction.atomic(using=alias):  # rows are locked in one alone
            return [readable(*answer.query.get_compiler(connection=connection).as_sql())]
    if isinstance(answer, list) and isinstance(answer[0], str):
        return [line for line in answer if not line.startswith("--")]
    return cursor.said
