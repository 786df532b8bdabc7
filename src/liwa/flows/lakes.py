"""Which state of the lake belongs to the database."""

import re
import shutil
from collections.abc import Iterable, Mapping

from liwa.core import clock
from liwa.flows.home import Home
from liwa.lake.events import Lake
from liwa.lake.reader import Tables, open_lake
from liwa.records.models import LakeState

FOLDER = re.compile(r"lake(-\d+)?")


def state() -> LakeState:
    """The row that says so; a new one for an empty lake."""
    return LakeState.objects.filter(pk="current").first() or LakeState()


def _locked() -> LakeState:
    """The row, held to the end of the transaction: pages change records too, and take no write lock."""
    return LakeState.objects.select_for_update().filter(pk="current").first() or LakeState()


def current_lake(home: Home) -> tuple[Lake, int | None]:
    """The lake and the version of its events that this database accepts."""
    known = state()
    return Lake(home.lake(known.root)), known.events_version


def current_tables(home: Home) -> Tables:
    """The lake's tables as this database knows them."""
    known = state()
    return open_lake(
        home.lake(known.root),
        events_version=known.events_version,
        mirror_versions=known.mirror_versions,
        keep_events=True,
    )


def record_load(version: int | None, changed: Iterable[str]) -> None:
    """Accept a version of the events, and note which tables of records differ from their mirror now.

    Call it in the transaction that it belongs to.
    """
    known = _locked()
    known.events_version = version
    known.changes = known.changes | {table: known.changes.get(table, 0) + 1 for table in changed}
    known.save()


def record_mirror(versions: Mapping[str, int], changes: Mapping[str, int]) -> None:
    """Accept versions of mirrored tables; call it in a transaction.

    `changes` are those of the state as it was before the tables were read: what has changed since is not in them.
    """
    known = _locked()
    known.mirror_versions = known.mirror_versions | dict(versions)
    known.mirrored = known.mirrored | {table: changes.get(table, 0) for table in versions}
    known.mirrored_at = clock.now()
    known.save()


def record_upkeep(version: int | None, mirror_versions: Mapping[str, int]) -> None:
    """Accept versions that hold the same rows in other files; call it in a transaction."""
    known = _locked()
    known.events_version = version
    known.mirror_versions = known.mirror_versions | dict(mirror_versions)
    known.save()


def is_mirrored(known: LakeState, table: str) -> bool:
    """Whether the mirror of a table is what the records hold."""
    return table in known.mirror_versions and known.mirrored.get(table) == known.changes.get(table, 0)


def remove_orphans(home: Home) -> None:
    """Remove the folders of lakes that this database no longer, or never did, accept. Needs the write lock."""
    current = state().root
    for folder in home.root.glob("lake*"):
        if FOLDER.fullmatch(folder.name) and folder.name != current:
            shutil.rmtree(folder)
