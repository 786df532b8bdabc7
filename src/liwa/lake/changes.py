"""Changing events that the lake has: what was taken back or forgotten goes, and no old file keeps it.

Events are otherwise only added. A change gives a version for the database to record, and is rolled back like a
load where the process dies before that.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from deltalake.table import TableMerger

from liwa.lake import log
from liwa.lake.disk import sync
from liwa.lake.mirror import ZSTD
from liwa.lake.quality import clean
from liwa.lake.schema import EVENTS, PARTITIONS


@dataclass(frozen=True)
class Held:
    """An event that the lake has."""

    id: str
    source: str
    klass: str | None


def find_events(root: Path, known: int | None, ids: Iterable[str]) -> list[Held]:
    """Which events of these ids the recorded version has."""
    wanted = pa.table({"event_id": pa.array(list(ids), pa.string())})
    found: list[Held] = []
    if not wanted.num_rows:
        return found
    with duckdb.connect() as connection:
        connection.register("wanted", wanted)
        for file in log.live_files(root / "events", known):
            query = "SELECT event_id, klass FROM read_parquet($1) SEMI JOIN wanted USING (event_id)"
            rows = connection.execute(query, [str(file.path)]).fetchall()
            found += [Held(one, file.partition["source"], klass) for one, klass in rows]
    return found


def remove_events(root: Path, known: int | None, ids: Iterable[str]) -> int | None:
    """Take the events with these ids out; gives the version to record."""
    gone = pa.table({"event_id": pa.array(list(ids), pa.string())})
    if known is None or not gone.num_rows:
        return known
    table = _writable(root, known)
    before: int = table.version()
    _matched(table, gone).when_matched_delete().execute()
    return _settled(root, before)


def rename(root: Path, known: int | None, names: Iterable[tuple[str, str, str | None]]) -> int | None:
    """Give events another user and object, from (event id, user, object); gives the version to record."""
    rows = list(names)
    if known is None or not rows:
        return known
    columns = list(zip(*rows, strict=True))
    fields = ("event_id", "user", "object")
    renamed = pa.table([pa.array(column, pa.string()) for column in columns], names=list(fields))
    table = _writable(root, known)
    before: int = table.version()
    updates = {f'"{name}"': f's."{name}"' for name in fields[1:]}
    _matched(table, renamed).when_matched_update(updates).execute()
    return _settled(root, before)


def remove_source(root: Path, known: int | None, source: str) -> int | None:
    """Take all events of a feed out; gives the version to record."""
    if known is None:
        return None
    table = _writable(root, known)
    before: int = table.version()
    quoted = source.replace("'", "''")
    table.delete(f"source = '{quoted}'", commit_properties=log.ALONE, post_commithook_properties=log.NO_HOOKS)
    return _settled(root, before)


def shred(root: Path, known: int | None) -> int | None:
    """Remove every data file of the events that is not of the recorded version; gives the version to record."""
    version, _ = clean(root, known, {}, days=0)
    return version


def _writable(root: Path, known: int) -> DeltaTable:
    log.mend(root / "events", known)
    return log.writable(root / "events", known, EVENTS, PARTITIONS)


def _matched(table: DeltaTable, found: pa.Table) -> TableMerger:
    return table.merge(
        source=found,
        predicate="t.event_id = s.event_id",
        source_alias="s",
        target_alias="t",
        writer_properties=ZSTD,
        commit_properties=log.ALONE,
        post_commithook_properties=log.NO_HOOKS,
    )


def _settled(root: Path, before: int) -> int:
    """The newest version, with its files and log entries on the disk."""
    folder = root / "events"
    version: int = DeltaTable(folder).version()
    if version > before:
        sync(file.path for file in log.live_files(folder, version))
        log.settle(folder, before)
    return version
