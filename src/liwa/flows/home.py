"""The folder in which Liwa keeps everything, and the lock that lets one process write at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from liwa.core.config import home
from liwa.core.errors import Busy, Unavailable
from liwa.core.feeds import Feeds, read_feeds


class Home:
    """LIWA_HOME: `feeds.toml`, `liwa.sqlite3`, `lake/`, `inputs/`, `models/`, `lock`."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or home()

    @property
    def feeds_file(self) -> Path:
        return self.root / "feeds.toml"

    @property
    def inputs(self) -> Path:
        return self.root / "inputs"

    @property
    def models(self) -> Path:
        return self.root / "models"

    def lake(self, name: str) -> Path:
        """The folder of the lake called `name` (LakeState.root)."""
        return self.root / name

    def feeds(self) -> Feeds:
        return read_feeds(self.feeds_file)

    def make(self) -> None:
        """Make the folder, closed to others. Raises Unavailable where that is not possible."""
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise Unavailable(
                f"{self.root} cannot be made: {error.strerror}.",
                remedy="Set LIWA_HOME to a folder you can write to.",
            ) from None

    def writing(self) -> AbstractContextManager[None]:
        """Hold the write lock. Raises Busy when another process holds it."""
        return self.alone("lock", "Another load, refresh or rebuild is running.")

    @contextmanager
    def alone(self, name: str, otherwise: str) -> Iterator[None]:
        """Hold the lock of that name; the system frees it when the process ends, however it ends.

        Raises Busy, saying `otherwise`, when another process holds it.
        """
        self.make()
        handle = os.open(self.root / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy(otherwise) from None
            yield
        finally:
            os.close(handle)
