"""How the lake is doing, and keeping it in shape: small files merged, old ones removed.

Whatever changes the table gives a version for the database to record; unrecorded, it is rolled back.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import pairwise
from pathlib import Path

from deltalake import DeltaTable

from liwa.lake import log
from liwa.lake.disk import sync
from liwa.lake.mirror import ZSTD
from liwa.lake.reader import Tables
from liwa.lake.schema import EVENTS, MIRRORS, PARTITIONS

DAYS_KEPT = 30
FEW = 4  # a month in so many files is not worth rewriting
APPEND = "WRITE"  # what Delta calls a commit that adds files and takes none away


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


def compact(root: Path, known_version: int | None, few: int = FEW) -> int | None:
    """Merge the files of each month of a source that has more than `few`; other months are left alone.

    Gives the version to record, the same where no month has.
    """
    folder = root / "events"
    files = Counter(tuple(file.partition.items()) for file in log.live_files(folder, known_version))
    crowded = sorted(part for part, number in files.items() if number > few)
    if known_version is None or not crowded:
        return known_version
    log.mend(folder, known_version)
    table = log.writable(folder, known_version, EVENTS, PARTITIONS)
    before: int = table.version()
    for part in crowded:
        table.optimize.compact(
            partition_filters=[(column, "=", value) for column, value in part],
            writer_properties=ZSTD,
            commit_properties=log.ALONE,
            post_commithook_properties=log.NO_HOOKS,
        )
    version = DeltaTable(folder).version()
    sync(file.path for file in log.live_files(folder, version))
    log.settle(folder, before)
    return version


def clean(
    root: Path,
    events_version: int | None,
    mirror_versions: Mapping[str, int],
    days: int = DAYS_KEPT,
    *,
    also: Collection[int] = (),
    few: int = 0,
) -> tuple[int | None, dict[str, int]]:
    """Remove data files that no version of the last `days` days needs, nor the recorded versions.

    Nor those that the versions `also` of the events need. A table with no more than `few` such files is left alone.
    Gives the versions to record: of the events, and of each mirrored table.
    """
    events = None
    if events_version is not None:
        log.mend(root / "events", events_version)
        table = log.writable(root / "events", events_version, EVENTS, PARTITIONS)
        keep = [events_version, *_last_of_each_run(table, also)]
        events = _vacuum(root / "events", events_version, keep, days, few)
    mirrored = {}
    for name, version in mirror_versions.items():
        folder = root / "mirror" / name
        log.writable(folder, version, MIRRORS[name], ())
        mirrored[name] = _vacuum(folder, version, [version], days, few)
    return events, mirrored


def _last_of_each_run(table: DeltaTable, versions: Collection[int]) -> list[int]:
    """Those of the versions that have all the files of the others: while files are only added, the last has."""
    taking = (
        {entry["version"] for entry in table.history() if entry["operation"] != APPEND} if versions else set()
    )
    wanted = sorted({version for version in versions if 0 <= version <= table.version()})
    return [
        version
        for version, following in pairwise([*wanted, table.version()])
        if taking & set(range(version + 1, following + 1))
    ]


def _vacuum(folder: Path, known: int, keep: list[int], days: int, few: int) -> int:
    """The version after the vacuum; as it was where that is not worth it."""
    table = DeltaTable(folder)
    before: int = table.version()
    vacuum = partial(
        table.vacuum,
        retention_hours=days * 24,
        enforce_retention_duration=False,
        full=True,
        keep_versions=keep,
        commit_properties=log.ALONE,
        post_commithook_properties=log.NO_HOOKS,
    )
    if before == known and len(vacuum(dry_run=True)) <= few:
        return known
    vacuum(dry_run=False)
    log.settle(folder, before)
    return int(DeltaTable(folder).version())
