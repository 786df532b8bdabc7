"""Bringing a backup back into an empty place, and making sure that it is what it was.

Files come first, each compared with the hash that the archive gives; then tables are made as they were then, filled,
and read again, and counts and hashes compared; then the lake is opened and counted. Killed, it is begun again with the
same words. Tables of an older version of Liwa are brought up to date at the end.
"""

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from django.apps.registry import Apps
from django.conf import settings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from liwa.core.errors import Held, LiwaError, Unavailable
from liwa.flows.archive.manifest import FILES, PIECE, TABLES, Manifest, key_hash, manifest_of, open_archive
from liwa.flows.home import Home
from liwa.flows.loading import Progress
from liwa.flows.tables.filling import Filling
from liwa.flows.tables.ledger import DONE, FILLING, Ledger, Place
from liwa.flows.tables.lines import Block, Sum, blocks, pieces
from liwa.flows.tables.places import database, migrate
from liwa.flows.tables.shape import Table, tables_of
from liwa.lake.disk import sync
from liwa.lake.reader import open_lake
from liwa.lake.schema import MIRRORS

WHAT = "restore"
ALIAS = "verifying"
UNPACKING = "Files out of the backup"
# What is there before anybody has used Liwa: its settings, its secret key, its lock, an empty database.
FRESH = {"liwa.toml", "secret.key", "lock"}
DATABASE = "liwa.sqlite3"
# What SQLite calls the files of a database, after its name.
SUFFIXES = ("", "-wal", "-shm", "-journal")


@dataclass(frozen=True)
class Restored:
    """What an archive held; `other_key` where the secret key is not that of the installation it was made from."""

    manifest: Manifest
    other_key: bool


