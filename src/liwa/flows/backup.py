"""A backup of everything as it was at one moment, while Liwa goes on working.

The moment is a snapshot of the database. The database names the versions of the lake, the attachments and the inputs
that belong to it, and files, once written, never change: so they are linked into a folder of the backup's own, where
nobody removes them. Should somebody have removed one between the snapshot and the link, there is a new moment.
"""

import errno
import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from liwa import __version__
from liwa.core import clock
from liwa.core.errors import LiwaError, Unavailable
from liwa.flows.archive.files import attachments, files_of, rows_of
from liwa.flows.archive.manifest import (
    FILES,
    FORMAT,
    NAME,
    PIECE,
    TABLES,
    FileEntry,
    Manifest,
    TableEntry,
    key_hash,
)
from liwa.flows.home import Home
from liwa.flows.lakes import state
from liwa.flows.loading import Progress
from liwa.flows.tables.ledger import refuse_unfinished
from liwa.flows.tables.lines import Sum, blocks, read
from liwa.flows.tables.places import reading
from liwa.flows.tables.shape import Table, flat, last_number, tables_of

ATTEMPTS = 10
WORK, LINKED = ".backup", "files"
ROWS, COPYING = "Rows into the backup", "Files into the backup"
# Texts shrink to a fifth at once; Parquet, zip archives and pictures are small already.
_LEVEL = 1
_DENSE = {".parquet", ".zip", ".gz", ".png", ".jpg", ".mp4"}


def backup(home: Home, to: Path, *, progress: Progress) -> Manifest:
    """Write a backup to the file `to`, which appears when it is complete and on the disk; gives what is in it.

    Raises LiwaError where the file is there already, Busy where another backup is being made, Unavailable.
    """
    refuse_unfinished(connection)
    if to.exists():
        raise LiwaError(
            f"{to} is there already.", remedy="Choose another name; backups are never overwritten."
        )
    beside = to.with_name(f".{to.name}.part")
    with _alone(home) as work, _explained(to):
        try:
            with _private(beside) as archive:
                manifest = _moment(home, work, archive, progress)
                _files(work, archive, manifest, progress)
                archive.writestr(NAME, msgspec.json.format(msgspec.json.encode(manifest)))
            _appear(beside, to)
        finally:
            beside.unlink(missing_ok=True)
    return manifest


@contextmanager
def _alone(home: Home) -> Iterator[Path]:
    """An empty folder to work in; raises Busy where another backup has it."""
    work = home.root / WORK
    with home.alone("backup.lock", "Another backup is being made."):
        work.mkdir(mode=0o700, exist_ok=True)
        _empty(work)  # what a backup left that was killed
        yield work
        _empty(work)


def _empty(folder: Path) -> None:
    for found in folder.iterdir():
        shutil.rmtree(found)


@contextmanager
def _explained(to: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(
            f"The backup {to} cannot be written: {error.strerror}.",
            remedy="Free some space, or choose another place.",
        ) from error


@contextmanager
def _private(path: Path) -> Iterator[zipfile.ZipFile]:
    """A new archive that its owner alone can read, on the disk when the block ends."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w+b") as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            yield archive
        stream.flush()
        os.fsync(stream.fileno())


def _appear(beside: Path, to: Path) -> None:
    try:
        os.link(beside, to)  # unlike a rename, it overwrites nothing
    except FileExistsError:
        raise LiwaError(f"{to} is there already.", remedy="Choose another name.") from None
    except OSError:  # a file system without links
        os.rename(beside, to)
    folder = os.open(to.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


# The moment


def _moment(home: Home, work: Path, archive: zipfile.ZipFile, progress: Progress) -> Manifest:
    """The rows of one moment into the archive, and links to its files into `work`."""
    missing: Exception | None = None
    for attempt in range(ATTEMPTS):
        seen = attachments(home)
        with reading(connection):
            moment = clock.now()
            folder = work / str(attempt)
            try:
                lake = _link(home, folder, seen)
            except (FileNotFoundError, LiwaError) as error:
                missing = error
                continue
            os.rename(folder, work / LINKED)
            return Manifest(
                format=FORMAT,
                liwa=__version__,
                moment=moment.isoformat(),
                engine=connection.vendor,
                key=key_hash(settings.SECRET_KEY),
                migrations=sorted(MigrationRecorder(connection).applied_migrations()),
                tables={table.name: _rows(table, archive, progress) for table in flat(tables_of(apps))},
                files={},
                lake=lake,
            )
    raise LiwaError(
        "The lake does not have the files that the database expects.",
        remedy="`liwa rebuild` remakes the lake from the kept inputs.",
    ) from missing


def _link(home: Home, to: Path, seen: set[Path]) -> dict[str, int]:
    """Link what belongs to this moment; gives the rows of the lake's tables."""
    known = state()
    to.mkdir()
    for path in files_of(home, known, seen):
        place = to / path.relative_to(home.root)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path == home.feeds_file:
            shutil.copyfile(path, place)  # the only one that somebody may be editing
            continue
        try:
            os.link(path, place)
        except OSError as error:
            if error.errno not in (errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK):
                raise
            shutil.copyfile(path, place)
    return rows_of(home, known)


def _rows(table: Table, archive: zipfile.ZipFile, progress: Progress) -> TableEntry:
    total = Sum()
    with archive.open(TABLES + table.name, "w", force_zip64=True) as member:
        for block in blocks(table, read(connection, table)):
            member.write(b"".join(block.lines))
            total = total.and_then(block)
            progress(ROWS, total.rows, None)
    last = last_number(connection, table) if table.numbered else 0
    return TableEntry(list(table.columns), total.rows, total.digest, last)


# Files


def _files(work: Path, archive: zipfile.ZipFile, manifest: Manifest, progress: Progress) -> None:
    """Every linked file into the archive."""
    root = work / LINKED
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    for number, path in enumerate(paths, start=1):
        name = path.relative_to(root).as_posix()
        manifest.files[name] = _file(path, FILES + name, archive)
        progress(COPYING, number, len(paths))


def _file(path: Path, name: str, archive: zipfile.ZipFile) -> FileEntry:
    told = zipfile.ZipInfo(name) if path.suffix in _DENSE else name
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream, archive.open(told, "w", force_zip64=True) as member:
        while piece := stream.read(PIECE):
            digest.update(piece)
            size += len(piece)
            member.write(piece)
    return FileEntry(size, digest.hexdigest())
