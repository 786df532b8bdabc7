"""Keeping the lake in shape: the small files of frequent loads merged, files that nobody needs removed."""

from deltalake.exceptions import DeltaError

from liwa.core.errors import Unavailable
from liwa.db.retrying import retrying
from liwa.flows.lakes import record_upkeep, state
from liwa.flows.refresh import Phase, Run, step
from liwa.lake.inputs import sweep
from liwa.lake.quality import clean, compact
from liwa.records.models import Load

MANY = 24  # files of a month of a source, or to be removed from a table: fewer are not worth the work


@step("upkeep", Phase.UPKEEP)
def upkeep(run: Run) -> None:
    """Merge and remove files of the lake where that gains something.

    The version of every load on record stays: whoever asks what the lake was after it can open it. Events are
    looked through for what to remove when some were merged, tables of the mirror each time; copies of inputs that
    were broken off go. Raises Unavailable
    where the disk does not allow it; pages show the new digest all the same.
    """
    known = state()
    root = run.home.lake(known.root)
    try:
        sweep(run.home.inputs)
        events = compact(root, known.events_version, MANY)
        if events != known.events_version:
            retrying(record_upkeep, events, {})
            events, _ = clean(root, events, {}, also=_loaded(), few=MANY)
        _, mirrors = clean(root, None, known.mirror_versions, few=MANY)
    except (OSError, DeltaError) as error:
        raise Unavailable(
            f"The lake's files cannot be tidied up: {error}.",
            remedy="Free some space; the refresh itself is done, and the next one tries again.",
        ) from error
    if (events, mirrors) != (known.events_version, known.mirror_versions):
        retrying(record_upkeep, events, mirrors)


def _loaded() -> set[int]:
    """The versions of the events that loads on record left."""
    versions = Load.objects.exclude(events_version=None).values_list("events_version", flat=True)
    return {version for version in versions.distinct() if version is not None}