class ArchiveSource:
    """The rows of an archive."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self.name = manifest.id
        self.is_foreign = manifest.engine != "sqlite"
        self._archive = archive
        self._manifest = manifest

    def blocks(self, table: Table, place: Place) -> Iterator[Block]:
        with self._archive.open(TABLES + table.name) as member:
            lines = islice(iter(member), place.sum.rows, None)
            yield from blocks(table, pieces(lines))

    def last_number(self, table: Table) -> int:
        return self._manifest.tables[table.name].last_number


def restore(
    home: Home, path: Path, *, target: BaseDatabaseWrapper = connection, progress: Progress
) -> Restored:
    """Bring the backup back into LIWA_HOME and a database, this installation's, both of which must be empty.

    Raises Held where they are not, LiwaError where the archive is damaged or of a newer Liwa, Busy, Unavailable.
    """
    with open_archive(path) as archive, home.writing():
        manifest = manifest_of(archive)
        _admit(home, target, manifest)
        _bring_back(home, target, archive, manifest, progress)
    return Restored(manifest, manifest.key != key_hash(settings.SECRET_KEY))


def verify(path: Path, *, progress: Progress) -> Manifest:
    """Bring the backup back into a folder beside it that is removed afterwards; gives what is in it.

    Raises LiwaError where it is damaged.
    """
    with open_archive(path) as archive, TemporaryDirectory(prefix=".verify-", dir=path.parent) as folder:
        home = Home(Path(folder))
        manifest = manifest_of(archive)
        with database(f"sqlite:///{DATABASE}", home.root, ALIAS, "it") as there:
            Ledger(there).begin(manifest.id, WHAT)
            _bring_back(home, there, archive, manifest, progress)
    return manifest


def _admit(home: Home, target: BaseDatabaseWrapper, manifest: Manifest) -> None:
    """Begin where nothing is, or find what this very restoring has begun."""
    ledger = Ledger(target)
    if not target.introspection.table_names():
        found = sorted({one.name for one in home.root.iterdir()} - FRESH - _empty_files(target))
        if found:
            raise Held(
                f"{home.root} is not empty: {', '.join(found[:5])}.",
                remedy="Set LIWA_HOME to an empty folder; nothing was changed.",
            )
        ledger.begin(manifest.id, WHAT)
    told = ledger.told() if ledger.exists() else {}
    if (told.get("what"), told.get("source")) != (WHAT, manifest.id) or told["phase"] == DONE:
        raise Held(
            "The database is not empty, and what is in it is not this backup half brought back.",
            remedy="Set LIWA_DATABASE_URL to an empty database; nothing was changed.",
        )


def _empty_files(target: BaseDatabaseWrapper) -> set[str]:
    """Names of the files of a SQLite database that has no tables."""
    if target.vendor != "sqlite":
        return set()
    name = Path(str(target.settings_dict["NAME"])).name
    return {name + suffix for suffix in SUFFIXES}


def _bring_back(
    home: Home, target: BaseDatabaseWrapper, archive: zipfile.ZipFile, manifest: Manifest, progress: Progress
) -> None:
    _check(archive)
    _unpack(home, archive, manifest, progress)
    apps = _make_tables(target, manifest)
    _fill(target, archive, manifest, apps, progress)
    _count_lake(home, target, manifest, apps)
    Ledger(target).tell(phase=DONE)
    migrate(target)


def _check(archive: zipfile.ZipFile) -> None:
    """Raise LiwaError where the file is not what was written, before anything is changed."""
    try:
        wrong = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise _damaged(str(archive.filename)) from error
    if wrong:
        raise _damaged(wrong)


def _damaged(what: str) -> LiwaError:
    return LiwaError(f"The backup is damaged: {what}.", remedy="Take another one.")


# Files


def _unpack(home: Home, archive: zipfile.ZipFile, manifest: Manifest, progress: Progress) -> None:
    """Every file in its place and on the disk."""
    places = []
    for number, (name, told) in enumerate(sorted(manifest.files.items()), start=1):
        place = home.root / _inside(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        beside = place.with_name(f".{place.name}.part")
        size, digest = _extract(archive, name, beside)
        if (size, digest) != (told.size, told.sha256):
            beside.unlink()
            raise _damaged(name)
        os.replace(beside, place)
        places.append(place)
        progress(UNPACKING, number, len(manifest.files))
    sync(places)


def _inside(name: str) -> PurePosixPath:
    """Where a file belongs, below LIWA_HOME; raises LiwaError where a backup never puts one."""
    path = PurePosixPath(name)
    own = {*FRESH, *(DATABASE + suffix for suffix in SUFFIXES)}
    if not path.parts or path.is_absolute() or ".." in path.parts or "\0" in name or path.parts[0] in own:
        raise _damaged(name)
    return path


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _extract(archive: zipfile.ZipFile, name: str, to: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    try:
        with archive.open(FILES + name) as member, open(to, "wb", opener=_private) as stream:
            while piece := member.read(PIECE):
                digest.update(piece)
                size += len(piece)
                stream.write(piece)
    except KeyError:
        raise _damaged(name) from None
    except OSError as error:
        raise Unavailable(f"{to} cannot be written: {error.strerror}.", remedy="Free some space.") from error
    return size, digest.hexdigest()


# Tables


def _make_tables(target: BaseDatabaseWrapper, manifest: Manifest) -> Apps:
    """The tables as they were when the backup was made; gives the models that they had then."""
    executor = MigrationExecutor(target)
    graph = executor.loader.graph
    wanted = set(manifest.migrations)
    if unknown := sorted(wanted - graph.nodes.keys()):
        raise LiwaError(
            f"The backup was made by a newer Liwa ({manifest.liwa}): it has the migration {'.'.join(unknown[0])}.",
            remedy="Bring Liwa up to date first.",
        )
    last = [
        one for one in sorted(wanted) if not wanted & {child.key for child in graph.node_map[one].children}
    ]
    ends = last or sorted(wanted)
    state = executor.migrate(ends) if Ledger(target).told()["phase"] != FILLING else None
    return (state or executor.loader.project_state(ends)).apps


def _fill(
    target: BaseDatabaseWrapper, archive: zipfile.ZipFile, manifest: Manifest, apps: Apps, progress: Progress
) -> None:
    groups = tables_of(apps)
    had = {name: table.columns for name, table in manifest.tables.items()}
    found = {table.name: sorted(table.columns) for group in groups for table in group}
    if {name: sorted(columns) for name, columns in had.items()} != found:
        raise _damaged("it has other tables than its migrations make")
    ordered = [[_in_order(table, had[table.name]) for table in group] for group in groups]
    ledger = Ledger(target)
    filling = Filling(ArchiveSource(archive, manifest), target, ordered, ledger, progress)
    if ledger.told()["phase"] != FILLING:
        filling.begin()
    filling.fill()
    for name, table in manifest.tables.items():
        if ledger.place(name).sum != Sum(table.rows, table.digest):
            raise _damaged(f"the table {name} has other rows than it says")
    filling.finish()


def _in_order(table: Table, columns: list[str]) -> Table:
    """The table with its columns in the order in which the archive has them."""
    kinds = dict(zip(table.columns, table.kinds, strict=True))
    return Table(
        table.name,
        tuple(columns),
        tuple(kinds[column] for column in columns),
        table.key,
        table.numbered,
        table.refers_to,
        table.model,
    )


# The lake


def _count_lake(home: Home, target: BaseDatabaseWrapper, manifest: Manifest, apps: Apps) -> None:
    """Open the lake as the database names it and count its rows."""
    states = apps.get_model("records", "LakeState")._base_manager.using(target.alias)
    known: Any = states.filter(pk="current").first()
    if known is None:
        return
    root = home.lake(known.root)
    with open_lake(
        root, events_version=known.events_version, mirror_versions=known.mirror_versions
    ) as tables:
        found = {"events": tables.raw_events.count().to_pyarrow().as_py()}
        for name in MIRRORS.keys() & known.mirror_versions.keys():
            found[name] = getattr(tables, name).count().to_pyarrow().as_py()
    if found != manifest.lake:
        raise _damaged("the lake has other rows than it says")
