"""Which state of the lake belongs to the database."""

from liwa.flows.home import Home
from liwa.lake.events import Lake
from liwa.lake.reader import Tables, open_lake
from liwa.records.models import LakeState


def state() -> LakeState:
    """The row that says so; a new one for an empty lake."""
    return LakeState.objects.filter(pk="current").first() or LakeState()


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


def record_version(version: int | None) -> None:
    """Accept a version of the events; call it in the transaction that it belongs to."""
    known = state()
    known.events_version = version
    known.save()


def record_mirror(versions: dict[str, int]) -> None:
    """Accept versions of mirrored tables."""
    known = state()
    known.mirror_versions = {**known.mirror_versions, **versions}
    known.save()
