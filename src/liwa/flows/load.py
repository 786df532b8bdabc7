"""Loading the files of a feed: which of them, and the record that each load leaves behind.

What happens within one load is in `loading`.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.db import Error

from liwa.core import clock
from liwa.core.errors import Held, LiwaError, SourceError
from liwa.core.feeds import Campus, Feed, OutcomeRule
from liwa.db.errors import explain
from liwa.db.retrying import retrying
from liwa.flows.home import Home
from liwa.flows.lakes import record_load, state
from liwa.flows.loading import Consent, Job, Loading, Progress
from liwa.flows.settings import settings_of
from liwa.lake.inputs import keep
from liwa.records.campus import describe
from liwa.records.models import Load

__all__ = ["Consent", "Progress", "load_feed"]

FOLDERS = frozenset({"oneroster", "oulad"})  # sources of which a folder of CSV files is one input


def load_feed(
    home: Home,
    feed: Feed,
    campus: Campus,
    rule: OutcomeRule | None = None,
    *,
    consent: Consent,
    requested_by: str = "",
    progress: Progress,
) -> Iterator[Load]:
    """Load what lies under the feed's path, in the order of the names; yields each finished load.

    A folder is watched: of its files only those not loaded before are read. A single file that was loaded last
    time leaves a load that found nothing new.
    Raises SourceError (nothing to read, or not readable as a whole), Held (too many removals), Busy, Unavailable.
    """
    with home.writing():
        retrying(_close_interrupted)
        paths = _files_of(feed, requested_by)
        for path in paths:
            job = Job(home, feed, path, campus, rule, consent, progress)
            load = _load_file(job, requested_by, pass_over=path is not paths[-1])
            if load is not None:
                yield load


def _close_interrupted() -> None:
    """Loads that still say `running` belong to a process that is gone: the lock is ours."""
    Load.objects.filter(state=Load.State.RUNNING).update(
        state=Load.State.FAILED, finished_at=clock.now(), message="interrupted"
    )


def _files_of(feed: Feed, requested_by: str) -> list[Path]:
    """As `files_of`; that there is nothing is a failed load, for the data office to see."""
    try:
        return files_of(feed)
    except SourceError as error:
        load = Load(feed=feed.name, source=feed.source, file=feed.path.name, started_at=clock.now())
        load.requested_by = requested_by
        _fail(load, Load.State.FAILED, error.message)
        raise


def files_of(feed: Feed) -> list[Path]:
    """The inputs under the feed's path in the order of their names; a folder of CSV files may be one input."""
    path = feed.path
    try:
        if not path.exists():
            raise SourceError(f"The feed {feed.name} has nothing to read: {path} does not exist.")
        if not path.is_dir():
            return [path]
        inside = sorted(child for child in path.iterdir() if not child.name.startswith("."))
    except OSError as error:
        raise SourceError(f"The feed {feed.name} cannot read {path}: {error.strerror}.") from error
    if feed.source in FOLDERS:
        zips = [child for child in inside if child.suffix.lower() == ".zip"]
        found = zips or ([path] if inside else [])
    else:
        found = [child for child in inside if child.is_file()]
    if not found:
        raise SourceError(f"The feed {feed.name} has nothing to read: {path} is empty.")
    return found


def _load_file(job: Job, requested_by: str, *, pass_over: bool) -> Load | None:
    """One finished load; None where the file was loaded before and that is no news."""
    load = Load(
        feed=job.feed.name,
        source=job.feed.source,
        file=job.path.name,
        requested_by=requested_by,
        started_at=clock.now(),
        settings=settings_of(job.feed, job.campus, job.consent.only),
    )
    try:
        load.sha256 = keep(job.path, job.home.inputs)
        if not job.consent.again:
            if pass_over and _was_loaded(load):
                return None
            earlier = _same_before(load)
            if earlier is not None:
                retrying(_repeat, load, earlier, job)
                return load
        retrying(load.save)
        Loading(job, load).run()
    except Held as error:
        _fail(load, Load.State.HELD, error.message)
        raise
    except LiwaError as error:
        _fail(load, Load.State.FAILED, error.message)
        raise
    except Exception as error:
        said = explain(error)
        _fail(load, Load.State.FAILED, said.message if said else "an error of Liwa's own")
        if said is None:
            raise
        raise said from error
    return load


def _was_loaded(load: Load) -> bool:
    """Whether the feed has ever read this very file in this very way."""
    earlier = Load.objects.filter(feed=load.feed, sha256=load.sha256, state=Load.State.DONE)
    return any(settings == load.settings for settings in earlier.values_list("settings", flat=True))


def _same_before(load: Load) -> Load | None:
    """The feed's last load, where it read this very file in this very way and took every row."""
    last = Load.objects.filter(feed=load.feed, state=Load.State.DONE).order_by("-pk").first()
    if last and last.sha256 == load.sha256 and last.settings == load.settings and not last.refused:
        return last
    return None


def _repeat(load: Load, earlier: Load, job: Job) -> None:
    """The same file again holds nothing new, but what is said of the campus may have changed."""
    changed = describe(job.campus, job.rule)
    if changed:
        record_load(state().events_version, changed)
    load.files = [_unchanged(file) for file in earlier.files]
    load.lines_in = load.unchanged = earlier.lines_in
    load.events_version = state().events_version
    load.finish(Load.State.DONE, "the same file as the load before")


def _unchanged(file: dict[str, Any]) -> dict[str, Any]:
    return {**file, "stored": 0, "unchanged": file["stored"] + file["unchanged"]}


def _fail(load: Load, state: Load.State, message: str) -> None:
    """Note why a load did not happen, if the database still takes notes: the reason itself matters more."""
    with suppress(Error, LiwaError):
        retrying(load.finish, state, message)
