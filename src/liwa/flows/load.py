"""Loading one file of a feed: keep it, read it, stage it, refuse what is wrong, then change everything at once.

The lake is committed first and the database last; the database's row says which version of the lake belongs to
it. A process killed at any moment therefore leaves the old state or the new one, and loading again completes it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.models import Q

from liwa.core import clock
from liwa.core.errors import Held, LiwaError, SourceError
from liwa.core.feeds import Campus, Feed, OutcomeRule
from liwa.core.rows import Accepted, BulkPart, Part, Refusal
from liwa.db.retrying import retrying
from liwa.flows.home import Home
from liwa.flows.lakes import current_lake, record_version
from liwa.flows.settings import settings_of
from liwa.lake.inputs import keep
from liwa.records.campus import describe
from liwa.records.intake import LINE_BITS, Intake, Refused, Removal
from liwa.records.models import Load, RefusedRow
from liwa.records.settle import settle_classes, settle_outcomes
from liwa.sources import sources

Progress = Callable[[str, int, int | None], None]
MOST_REMOVED = 0.10  # of a feed's active enrollments, without consent
REPORT_EVERY = 10_000


@dataclass
class FileCount:
    """Source rows of one file: lines_in = stored + unchanged + refused."""

    file: str
    lines_in: int = 0
    stored: int = 0
    unchanged: int = 0
    refused: int = 0


@dataclass
class Reading:
    """What reading a feed's file left behind."""

    counts: list[FileCount] = field(default_factory=list)
    refusals: list[tuple[int, Refusal]] = field(default_factory=list)  # (part, refusal)
    complete: set[str] = field(default_factory=set)
    mistakes: set[int] = field(default_factory=set)  # parts in which a repeated key is an error
    recorded: set[int] = field(default_factory=set)  # parts that hold records, not events alone


@dataclass(frozen=True)
class Consent:
    """What the person who loads has agreed to or asked for."""

    removals: bool = False
    again: bool = False  # read a file that is known to hold nothing new
    partial: bool = False  # rows that are not in the file stay, whatever the file says of itself


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
    """Load what lies under the feed's path, oldest name first; yields each finished load.

    Raises SourceError (nothing to read, or not readable as a whole), Held (too many removals), Busy.
    """
    with home.writing():
        describe(campus)
        _close_interrupted()
        for path in files_of(feed):
            yield _load_file(home, feed, path, campus, rule, consent, requested_by, progress)


def files_of(feed: Feed) -> list[Path]:
    """The files under the feed's path in the order of their names; a folder of CSVs may be one input."""
    if not feed.path.exists():
        raise SourceError(f"The feed {feed.name} has nothing to read: {feed.path} does not exist.")
    if feed.path.is_file():
        return [feed.path]
    inside = sorted(path for path in feed.path.iterdir() if not path.name.startswith("."))
    if not inside:
        raise SourceError(f"The feed {feed.name} has nothing to read: {feed.path} is empty.")
    zips = [path for path in inside if path.suffix.lower() == ".zip"]
    if feed.source in {"oneroster", "oulad"}:
        return zips or [feed.path]
    return [path for path in inside if path.is_file()]


def _close_interrupted() -> None:
    """Loads that still say `running` belong to a process that is gone: the lock is ours."""
    Load.objects.filter(state=Load.State.RUNNING).update(
        state=Load.State.FAILED, finished_at=clock.now(), message="interrupted"
    )


def _load_file(
    home: Home,
    feed: Feed,
    path: Path,
    campus: Campus,
    rule: OutcomeRule | None,
    consent: Consent,
    requested_by: str,
    progress: Progress,
) -> Load:
    load = Load.objects.create(
        feed=feed.name,
        source=feed.source,
        file=path.name,
        sha256=keep(path, home.inputs),
        requested_by=requested_by,
        started_at=clock.now(),
        settings=settings_of(feed, campus),
    )
    try:
        earlier = None if consent.again else _same_before(load)
        if earlier is not None:
            return _repeat(load, earlier)
        return _Loading(home, feed, path, campus, rule, load, progress).run(consent)
    except Held as error:
        _end(load, Load.State.HELD, error.message)
        raise
    except LiwaError as error:
        _end(load, Load.State.FAILED, error.message)
        raise
    except Exception:
        _end(load, Load.State.FAILED, "an error of Liwa's own")
        raise


