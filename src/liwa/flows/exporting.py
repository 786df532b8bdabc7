"""Files that people are to mend: written beside what is there, and never over what somebody has mended."""

import filecmp
from collections.abc import Sequence
from pathlib import Path

from liwa.core.errors import LiwaError

SUFFIX = ".new"


def fresh(path: Path) -> Path:
    """Where to write what is to become `path`, in a folder that there is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.with_name(path.name + SUFFIX)


def settle(paths: Sequence[Path]) -> None:
    """Give freshly written files their names.

    Raises LiwaError, leaving every file as it was, where one there is differs: somebody may have mended it.
    """
    touched = [path for path in paths if path.exists() and not filecmp.cmp(fresh(path), path, shallow=False)]
    for path in paths:
        if touched:
            fresh(path).unlink()
        else:
            fresh(path).replace(path)
    if touched:
        raise LiwaError(
            f"{touched[0]} is there already and is not what would be written: somebody may have mended it.",
            remedy="Name another folder with --out, or resubmit that file first and take it away.",
        )
