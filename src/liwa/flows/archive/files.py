"""Which files belong to the state that a database names."""

import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from liwa.flows.home import Home
from liwa.lake import log
from liwa.records.models import LakeState, Load
from liwa.statements.models import MovedMonth
from liwa.statements.query import attachments_in_use

_VERSION = re.compile(r"(\d{20})\.")
_SOME = 500


def files_of(home: Home, known: LakeState, seen: Collection[Path] = ()) -> Iterator[Path]:
    """The files that the database has said it needs, in the transaction in which it is asked.

    Of the lake those of the recorded versions; the attachments that statements name; the inputs of loads; models and
    the description of the feeds. Attachments are those that are there and those that were `seen` before the
    transaction began, which may be gone by now. Raises FileNotFoundError or LiwaError where one of the lake is gone:
    what is recorded has changed since.
    """
    root = home.lake(known.root)
    yield from _delta(root / "events", known.events_version)
    for table, version in sorted(known.mirror_versions.items()):
        yield from _delta(root / "mirror" / table, version)
    yield from _in_use({*attachments(home), *seen})
    yield from _inputs(home.inputs)
    for month in MovedMonth.objects.order_by("month"):
        yield home.root / "payloads" / month.file
    yield from _below(home.models)
    if home.feeds_file.exists():
        yield home.feeds_file


def _delta(folder: Path, version: int | None) -> Iterator[Path]:
    """Data and log of a Delta table as of a version."""
    if version is None:
        return
    for entry in sorted((folder / "_delta_log").glob("*")):
        found = _VERSION.match(entry.name)
        if found and int(found[1]) <= version and "#" not in entry.name and entry.suffix != ".tmp":
            yield entry
    for file in log.live_files(folder, version):
        yield file.path


def attachments(home: Home) -> set[Path]:
    """The attachments that are there, whether a statement names them or not."""
    return set((home.root / "attachments").glob("[0-9a-f][0-9a-f]/*"))


def _in_use(paths: Iterable[Path]) -> Iterator[Path]:
    for some in _batches(paths):
        used = attachments_in_use(path.name for path in some)
        yield from (path for path in some if path.name in used)


def _inputs(folder: Path) -> Iterator[Path]:
    """Inputs of loads on record; what came in files of statements is not kept as a file."""
    for sha256 in sorted(set(Load.objects.exclude(sha256="").values_list("sha256", flat=True))):
        yield from _below(folder / sha256[:2] / sha256)


def _below(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _batches(paths: Iterable[Path]) -> Iterator[list[Path]]:
    every = sorted(paths)
    return (every[start : start + _SOME] for start in range(0, len(every), _SOME))


def rows_of(home: Home, known: LakeState) -> dict[str, int]:
    """Rows of the lake's tables, as their logs say."""
    root = home.lake(known.root)
    folders = {"events": (root / "events", known.events_version)}
    folders |= {table: (root / "mirror" / table, version) for table, version in known.mirror_versions.items()}
    return {
        name: sum(file.rows for file in log.live_files(folder, version))
        for name, (folder, version) in sorted(folders.items())
    }
