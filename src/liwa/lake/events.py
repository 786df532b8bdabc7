"""Appending to the lake's table of events.

A load is one Delta transaction. `event_id` comes from feed, natural key and the occurrence's number within that
key and part, so loading the same lines again, whole or in other pieces, adds nothing, while exact repeats within
one file are all kept. See docs/lake.md for what happens when a process dies.
"""

import errno
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

import duckdb
from duckdb import DuckDBPyConnection

from liwa.core.errors import Unavailable
from liwa.core.rows import EventRow, Refusal
from liwa.lake import log
from liwa.lake.disk import sync
from liwa.lake.schema import EVENTS, PARTITIONS
from liwa.lake.staging import LINE_BITS, NOTHING, Count, Month, Staging

NO_LINES: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Appended:
    """What a load added: the version that holds it (the one before where nothing was new), months as YYYY-MM."""

    version: int | None
    months: tuple[str, ...] = ()
    given: dict[int, Count] = field(default_factory=dict)
    new: dict[int, Count] = field(default_factory=dict)

    def stored(self, part: int) -> int:
        """Lines of the part of which at least one event was new."""
        return self.new.get(part, NOTHING).lines

    def unchanged(self, part: int) -> int:
        """Lines of the part all of whose events the lake had."""
        return self.given.get(part, NOTHING).lines - self.stored(part)

    @property
    def events(self) -> int:
        """How many events were added."""
        return sum(count.events for count in self.new.values())


class Lake:
    """The lake in the folder `root`. Writers must hold a lock of the caller's; see `flows`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.events = root / "events"

    def writer(self, feed: str, known_version: int | None) -> "Writer":
        """For `with`: collects one load of `feed` on top of `known_version` (None: an empty lake)."""
        return Writer(self, feed, known_version)

    def append(
        self, feed: str, prepare: Callable[[DuckDBPyConnection], None], known_version: int | None
    ) -> Appended:
        """Append a load of one part that DuckDB reads; see `core.rows.BulkPart` for `prepare`."""
        with self.writer(feed, known_version) as writer:
            writer.add_table(0, prepare)
            return writer.commit()

    def append_rows(
        self, feed: str, rows: Iterable[tuple[int, EventRow]], known_version: int | None
    ) -> Appended:
        """Append a load of one part from (line, event) pairs."""
        with self.writer(feed, known_version) as writer:
            writer.add_rows(0, rows)
            return writer.commit()


class Writer:
    """One load on its way into the lake. Nothing is visible before `commit`; leaving without it drops all.

    Parts are numbered by the caller; a line's number within the load is `part << LINE_BITS | line`.
    """

    def __init__(self, lake: Lake, feed: str, known_version: int | None) -> None:
        self._root = lake.events
        self._work = lake.root / ".work"
        self._feed = feed
        self._known = known_version
        self._stem = uuid4().hex

    def __enter__(self) -> Self:
        with _disk_errors():
            self._clear()
            folder = self._work / self._stem
            folder.mkdir(parents=True)
            self._live = log.live_files(self._root, self._known)
            self._staging = Staging(self._feed, folder)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._staging.close()
        self._clear()

    def add(self, line: int, events: Sequence[EventRow]) -> None:
        """Take the events of one line; `line` is its number within the load."""
        if self._staging.add(line, events):
            with _disk_errors():
                self._staging.flush()

    def add_rows(self, part: int, rows: Iterable[tuple[int, EventRow]]) -> None:
        """Take (line, event) pairs of one part; `line` is the line of the file."""
        base = part << LINE_BITS
        with _disk_errors():
            self._staging.add_rows((base | line, event) for line, event in rows)

    def add_table(
        self, part: int, prepare: Callable[[DuckDBPyConnection], None]
    ) -> tuple[int, list[Refusal]]:
        """Take a part that DuckDB reads; gives its number of accepted lines, and its refusals by line."""
        prepare(self._staging.connection)
        with _disk_errors():
            return self._staging.take_tables(part)

    def commit(self, without: Iterable[int] = NO_LINES) -> Appended:
        """Append what the lake does not have, but for the lines `without` (numbers within the load).

        One Delta transaction, on the disk when this returns; none where nothing is new. Raises Busy where
        another process writes, Unavailable where the disk is full.
        """
        with _disk_errors():
            self._staging.number(without)
            given = self._staging.counts()
            if len(given) > 1:
                self._staging.drop_repeated()
            touched = {month.name for month in self._staging.months()}
            self._staging.drop_known(file for file in self._live if self._touches(file, touched))
            new = self._staging.counts()
            months = self._staging.months()
            version = self._append(months) if months else self._known
        return Appended(version, tuple(sorted(month.name for month in months)), given, new)

    def _append(self, months: list[Month]) -> int:
        table = log.writable(self._root, self._known, EVENTS, PARTITIONS)
        files = self._staging.write(self._root, self._stem, months)
        sync(file.path for file, _ in files)
        added = [log.add_action(self._root, file, stats) for file, stats in files]
        return log.commit(self._root, table, added, {"feed": self._feed})

    def _touches(self, file: log.LiveFile, months: set[str]) -> bool:
        return file.partition["source"] == self._feed and file.partition["month"] in months

    def _clear(self) -> None:
        """Remove what writers that are gone left behind; files of an entry in the log are the log's."""
        log.mend(self._root, self._known)
        for folder in self._work.glob("*"):
            if not self._committed(folder.name):
                for path in self._root.glob(f"source=*/month=*/{folder.name}.parquet"):
                    path.unlink()
            shutil.rmtree(folder)

    def _committed(self, stem: str) -> bool:
        if not log.exists(self._root):
            return False
        newest = log.open_at(self._root).version()
        return any(file.path.stem == stem for file in log.live_files(self._root, newest))


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Say plainly that the disk is full or cannot be written."""
    try:
        yield
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        reason = str(error).splitlines()[0]
        raise Unavailable(
            f"The lake cannot be written: {reason}", remedy="Free some space and run it again."
        ) from error
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT):
            raise
        raise Unavailable(
            f"The lake cannot be written: {error.strerror}.", remedy="Free some space and run it again."
        ) from error
