"""Moving to another database: everything, to an empty one of any kind, with one command.

Nobody can write to the old one meanwhile. Killed at any moment, the same command goes on; what it had copied is
compared again with the old database, which somebody may have changed in between. At the end, every row is read again
from the new one, and counts and hashes of each table must be the same.
"""

from dataclasses import dataclass

from django.apps import apps
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from liwa.core.errors import Held, LiwaError
from liwa.flows.home import Home
from liwa.flows.loading import Progress
from liwa.flows.tables.filling import DatabaseSource, Filling, Groups, sums
from liwa.flows.tables.ledger import DONE, FILLING, Ledger, refuse_unfinished
from liwa.flows.tables.lines import Sum
from liwa.flows.tables.places import database, migrate, name_of, standing_still
from liwa.flows.tables.shape import flat, tables_of

WHAT = "move"
ALIAS = "moving"


@dataclass(frozen=True)
class Moved:
    """The sum of each table, the same in both databases; `before` where an earlier run had done it all.

    `anew`: the old database had changed since an earlier run was broken off, so everything was copied once more.
    """

    tables: dict[str, Sum]
    before: bool = False
    anew: bool = False

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(one.rows for one in self.tables.values())


def move(home: Home, url: str, *, progress: Progress) -> Moved:
    """Copy this installation's database to the empty one at `url`, or go on with it; see above.

    Raises ConfigError for a wrong URL, Held where the new database is not empty, LiwaError where it cannot hold a row
    or something differs at the end, Busy, Unavailable.
    """
    groups = tables_of(apps)
    refuse_unfinished(connection)
    with home.writing(), database(url, home.root, ALIAS, "--to") as target:
        ledger = Ledger(target)
        source = DatabaseSource(connection, name_of(connection))
        _admit(target, ledger, source)
        with standing_still(connection, flat(groups)):
            if ledger.told()["phase"] == DONE:
                return _again(ledger, groups)
            return _move(source, target, groups, ledger, progress)


def _admit(target: BaseDatabaseWrapper, ledger: Ledger, source: DatabaseSource) -> None:
    """Begin in an empty database, or find there what this very move has begun."""
    if not target.introspection.table_names():
        ledger.begin(source.name, WHAT)
    told = ledger.told() if ledger.exists() else {}
    if (told.get("what"), told.get("source")) != (WHAT, source.name):
        raise Held(
            "The new database is not empty, and what is in it is not an unfinished move from here.",
            remedy="Name an empty database; nothing was changed.",
        )


def _move(
    source: DatabaseSource, target: BaseDatabaseWrapper, groups: Groups, ledger: Ledger, progress: Progress
) -> Moved:
    filling = Filling(source, target, groups, ledger, progress)
    anew = False
    if ledger.told()["phase"] != FILLING:
        migrate(target)
        filling.begin()
    elif not filling.is_as_before():
        anew = True
        filling.begin()
    filling.fill()
    done = Moved(filling.finish(), anew=anew)
    ledger.tell(phase=DONE)
    return done


def _again(ledger: Ledger, groups: Groups) -> Moved:
    """What was moved before; whether this database is still what it was then."""
    tables = flat(groups)
    moved = {table.name: ledger.place(table.name).sum for table in tables}
    if sums(connection, tables) != moved:
        raise LiwaError(
            "This database was moved there before, and has changed since.",
            remedy="To move it as it is now, empty the new database first.",
        )
    return Moved(moved, before=True)
