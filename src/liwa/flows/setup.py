"""Bringing the database and the folder into being, and checking that they are there."""

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from liwa.core.errors import LiwaError
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
    """Start, and raise LiwaError where `liwa init` has not been run, or the database is still being filled."""
    start()
    refuse_unfinished(connection)
    if not is_ready():
        raise LiwaError("This installation is not set up, or not up to date.", remedy="Run `liwa init`.")
