"""What must hold of a server before anything is written to it; each refusal names its remedy.

`problems` asks a connection; Django's `check --database` asks too, by DatabaseValidation. What would make answers
wrong is an error, what would make them late or lost a warning.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.core import checks
from django.db import DatabaseError
from django.db.backends.base.validation import BaseDatabaseValidation

_CLOCK = 60  # seconds the server's clock may differ from ours
_Messages = Iterator[checks.CheckMessage]


def mode(connection: Any) -> _Messages:
    """In the other modes '' is NULL, a date has a time, and varchar counts bytes."""
    found = _one(connection, "SHOW sql_compatibility")
    if found != "PG":
        yield checks.Error(
            f"The database {_name(connection)} is in compatibility mode {found}; mode PG is needed.",
            hint="The mode is chosen when a database is made: "
            "CREATE DATABASE … WITH DBCOMPATIBILITY 'PG' ENCODING 'UTF8'; then load the data into it.",
            id="opengauss.E001",
        )


def encoding(connection: Any) -> _Messages:
    """Anything but UTF8 refuses names."""
    found = _one(connection, "SHOW server_encoding")
    if found not in {"UTF8", "UTF-8"}:
        yield checks.Error(
            f"The database {_name(connection)} keeps text as {found}; UTF8 is needed.",
            hint="CREATE DATABASE … WITH DBCOMPATIBILITY 'PG' ENCODING 'UTF8'; then load the data into it.",
            id="opengauss.E002",
        )


def schema(connection: Any) -> _Messages:
    """A database's owner may not write in public; tables need a schema of their own."""
    name = _one(connection, "SELECT current_schema()")
    if name is None:
        yield checks.Error(
            "No schema of the search path exists.",
            hint="CREATE SCHEMA campus; then name it: OPTIONS = {'schema': 'campus'}.",
            id="opengauss.E003",
        )
        return
    allowed = "SELECT has_schema_privilege(current_schema(), 'USAGE') AND has_schema_privilege(current_schema(), 'CREATE')"
    if not _one(connection, allowed):
        yield checks.Error(
            f"This user may not make tables in the schema {name}.",
            hint="CREATE SCHEMA campus; name it in OPTIONS = {'schema': 'campus'}. "
            f"Or let the administrator GRANT USAGE, CREATE ON SCHEMA {name} to this user.",
            id="opengauss.E004",
        )


def policies(connection: Any) -> _Messages:
    """A policy on a table without row-level security ends the server when somebody upserts."""
    query = (
        "SELECT c.relname FROM pg_rlspolicy p JOIN pg_class c ON c.oid = p.polrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = current_schema() LIMIT 1"
    )
    try:
        table = _one(connection, query)
    except DatabaseError:  # not every kind of GaussDB lets everybody read that
        return
    if table is not None:
        yield checks.Error(
            f"The table {table} has a row-level security policy: an upsert is refused, or ends the server.",
            hint=f"DROP ROW LEVEL SECURITY POLICY … ON {table}.",
            id="opengauss.E005",
        )


def clock(connection: Any) -> _Messages:
    """Whether the server's clock is ours."""
    there = _one(connection, "SELECT extract(epoch FROM clock_timestamp())")
    apart = abs(float(there) - datetime.now(UTC).timestamp())
    if apart > _CLOCK:
        yield checks.Warning(
            f"The server's clock and this machine's are {apart:.0f} seconds apart.",
            hint="Let both keep time by the same NTP servers.",
            id="opengauss.W001",
        )


def session_timeout(connection: Any) -> _Messages:
    """The server ends sessions that did nothing for ten minutes, unless it is told otherwise."""
    limit = _seconds(_one(connection, "SHOW session_timeout"))
    settings = connection.settings_dict
    pool = settings["OPTIONS"].get("pool")
    checked = settings["CONN_HEALTH_CHECKS"]
    if pool:
        idle, where = 600 if pool is True else pool.get("max_idle", 600), "OPTIONS['pool']['max_idle']"
    else:
        idle, where = settings["CONN_MAX_AGE"], "CONN_MAX_AGE"
    if limit and (idle is None or idle >= limit) and not checked:
        yield checks.Warning(
            f"The server ends sessions that were idle for {limit} s, and {where} keeps them longer.",
            hint=f"Set {where} below {limit}, or CONN_HEALTH_CHECKS = True.",
            id="opengauss.W002",
        )
    if pool and not checked:
        yield checks.Warning(
            "Connections of the pool are not looked at before they are lent.",
            hint="Set CONN_HEALTH_CHECKS = True.",
            id="opengauss.W003",
        )


def isolation(connection: Any) -> _Messages:
    """SERIALIZABLE is repeatable read here, and lets write skew through."""
    from psycopg import IsolationLevel

    if connection.settings_dict["OPTIONS"].get("isolation_level") == IsolationLevel.SERIALIZABLE:
        yield checks.Warning(
            "openGauss runs SERIALIZABLE as REPEATABLE READ, so two transactions may each overlook the other.",
            hint="Lock the rows that a decision rests on (select_for_update).",
            id="opengauss.W004",
        )


# What would make answers wrong is asked on the first connection of a process too.
REQUIRED: tuple[Callable[[Any], _Messages], ...] = (mode, encoding)
CHECKS = (*REQUIRED, schema, policies, clock, session_timeout, isolation)


def problems(
    connection: Any, what: tuple[Callable[[Any], _Messages], ...] = CHECKS
) -> list[checks.CheckMessage]:
    """Everything that is wrong with the server behind `connection`."""
    return [message for check in what for message in check(connection)]


class DatabaseValidation(BaseDatabaseValidation):
    """Django's system checks of this database: `manage.py check --database default`."""

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        return problems(self.connection)


def _one(connection: Any, query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
    return None if row is None else row[0]


def _name(connection: Any) -> str:
    return str(connection.settings_dict["NAME"])


_UNITS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600, "d": 86400}


def _seconds(text: str) -> int:
    """The seconds of a setting such as 10min, 600s or 0; 0 is never."""
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyz ")
    return int(int(digits) * _UNITS[text[len(digits) :].strip() or "s"])
