"""What statements said, month by month: files of (seq, payload) that are written once and read by number.

The database knows each file by its name; here nothing is known of what it means.
"""

import hashlib
import os
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from liwa.core.errors import Unavailable
from liwa.lake.disk import sync

# Reading one payload reads the group that it is in.
GROUP = 1_000
SCHEMA = pa.schema(
    [pa.field("seq", pa.int64(), nullable=False), pa.field("payload", pa.large_string(), nullable=False)]
)
_OPEN = 32  # files whose outline is kept in memory

Row = tuple[int, str]


@dataclass(frozen=True)
class Kept:
    """A file that was written: its name, rows, first and last seq, bytes of the payloads, and of the file."""

    name: str
    rows: int
    first: int
    last: int
    payload_bytes: int
    file_bytes: int


class _Content:
    """What is told of rows as they go by."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.rows = self.size = self.first = self.last = 0

    def add(self, rows: Sequence[Row]) -> None:
        self.first = self.first or rows[0][0]
        self.last = rows[-1][0]
        self.rows += len(rows)
        for seq, payload in rows:
            content = payload.encode()
            self.size += len(content)
            self.digest.update(b"%d %d " % (seq, len(content)))
            self.digest.update(content)


def write(folder: Path, month: str, rows: Iterable[Row]) -> Kept | None:
    """Write rows, which come in the order of their seq, to a new file, read it again, and leave it on the disk.

    None where there are no rows. Raises Unavailable where the disk does not take it.
    """
    name = f"{month}.{uuid4().hex}.parquet"
    beside = folder / f".{name}"
    content, again = _Content(), _Content()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(beside, SCHEMA, compression="zstd", use_dictionary=False) as writer:
            for some in _groups(rows):
                content.add(some)
                seqs, payloads = zip(*some, strict=True)
                writer.write_table(
                    pa.table(
                        [pa.array(seqs, pa.int64()), pa.array(payloads, pa.large_string())], schema=SCHEMA
                    )
                )
        for some in every(beside):
            again.add(some)
        if again.digest.digest() != content.digest.digest():
            raise Unavailable(f"{beside} does not hold what was written to it.", remedy="See to the disk.")
        if not content.rows:
            return None
        os.rename(beside, folder / name)
        sync([folder / name])
    except OSError as error:
        raise Unavailable(
            f"{folder} cannot be written: {error.strerror}.", remedy="Free some space."
        ) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    size = (folder / name).stat().st_size
    return Kept(name, content.rows, content.first, content.last, content.size, size)


def _groups(rows: Iterable[Row]) -> Iterator[Sequence[Row]]:
    waiting = iter(rows)
    while some := list(islice(waiting, GROUP)):
        yield some


def every(path: Path) -> Iterator[list[Row]]:
    """All rows of a file, some at a time, in their order. Raises FileNotFoundError."""
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield _rows(file.read_row_group(group))


def read(path: Path, seqs: Collection[int]) -> dict[int, str]:
    """The payloads of those of the numbers that the file has. Raises FileNotFoundError."""
    wanted = sorted(seqs)
    found: dict[int, str] = {}
    outline = _outline(path)
    with pq.ParquetFile(path, metadata=outline.metadata) as file:
        for group, (first, last) in enumerate(outline.ranges):
            here = wanted[bisect_left(wanted, first) : bisect_right(wanted, last)]
            if here:
                table = file.read_row_group(group)
                found |= dict(_rows(table.filter(pc.is_in(table["seq"], pa.array(here, pa.int64())))))
    return found


@dataclass(frozen=True)
class _Outline:
    metadata: pq.FileMetaData
    ranges: list[tuple[int, int]]


@lru_cache(_OPEN)
def _outline(path: Path) -> _Outline:
    """Where in a file which numbers are; files never change."""
    metadata = pq.read_metadata(path)
    columns = (metadata.row_group(group).column(0).statistics for group in range(metadata.num_row_groups))
    return _Outline(metadata, [(column.min, column.max) for column in columns])


def _rows(table: pa.Table) -> list[Row]:
    return list(zip(table["seq"].to_pylist(), table["payload"].to_pylist(), strict=True))


def remove_others(folder: Path, names: Collection[str]) -> None:
    """Remove every file but these: what was written by somebody who died before the database knew of it."""
    for path in folder.glob("*.parquet"):
        if path.name not in names:
            path.unlink()
    for path in folder.glob(".*.parquet"):
        path.unlink()
