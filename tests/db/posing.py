"""A PostgreSQL that poses as openGauss 5.0.1, so that what Liwa tells one can be watched without a server.

    LIWA_TEST_OPENGAUSS_URL=posing pytest --engine opengauss       the suite, but for what runs in other processes
    python -m tests.db.posing MODULE                                `python -m MODULE`, told an opengauss://… of a PostgreSQL

Every statement is held against the list of what openGauss cannot run; one that is found there fails. Only then is the
one clause that PostgreSQL does not know, ON DUPLICATE KEY UPDATE, written as PostgreSQL says it. What a real server
would answer differently, or refuse for a reason that is not on the list, is not seen here.
"""

import re
import runpy
import sys
from typing import Any

from django.db.backends.postgresql import base as postgresql
from django.db.backends.postgresql import creation as postgresql_creation
from django.db.backends.utils import CursorWrapper
from psycopg.pq import TransactionStatus

from liwa.db.opengauss import base, checks, creation, versions
from tests.db.missing import found_in

VERSION = "(openGauss 5.0.1 build 33b035fd) compiled at 2023-12-15 20:28:19 commit 0 last mr"
_ON_DUPLICATE = re.compile(r"ON DUPLICATE KEY UPDATE (NOTHING)?")
_INTO = re.compile(r"INSERT INTO\s+(\S+)\s*\(([^)]*)\)")
_OUTSIDE = {TransactionStatus.IDLE, TransactionStatus.UNKNOWN}
# The columns of each unique key of a table.
_KEYS = """
SELECT array_agg(a.attname::text)
FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
WHERE i.indrelid = %s::regclass AND i.indisunique GROUP BY i.indexrelid
"""


class RefusedError(Exception):
    """openGauss would not run this; the argument is the statement and why."""


def pose() -> None:
    """Let every connection of Liwa's openGauss backend in this process be to a PostgreSQL that poses."""
    parse = versions.parse
    versions.parse = lambda said: parse(VERSION)
    checks.problems = lambda connection, which: iter(())  # they ask of settings that PostgreSQL has not
    base.DatabaseWrapper._configure_connection = postgresql.DatabaseWrapper._configure_connection
    creation.DatabaseCreation._get_database_create_suffix = (
        postgresql_creation.DatabaseCreation._get_database_create_suffix
    )
    execute = CursorWrapper._execute

    def watched(self: Any, sql: Any, params: Any, *ignored: Any) -> Any:
        if isinstance(self.db, base.DatabaseWrapper):
            refuse(self.db, str(sql))
            sql = _translated(self.db, str(sql))
        return execute(self, sql, params, *ignored)

    CursorWrapper._execute = watched


def refuse(connection: Any, statement: str) -> None:
    """Raise RefusedError for what openGauss cannot run."""
    why = [missing.fact for missing in found_in(statement)]
    if re.match(r"\s*ANALYZE (?!\S*_stage_)", statement) and _in_transaction(connection):
        why.append("ANALYZE of a table that is not temporary is refused in a transaction")
    if why:
        raise RefusedError(f"{'; '.join(why)}: {statement}")


def _in_transaction(connection: Any) -> bool:
    return connection.connection.info.transaction_status not in _OUTSIDE


def _translated(connection: Any, statement: str) -> str:
    """The statement as PostgreSQL says it. Raises RefusedError where another key than the one meant could fire."""
    into = _INTO.search(statement)
    if into is None or _ON_DUPLICATE.search(statement) is None:
        return statement
    given = set(into[2].replace('"', "").split(", "))
    with connection.connection.cursor() as cursor:
        keys = [key for (key,) in cursor.execute(_KEYS, [into[1]]) if given.issuperset(key)]
    if len(keys) != 1:
        raise RefusedError(f"any of the unique keys {keys} would fire: {statement}")
    target = f"ON CONFLICT ({', '.join(keys[0])}) DO "
    return _ON_DUPLICATE.sub(lambda found: target + ("NOTHING" if found[1] else "UPDATE SET "), statement)


if __name__ == "__main__":
    pose()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
