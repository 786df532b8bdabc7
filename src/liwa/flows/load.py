"""Loading the files of a feed: which of them, and the record that each load leaves behind.

What happens within one load is in `loading`.
"""

from collections.abc import Iterator, Sequence
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
from liwa.flows.settings import BUNDLES, settings_of
from liwa.lake.inputs import keep, kept
from liwa.records.campus import describe
from liwa.records.models import Load
from liwa.sources.files import Bundle

__all__ = ["Consent", "Progress", "load_feed"]

ORDERLESS = frozenset({"activity"})  # sources that give events alone, which never undo one another


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

    A folder is watched: of its files only those are read that were not loaded before, or not since a file before
    them was, so that the records end as if each had come in its turn. A file that cannot be read is a failed load
    and is tried again next time; those after it are read none the less. A single file that was loaded last time
    leaves a load that found nothing new.
    Raises SourceError (nothing to read, or not readable as a whole) when all files have been tried; Held (too many
    removals), after which later files wait; Busy, Unavailable.
    """
    with home.writing():
        retrying(close_interrupted)
        paths = _files_of(feed, requested_by)
        troubles: list[LiwaError] = []
        newest = 0  # the last load of a file that comes before
        for path in paths:
            job = Job(home, feed, path, campus, rule, consent, progress)
            try:
                load, is_new = _load_file(job, requested_by, newest, pass_over=path is not paths[-1])
            except SourceError as trouble:
                troubles.append(trouble)
                continue
            except Held as trouble:
                troubles.append(trouble)
                break
            newest = max(newest, load.pk)
            if is_new:
                yield load
        if troubles:
            raise together(troubles)


def together(troubles: Sequence[LiwaError]) -> LiwaError:
    """One error that says all that was wrong; a question that waits for an answer goes before what failed."""
    if len(troubles) == 1:
        return troubles[0]
    kind = Held if any(isinstance(trouble, Held) for trouble in troubles) else SourceError
    messages = dict.fromkeys(trouble.message for trouble in troubles)
    remedies = dict.fromkeys(trouble.remedy for trouble in troubles if trouble.remedy)
    return kind("\n".join(messages), remedy="\n".join(remedies))


def close_interrupted() -> None:
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
    if feed.source in BUNDLES:  # a folder of CSV files is one input
        zips = [child for child in inside if child.suffix.lower() == ".zip"]
        found = zips or ([path] if inside else [])
    else:
        found = [child for child in inside if child.is_file()]
    if not found:
        raise SourceError(f"The feed {feed.name} has nothing to read: {path} is empty.")
    return found


def _load_file(job: Job, requested_by: str, newest: int, *, pass_over: bool) -> tuple[Load, bool]:
    """The finished load of a file, and whether it is new.

    With `pass_over` it is an earlier one where the file has been loaded since the load `newest`.
    """
    load = Load(
        feed=job.feed.name,
        source=job.feed.source,
        file=job.path.name,
        requested_by=requested_by,
        started_at=clock.now(),
        settings=settings_of(job.feed, job.campus, job.consent.only),
    )
    try:
        load.sha256 = keep(job.path, job.home.inputs, _read_of(job))
        if not job.consent.again:
            earlier = _last_of(load) if pass_over else None
            if earlier is not None and (earlier.pk >= newest or job.feed.source in ORDERLESS):
                return earlier, False
            earlier = _same_before(load)
            if earlier is not None:
                retrying(_repeat, load, earlier, job)
                return load, True
        retrying(load.save)
        _run(job, load)
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
    return load, True


def _read_of(job: Job) -> list[Path] | None:
    """Of a folder of CSV files only those that are read, however much else lies there; None of any other input."""
    if job.feed.source not in BUNDLES or not job.path.is_dir():
        return None
    found = [member.path for member in Bundle.open(job.path) if member.name.lower().endswith(".csv")]
    files = sorted(path for path in found if path is not None)
    if not files:
        raise SourceError(f"{job.path.name} holds no CSV file.")
    return files


def _run(job: Job, load: Load) -> None:
    """Read the kept copy: the file itself may be another one by now. What is said is said of the file."""
    path = kept(load.sha256, job.home.inputs)
    try:
        Loading(job, load, path).run()
    except SourceError as error:
        # An input is kept under the name it first came by.
        said = error.message.replace(str(path), str(job.path)).replace(path.name, job.path.name)
        about = "" if job.path.name in said else f"{job.path.name}: "
        raise SourceError(f"{about}{said}", remedy=error.remedy) from error


def _last_of(load: Load) -> Load | None:
    """The feed's last load that read this very file in this very way, by this name if there is one."""
    earlier = Load.objects.filter(feed=load.feed, sha256=load.sha256, state=Load.State.DONE).order_by("-pk")
    found = [one for one in earlier if one.settings == load.settings]
    return next((one for one in found if one.file == load.file), found[0] if found else None)


def _same_before(load: Load) -> Load | None:
    """The feed's last load, where it read this very file in this very way and took every row."""
    last = Load.objects.filter(feed=load.feed, state=Load.State.DONE).order_by("-pk").first()
    if last and last.sha256 == load.sha256 and last.settings == load.settings and not last.refused:
        return last
    return None


def _repeat(load: Load, earlier: Load, job: Job) -> None:
    """The same file again holds nothing new, but what is said of the campus may have changed."""
    changed = describe(job.described(), job.rule)
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
