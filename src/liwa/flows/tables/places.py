"""Databases beside the one that Liwa runs on."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from liwa.core.errors import ConfigError
from liwa.db.urls import database_settings
from liwa.flows.tables.shape import Table

_SETTING = "LIWA_DATABASE_URL"


@contextmanager
def database(url: str, home: Path, alias: str, called: str) -> Iterator[BaseDatabaseWrapper]:
    """The database at `url`, for Django under `alias` as long as the block runs.

    Raises ConfigError, which says `called` of the URL.
    """
    try:
        settings = database_settings(url, home)
    except ConfigError as error:
        message, remedy = (text.replace(_SETTING, called) for text in (error.message, error.remedy))
        raise ConfigError(message, remedy=remedy) from None
    known = {"default": connections.settings["default"], alias: settings}
    connections.settings[alias] = connections.configure_settings(known)[alias]
    connection = connections[alias]
    try:
        yield connection
    finally:
        connection.close()
        close_pool = getattr(connection, "close_pool", None)
        if close_pool:
            close_pool()
        del connections[alias]
        del connections.settings[alias]


def name_of(connection: BaseDatabaseWrapper) -> str:
    """A hash that tells a database from others, without saying where it is."""
    known = connection.settings_dict
    told = [str(known.get(name) or "") for name in ("ENGINE", "HOST", "PORT", "NAME")]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]


def migrate(connection: BaseDatabaseWrapper) -> None:
    """Create or update the tables."""
    call_command("migrate", database=connection.alias, verbosity=0, interactive=False)


@contextmanager
def reading(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Within: what is read is of one moment, whatever others write."""
    with _one_moment(connection, immediate=False):
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM sqlite_master"
                )  # the moment begins with the first reading
        yield


@contextmanager
def standing_still(connection: BaseDatabaseWrapper, tables: list[Table]) -> Iterator[None]:
    """Within: nobody changes these tables. Who tries waits or is told that the database is busy."""
    with _one_moment(connection, immediate=True):
        if connection.vendor != "sqlite":
            names = ", ".join(connection.ops.quote_name(table.name) for table in tables)
            with connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {names} IN SHARE MODE")
        yield


@contextmanager
def _one_moment(connection: BaseDatabaseWrapper, *, immediate: bool) -> Iterator[None]:
    before = getattr(connection, "transaction_mode", None)
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        connection.transaction_mode = "IMMEDIATE" if immediate else "DEFERRED"  # type: ignore[attr-defined]
    try:
        with transaction.atomic(using=connection.alias, durable=True):
            if connection.vendor != "sqlite":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
    finally:
        if connection.vendor == "sqlite":
            connection.transaction_mode = before  # type: ignore[attr-defined]
