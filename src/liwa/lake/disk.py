"""Making sure that what was written is still there after the power fails."""

import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# From a log entry up to the folder in which the lake itself was made.
DEPTH = 4


def sync(paths: Iterable[Path]) -> None:
    """Ask the system to put these files, and the folders that lead to them, on the disk. Returns when they are."""
    files = set(paths)
    folders = {folder for path in files for folder in path.absolute().parents[:DEPTH]}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(_sync, files))
        list(pool.map(_sync, folders))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
