"""One set-up at a time in one checkout."""

import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SECONDS_BETWEEN_TRIES = 0.2


@contextmanager
def only_one(file: Path) -> Iterator[int]:
    """Hold the lock on `file`, waiting for whoever has it; yields the descriptor that carries the lock.

    The system frees it when its last holder ends, however that ends. The file itself stays.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        _wait_for(descriptor, file.parent)
        yield descriptor
    finally:
        os.close(descriptor)


def _wait_for(descriptor: int, folder: Path) -> None:
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not told:
                print(
                    f"Another ./liwa is setting up {folder}; waiting for it to finish.",
                    file=sys.stderr,
                    flush=True,
                )
                told = True
            time.sleep(SECONDS_BETWEEN_TRIES)
        else:
            return
