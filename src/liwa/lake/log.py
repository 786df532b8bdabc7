"""The Delta log of one table: which files live at a version, and how a new version comes to be.

The operational database records the version it accepts. Whatever the log holds beyond it was written by a
process that died before it could say so; readers never see it, and the next writer rolls it back.
"""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, PostCommitHookProperties
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.transaction import AddAction

from liwa.core.errors import Busy, LiwaError
from liwa.lake.disk import sync

# One writer at a time: a commit that finds another's in its place fails instead of coming after it.
ALONE = CommitProperties(max_commit_retries=0)
# Checkpoints are made here, of recorded versions only, and old log entries are removed by `quality.clean`.
NO_HOOKS = PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)
CHECKPOINT_EVERY = 50
PARTITION = "partition."
LAST_CHECKPOINT = "_last_checkpoint"


@dataclass(frozen=True)
class LiveFile:
    """A data file of the table; `partition` holds the values of the partition columns."""

    path: Path
    rows: int
    size: int
    partition: dict[str, str]


def exists(path: Path) -> bool:
    """Whether there is a Delta table in the folder."""
    return any((path / "_delta_log").glob("*.json"))


def open_at(path: Path, version: int | None = None) -> DeltaTable:
    """The table as of `version`, without it as of the newest. Raises LiwaError where that is not there."""
    try:
        return DeltaTable(path, version=version)
    except (TableNotFoundError, DeltaError, OSError) as error:
        raise LiwaError(
            f"The lake's table {path.name} does not hold the version {version} that the database expects.",
            remedy="`liwa rebuild` remakes the lake from the kept inputs.",
        ) from error


def live_files(path: Path, version: int | None) -> list[LiveFile]:
    """The data files at `version`, by path; none at None. Raises LiwaError where the version is not there."""
    if version is None:
        return []
    actions = pa.RecordBatchReader.from_stream(
        open_at(path, version).get_add_actions(flatten=True)
    ).read_all()
    partitions = [name for name in actions.schema.names if name.startswith(PARTITION)]
    plain = actions.select(["path", "num_records", "size_bytes", *partitions])
    return sorted((_live(path, row) for row in plain.to_pylist()), key=lambda file: file.path)


def _live(root: Path, action: dict[str, Any]) -> LiveFile:
    partition = {name.removeprefix(PARTITION): action[name] for name in action if name.startswith(PARTITION)}
    path = root / unquote(action["path"])
    return LiveFile(path, action["num_records"] or 0, action["size_bytes"], partition)


def mend(path: Path, known: int | None) -> None:
    """Remove what a writer that died left in the log folder: unfinished files, and torn unrecorded entries."""
    for entry in (path / "_delta_log").glob("*"):
        unfinished = entry.suffix == ".tmp" or "#" in entry.name
        unrecorded = entry.suffix == ".json" and entry.stem.isdigit() and int(entry.stem) > (known or 0)
        # The pointer to the newest checkpoint is a convenience; the entries themselves are all kept.
        optional = entry.name == LAST_CHECKPOINT
        if unfinished or ((unrecorded or optional) and _torn(entry)):
            entry.unlink()


def _torn(entry: Path) -> bool:
    """Whether a file of JSON lines is empty or broken off, as after a power cut."""
    try:
        lines = entry.read_text(encoding="utf-8").splitlines()
        return not [json.loads(line) for line in lines]
    except ValueError:
        return True


def writable(path: Path, known: int | None, schema: pa.Schema, partitions: Iterable[str]) -> DeltaTable:
    """The table, in the state of version `known` (None: empty), ready for the next commit.

    Version 0 of every table is empty, so that there is always a state to go back to.
    """
    if not exists(path) and known is None:
        DeltaTable.create(path, schema, partition_by=list(partitions), commit_properties=ALONE)
        sync(path.glob("_delta_log/*.json"))
    base = known or 0
    open_at(path, base)
    table = DeltaTable(path)
    if table.version() > base:
        table.restore(base, commit_properties=ALONE, post_commithook_properties=NO_HOOKS)
        table = DeltaTable(path)
    elif base - _checkpointed(path) >= CHECKPOINT_EVERY:
        checkpoint(path, table)
    return table


def checkpoint(path: Path, table: DeltaTable) -> None:
    """Sum up the log as of the opened version, so that opening the table stays quick."""
    table.create_checkpoint()
    log = path / "_delta_log"
    sync([*log.glob(f"{table.version():020}.checkpoint*"), log / LAST_CHECKPOINT])


def _checkpointed(path: Path) -> int:
    try:
        return int(json.loads((path / "_delta_log" / LAST_CHECKPOINT).read_bytes())["version"])
    except FileNotFoundError:
        return 0


def commit(path: Path, table: DeltaTable, added: list[AddAction], note: dict[str, str]) -> int:
    """Add files to the table in one transaction, on the disk when this returns. Gives the new version.

    Raises Busy where another process has written meanwhile.
    """
    try:
        table.create_write_transaction(
            [*added],
            "append",
            table.schema(),
            table.metadata().partition_columns,
            commit_properties=CommitProperties(custom_metadata=note, max_commit_retries=0),
            post_commithook_properties=NO_HOOKS,
        )
    except CommitFailedError as error:
        raise Busy("Another process is writing to the lake.") from error
    version: int = table.version() + 1
    settle(path, table.version())
    return version


def settle(path: Path, since: int) -> None:
    """Put the log entries after version `since` on the disk."""
    entries = (path / "_delta_log").glob("*.json")
    sync(entry for entry in entries if entry.stem.isdigit() and int(entry.stem) > since)


def add_action(root: Path, file: LiveFile, stats: dict[str, Any]) -> AddAction:
    """What the log says of a new file."""
    return AddAction(
        path=file.path.relative_to(root).as_posix(),
        size=file.size,
        partition_values=file.partition,
        modification_time=int(time.time() * 1000),
        data_change=True,
        stats=json.dumps({"numRecords": file.rows, **stats}),
    )
