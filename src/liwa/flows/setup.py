"""Bringing the database and the folder into being, and checking that they are there."""

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from liwa.core.config import config
from liwa.core.errors import LiwaError
from liwa.db.urls import DEFAULT
from liwa.flows.home import Home
from liwa.flows.tables.ledger import refuse_unfinished


def start() -> None:
    """Make Django ready for use in a command."""
    Home().make()
    django.setup()


def migrate() -> None:
    """Create or update the tables."""
    call_command("migrate", verbosity=0, interactive=False)


def is_ready() -> bool:
    """Whether every migration has run."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def require_ready() -> None:
    """Start, and raise LiwaError where `liwa init` has not been run, or the database is still being filled.

    Where there is nothing yet, nothing is made: the folder may have been mistyped.
    """
    if not is_begun():
        raise _not_ready()
    start()
    refuse_unfinished(connection)
    if not is_ready():
        raise _not_ready()


def is_begun() -> bool:
    """Whether there is a database to look at: that of the folder, or one that a setting names."""
    return bool(config()["LIWA_DATABASE_URL"]) or (Home().root / DEFAULT.removeprefix("sqlite:///")).exists()


def _not_ready() -> LiwaError:
    return LiwaError(
        f"{Home().root} is not set up, or not up to date.",
        remedy="Run `liwa init`, or set LIWA_HOME to the folder meant: `LIWA_HOME=folder ./liwa status`.",
    )
