"""What a database that is being filled knows of that: from where, how far, with which sums.

It is one small table, `liwa_move`, of which Django knows nothing, and is changed in the transactions that it tells of.
"""

import json
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from liwa.core.errors import LiwaError
from liwa.flows.tables.lines import Sum

TABLE = "liwa_move"
_WHOLE = ""  # the row that tells of all
MAKING, FILLING, DONE = "making tables", "filling", "done"


@dataclass(frozen=True)
class Place:
    """How far a table is filled: the sum of its rows, the cells of the last one's key, and whether that is all."""

    sum: Sum = field(default_factory=Sum)
    last: tuple[str, ...] = ()
    is_whole: bool = False


class Ledger:
    """The ledger in one database."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def exists(self) -> bool:
        """Whether there is one."""
        return TABLE in self._connection.introspection.table_names()

    def begin(self, source: str, what: str) -> None:
        """Make one that says what is being done, and what the rows come from."""
        with transaction.atomic(using=self._connection.alias), self._connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TABLE {TABLE} (name varchar(200) NOT NULL PRIMARY KEY, told text NOT NULL)"
            )
            self.tell(source=source, what=what, phase=MAKING)

    def told(self) -> dict[str, Any]:
        """What is said of all: source, what, phase …"""
        return dict(self._read(_WHOLE) or {})

    def tell(self, **changes: Any) -> None:
        """Change what is said of all."""
        self._write(_WHOLE, self.told() | changes)

    def place(self, table: str) -> Place:
        """How far this table is filled."""
        found = self._read(table)
        if not found:
            return Place()
        return Place(Sum(found["rows"], found["digest"]), tuple(found["last"]), found["is_whole"])

    def note(self, table: str, place: Place) -> None:
        """Keep how far this table is filled."""
        told = {"rows": place.sum.rows, "digest": place.sum.digest, "is_whole": place.is_whole}
        self._write(table, told | {"last": place.last})

    def forget_places(self) -> None:
        """No table is filled."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {TABLE} WHERE name <> %s", [_WHOLE])  # noqa: S608 - a constant

    def _read(self, name: str) -> Any:
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT told FROM {TABLE} WHERE name = %s", [name])  # noqa: S608 - a constant
            row = cursor.fetchone()
        return json.loads(row[0]) if row else None

    def _write(self, name: str, told: dict[str, Any]) -> None:
        with self._connection.cursor() as cursor:
            values = [json.dumps(told), name]
            cursor.execute(f"UPDATE {TABLE} SET told = %s WHERE name = %s", values)  # noqa: S608 - a constant
            if not cursor.rowcount:
                cursor.execute(f"INSERT INTO {TABLE} (told, name) VALUES (%s, %s)", values)  # noqa: S608


def refuse_unfinished(database: BaseDatabaseWrapper) -> None:
    """Raise LiwaError where the database is itself still being filled."""
    ledger = Ledger(database)
    if ledger.exists() and ledger.told()["phase"] != DONE:
        raise LiwaError(
            "This database is being filled from another one, and that is not finished.",
            remedy="Run `liwa db move` or `liwa restore`, whichever began it, again to the end.",
        )
