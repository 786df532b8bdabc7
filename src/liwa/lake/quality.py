"""How the lake is doing, and keeping it in shape: small files merged, old ones removed.

Whatever changes the table gives a version for the database to record; unrecorded, it is rolled back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deltalake import DeltaTable

from liwa.lake import log
from liwa.lake.disk import sync
from liwa.lake.mirror import ZSTD
from liwa.lake.reader import Tables
from liwa.lake.schema import EVENTS, MIRRORS, PARTITIONS

DAYS_KEPT = 30
FEW = 4  # a month in so many files is not worth rewriting


@dataclass(frozen=True)
class MonthOfEvents:
    """One source's events in one month (YYYY-MM, UTC)."""

    source: str
    month: str
    events: int
    users: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Storage:
    """Data files of the events: those of a version, and those that only earlier or dropped versions name."""

    files: int
    bytes: int
    other_files: int
    other_bytes: int


def months(tables: Tables) -> list[MonthOfEvents]:
    """What there is of each source and month, in that order."""
    events = tables.raw_events
    found = events.group_by("source", "month").aggregate(
        events=events.count(),
        users=events.user.nunique(),
        first=events.occurred_at.min(),
        last=events.occurred_at.max(),
    )
    return [MonthOfEvents(**row) for row in found.order_by("source", "month").to_pyarrow().to_pylist()]


def repeated_ids(tables: Tables) -> int:
    """How many events have an id that another event has too: 0, or the lake is broken."""
    events = tables.raw_events
    return int((events.count() - events.event_id.nunique()).to_pyarrow().as_py())


def unmatched(tables: Tables) -> dict[str, int]:
    """Events whose user nobody answers to, by source; sources without any are left out."""
    found = tables.unmatched.group_by("source").aggregate(events=tables.unmatched.count()).order_by("source")
    return {row["source"]: row["events"] for row in found.to_pyarrow().to_pylist()}


def storage(root: Path, version: int | None) -> Storage:
    """What the events take on the disk."""
    live = {file.path: file.size for file in log.live_files(root / "events", version)}
    every = {path: path.stat().st_size for path in (root / "events").glob("source=*/month=*/*.parquet")}
    other = [size for path, size in every.items() if path not in live]
    return Storage(len(live), sum(live.values()), len(other), sum(other))


def compact(root: Path, known_version: int | None) -> int | None:
    """Merge the files of each month that has many; gives the version to record, the same where none has."""
    folder = root / "events"
    live = log.live_files(folder, known_version)
    parts = [tuple(file.partition.values()) for file in live]
    if not any(parts.count(part) > FEW for part in set(parts)):
        return known_version
    log.mend(folder, known_version)
    table = log.writable(folder, known_version, EVENTS, PARTITIONS)
    before: int = table.version()
    table.optimize.compact(
        writer_properties=ZSTD, commit_properties=log.ALONE, post_commithook_properties=log.NO_HOOKS
    )
    version = DeltaTable(folder).version()
    sync(file.path for file in log.live_files(folder, version))
    log.settle(folder, before)
    return version


def clean(
    root: Path, events_version: int | None, mirror_versions: Mapping[str, int], days: int = DAYS_KEPT
) -> tuple[int | None, dict[str, int]]:
    """Remove data files that no version of the last `days` days needs, nor the recorded versions.

    Gives the versions to record: of the events, and of each mirrored table.
    """
    events = None
    if events_version is not None:
        log.mend(root / "events", events_version)
        log.writable(root / "events", events_version, EVENTS, PARTITIONS)
        events = _vacuum(root / "events", events_version, days)
    mirrored = {}
    for name, version in mirror_versions.items():
        folder = root / "mirror" / name
        log.writable(folder, version, MIRRORS[name], ())
        mirrored[name] = _vacuum(folder, version, days)
    return events, mirrored


def _vacuum(folder: Path, known: int, days: int) -> int:
    table = DeltaTable(folder)
    before: int = table.version()
    table.vacuum(
        retention_hours=days * 24,
        dry_run=False,
        enforce_retention_duration=False,
        full=True,
        keep_versions=[known],
        commit_properties=log.ALONE,
        post_commithook_properties=log.NO_HOOKS,
    )
    log.settle(folder, before)
    return int(DeltaTable(folder).version())
