"""The engine of this process: that it is empty, what it is, and what its work took."""

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, connections

from liwa.bench import Progress, Series, work_through
from liwa.bench.campus import Size
from liwa.core.errors import LiwaError

SEVERAL, MANY = 5, 50  # calls for a median and for a 99th percentile to mean anything
# What decides how quick a server is; those that a server does not know are left out.
SETTINGS = (
    "shared_buffers",
    "work_mem",
    "maintenance_work_mem",
    "effective_cache_size",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_level",
    "max_wal_size",
    "checkpoint_timeout",
    "checkpoint_segments",
    "enable_thread_pool",
    "replication_type",
    "sql_compatibility",
)
PRAGMAS = ("journal_mode", "synchronous", "wal_autocheckpoint", "cache_size", "mmap_size", "page_size")


def measured(size: Size, only: Iterable[str], progress: Progress) -> dict[str, Any]:
    """Make the tables in the empty database of this process, run the workloads, and give all figures.

    Raises LiwaError where the database is not empty.
    """
    from liwa.flows.setup import migrate, start

    start()
    try:
        _require_empty()
        migrate()
        bench = work_through(size, only, progress)
        return {
            "server": _server(),
            "settings": _settings(),
            "series": {name: figures(series) for name, series in bench.series.items()},
            "answers": bench.answers,
        }
    finally:
        connections.close_all()
        close_pool = getattr(connections["default"], "close_pool", None)
        if close_pool:
            close_pool()


def _require_empty() -> None:
    if connection.introspection.table_names():
        raise LiwaError(
            "The database is not empty, so the bench does not touch it.",
            remedy="Give it a new, empty database; what the bench writes is make-believe and stays in it.",
        )


def _server() -> str:
    query = "SELECT sqlite_version()" if connection.vendor == "sqlite" else "SELECT version()"
    with connection.cursor() as cursor:
        cursor.execute(query)
        version = str(cursor.fetchone()[0])
    return f"SQLite {version}" if connection.vendor == "sqlite" else version


def _settings() -> dict[str, str]:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            found = {}
            for name in PRAGMAS:
                cursor.execute(f"PRAGMA {name}")
                found[name] = str(cursor.fetchone()[0])
            return found
        places = ", ".join(["%s"] * len(SETTINGS))
        query = f"SELECT name, setting FROM pg_settings WHERE name IN ({places}) ORDER BY name"  # noqa: S608 - places
        cursor.execute(query, list(SETTINGS))
        return dict(cursor.fetchall())


def figures(series: Series) -> dict[str, Any]:
    """What one line of the tables says: units a second, and milliseconds of a call."""
    total = sum(series.seconds)
    return {
        "unit": series.unit,
        "units": series.units,
        "calls": len(series.seconds),
        "seconds": total,
        "per_second": series.units / total,
        "p50_ms": _percentile(series.seconds, 50, SEVERAL),
        "p99_ms": _percentile(series.seconds, 99, MANY),
    }


def _percentile(seconds: Sequence[float], share: int, least: int) -> float | None:
    """In milliseconds; None of too few calls."""
    if len(seconds) < least:
        return None
    return 1000 * statistics.quantiles(seconds, n=100, method="inclusive")[share - 1]