def _same_before(load: Load) -> Load | None:
    """The feed's last load, where it read this very file in this very way and took every row."""
    last = Load.objects.filter(Q(feed=load.feed), state=Load.State.DONE).order_by("-pk").first()
    if last and last.sha256 == load.sha256 and last.settings == load.settings and not last.refused:
        return last
    return None


def _repeat(load: Load, earlier: Load) -> Load:
    """The same file again holds nothing new."""
    load.files = [
        {**file, "stored": 0, "unchanged": file["stored"] + file["unchanged"], "removed": 0}
        for file in earlier.files
    ]
    load.lines_in = earlier.lines_in
    load.unchanged = earlier.stored + earlier.unchanged
    load.events_version = earlier.events_version
    _end(load, Load.State.DONE, "the same file as the load before")
    return load


def _end(load: Load, state: Load.State, message: str = "") -> None:
    load.state = state
    load.message = message
    load.finished_at = clock.now()
    load.save()


class _Loading:
    """One load under way."""

    def __init__(
        self,
        home: Home,
        feed: Feed,
        path: Path,
        campus: Campus,
        rule: OutcomeRule | None,
        load: Load,
        progress: Progress,
    ) -> None:
        self.feed, self.path, self.campus, self.rule = feed, path, campus, rule
        self.load = load
        self.progress = progress
        self.lake, self.version = current_lake(home)
        self.reading = Reading()

    def run(self, consent: Consent) -> Load:
        with Intake(self.feed.name) as intake, self.lake.writer(self.feed.name, self.version) as writer:
            self._read(intake, writer)
            refused = self._refuse(intake)
            for line in refused:
                self.reading.counts[line >> LINE_BITS].refused += 1
            removals = self._removals(intake, consent)
            self._ask(removals, consent)
            changed = intake.changed_lines()
            appended = writer.commit(without=refused.keys())
            self._count(changed, appended)
            retrying(self._store, intake, removals, refused, appended.version)
        return self.load

    # Reading

    def _read(self, intake: Intake, writer: Any) -> None:
        parts = sources[self.feed.source](self.feed, self.path, self.campus)
        for number, part in enumerate(parts):
            self.reading.counts.append(FileCount(part.file))
            if isinstance(part, BulkPart):
                self._read_bulk(number, part, writer)
            else:
                self._read_lines(number, part, intake, writer)
        intake.staged()

    def _read_bulk(self, number: int, part: BulkPart, writer: Any) -> None:
        self.progress(part.file, 0, None)
        accepted, refusals = writer.add_table(number, part.prepare)
        count = self.reading.counts[number]
        count.refused = len(refusals)
        count.lines_in = accepted + len(refusals)
        self.reading.refusals += [(number, refusal) for refusal in refusals]
        self.progress(part.file, count.lines_in, count.lines_in)

    def _read_lines(self, number: int, part: Part, intake: Intake, writer: Any) -> None:
        self.reading.complete |= set(part.complete)
        if part.repeats == "refuse":
            self.reading.mistakes.add(number)
        count = self.reading.counts[number]
        for found in part.lines():
            count.lines_in += 1
            if isinstance(found, Refusal):
                count.refused += 1
                self.reading.refusals.append((number, found))
            else:
                self._take(number, found, intake, writer)
            if count.lines_in % REPORT_EVERY == 0:
                self.progress(part.file, count.lines_in, None)
        self.progress(part.file, count.lines_in, count.lines_in)

    def _take(self, number: int, found: Accepted, intake: Intake, writer: Any) -> None:
        line = number << LINE_BITS | found.line
        if found.records:
            self.reading.recorded.add(number)
            intake.add(line, found.records)
        if found.events:
            writer.add(line, found.events)

    # Refusing and asking

    def _refuse(self, intake: Intake) -> dict[int, Refused]:
        """The staged lines that cannot stay, each with its first reason."""
        refused: dict[int, Refused] = {}
        for found in (
            intake.refuse_repeats(self.reading.mistakes),
            intake.refuse_foreign(),
            intake.refuse_dangling(),
        ):
            for one in found:
                refused.setdefault(one.line, one)
        return refused

    def _removals(self, intake: Intake, consent: Consent) -> list[Removal]:
        kept = {refusal.key for _, refusal in self.reading.refusals if refusal.key}
        complete = set() if consent.partial else self.reading.complete
        return intake.removals(complete, kept)

    def _ask(self, removals: list[Removal], consent: Consent) -> None:
        """Stop before changing anything where much of the roster would go."""
        for removal in removals:
            share = len(removal.keys) / removal.active if removal.active else 0.0
            if removal.table == "enrollment" and share > MOST_REMOVED and not consent.removals:
                shown = ", ".join(removal.keys[:5])
                raise Held(
                    f"This load would remove {len(removal.keys):,} of {removal.active:,} active enrollments "
                    f"({share:.0%}) of the feed {self.feed.name}, among them {shown}. Nothing was changed.",
                    remedy="If that is right, load again with --accept-removals.",
                )

    # Counting and storing

    def _count(self, changed: set[int], appended: Any) -> None:
        """A line is stored where a row of it is new or different, or, in files of events alone, an event is."""
        stored = Counter(line >> LINE_BITS for line in changed)
        for number, count in enumerate(self.reading.counts):
            accepted = count.lines_in - count.refused
            count.stored = stored[number] if number in self.reading.recorded else appended.stored(number)
            count.unchanged = accepted - count.stored

    def _store(
        self, intake: Intake, removals: list[Removal], refused: dict[int, Refused], version: int | None
    ) -> None:
        """Everything the database learns from this load, in one transaction."""
        intake.apply(removals)
        settle_classes()
        settle_outcomes(self.rule, self.campus)
        RefusedRow.objects.bulk_create(self._refused_rows(refused), batch_size=500)
        record_version(version)
        counts = self.reading.counts
        removed = {removal.table: len(removal.keys) for removal in removals}
        self.load.files = [_file_figures(count) for count in counts]
        self.load.lines_in = sum(count.lines_in for count in counts)
        self.load.stored = sum(count.stored for count in counts)
        self.load.unchanged = sum(count.unchanged for count in counts)
        self.load.refused = sum(count.refused for count in counts)
        self.load.removed = sum(removed.values())
        self.load.events_version = version
        _end(self.load, Load.State.DONE)

    def _refused_rows(self, refused: dict[int, Refused]) -> Iterable[RefusedRow]:
        lines = (1 << LINE_BITS) - 1
        at = clock.now()
        for number, refusal in self.reading.refusals:
            yield self._refused_row(number, refusal.line, refusal.field, refusal.value, refusal.reason, at)
        for line, one in refused.items():
            yield self._refused_row(line >> LINE_BITS, line & lines, one.field, one.value, one.reason, at)

    def _refused_row(
        self, number: int, line: int, field: str, value: str, reason: str, at: datetime
    ) -> RefusedRow:
        return RefusedRow(
            load=self.load,
            feed=self.feed.name,
            file=self.reading.counts[number].file,
            line=line,
            field=field[:120],
            value=value[:1000],
            reason=reason,
            refused_at=at,
        )


def _file_figures(count: FileCount) -> dict[str, Any]:
    figures = asdict(count)
    return {"file": figures.pop("file"), "in": figures.pop("lines_in"), **figures}
