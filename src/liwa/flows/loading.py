"""One load: read the file, stage it, refuse what is wrong, then change everything at once.

The lake is committed first and the database last; the database's row says which version of the lake belongs to
it. A process killed at any moment therefore leaves the old state or the new one, and loading again completes it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from duckdb import DuckDBPyConnection

from liwa.core.feeds import Campus, Feed, OutcomeRule
from liwa.core.rows import BulkPart, Part, Refusal
from liwa.db.retrying import retrying
from liwa.flows.home import Home
from liwa.flows.lakes import current_lake, record_load
from liwa.flows.refusals import Reviewed, quarantine, storable
from liwa.flows.removals import check_removals
from liwa.flows.settings import last_line
from liwa.flows.stale import Origin, Stale, stale_lines
from liwa.lake.events import Appended, Writer
from liwa.records.campus import describe, profile
from liwa.records.intake import LINE_BITS, Intake, Refused, Removal
from liwa.records.models import Load
from liwa.records.settle import settle
from liwa.sources import sources

Progress = Callable[[str, int, int | None], None]
REPORT_EVERY = 10_000
LINES = (1 << LINE_BITS) - 1


@dataclass(frozen=True)
class Consent:
    """What the person who loads has agreed to or asked for."""

    removals: bool = False
    again: bool = False  # read a file that is known to hold nothing new
    only: Mapping[str, int] = field(default_factory=dict)  # see settings.Understanding
    origin: Origin | None = None  # of mended rows


@dataclass(frozen=True)
class Job:
    """What is to be loaded, and how. `path` is where the feed has it; what is read is the kept copy of it."""

    home: Home
    feed: Feed
    path: Path
    campus: Campus
    rule: OutcomeRule | None
    consent: Consent
    progress: Progress

    def last_line(self, file: str) -> int | None:
        """The last line of a file that is to be taken; None where all are."""
        return last_line(self.consent.only, file)

    def described(self) -> Campus:
        """What the campus is from now on. Mended rows are read as their load read them, but say nothing of it."""
        return self.campus if self.consent.origin is None else profile()


@dataclass
class PartRead:
    """What reading one file left behind: lines_in = stored + unchanged + refused."""

    file: str
    complete: tuple[str, ...] = ()
    repeats_are_mistakes: bool = False
    has_records: bool = False
    lines_in: int = 0
    stored: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    refused_later: int = 0  # lines that were staged first

    @property
    def refused(self) -> int:
        return len(self.refusals) + self.refused_later

    @property
    def unchanged(self) -> int:
        return self.lines_in - self.stored - self.refused

    @property
    def is_unsure(self) -> bool:
        """Whether a refused line could be that of any row."""
        return not all(refusal.key for refusal in self.refusals)

    def figures(self) -> dict[str, Any]:
        """As Load.files holds them."""
        return {
            "file": self.file,
            "in": self.lines_in,
            "stored": self.stored,
            "unchanged": self.unchanged,
            "refused": self.refused,
        }


class Loading:
    """One load under way, of the kept input at `path`; `load` is its row in the database."""

    def __init__(self, job: Job, load: Load, path: Path) -> None:
        self.job = job
        self.load = load
        self.path = path
        self.parts: list[PartRead] = []

    def run(self) -> None:
        """Raises SourceError, Held, Busy, Unavailable; then nothing has changed."""
        lake, version = current_lake(self.job.home)
        with Intake(self.job.feed.name) as intake, lake.writer(self.job.feed.name, version) as writer:
            self._read(intake, writer)
            stale = self._stale(intake)
            refused = self._refuse(intake, stale)
            for line in refused:
                self.parts[line >> LINE_BITS].refused_later += 1
            removals = self._removals(intake)
            if not self.job.consent.removals:
                check_removals(self.job.feed.name, removals)
            changed = intake.changed_lines()
            appended = writer.commit(without=refused)
            self._count(changed, appended)
            retrying(self._store, intake, removals, self._reviewed(refused, stale), appended.version)
        self.load.refresh_from_db()

    # Reading

    def _read(self, intake: Intake, writer: Writer) -> None:
        job = self.job
        for number, part in enumerate(sources[job.feed.source](job.feed, self.path, job.campus)):
            if isinstance(part, BulkPart):
                self.parts.append(self._read_bulk(number, part, writer))
            else:
                self.parts.append(self._read_lines(number, part, intake, writer))
        intake.staged()

    def _read_bulk(self, number: int, part: BulkPart, writer: Writer) -> PartRead:
        read = PartRead(part.file)
        last = self.job.last_line(part.file)
        if last == 0:
            return read
        self.job.progress(part.file, 0, None)
        counted = _Counted(part.prepare, last)
        accepted, refusals = writer.add_table(number, counted)
        read.refusals = refusals if last is None else [one for one in refusals if one.line <= last]
        read.lines_in = len(read.refusals) + (accepted if counted.wanted is None else counted.wanted)
        self.job.progress(part.file, read.lines_in, read.lines_in)
        return read

    def _read_lines(self, number: int, part: Part, intake: Intake, writer: Writer) -> PartRead:
        read = PartRead(part.file, part.complete, part.repeats == "refuse")
        last, base = self.job.last_line(part.file), number << LINE_BITS
        for found in part.lines() if last != 0 else ():
            if last is not None and found.line > last:
                break
            read.lines_in += 1
            if isinstance(found, Refusal):
                read.refusals.append(found)
                continue
            if found.records:
                read.has_records = True
                intake.add(base | found.line, found.records)
            if found.events:
                writer.add(base | found.line, found.events)
            if read.lines_in % REPORT_EVERY == 0:
                self.job.progress(part.file, read.lines_in, None)
        self.job.progress(part.file, read.lines_in, read.lines_in)
        return read

    # Asking

    def _stale(self, intake: Intake) -> dict[int, Stale]:
        origin = self.job.consent.origin
        if origin is None:
            return {}
        return stale_lines(self.job.feed.name, origin, [part.file for part in self.parts], intake)

    def _refuse(self, intake: Intake, stale: Mapping[int, Stale]) -> dict[int, Refused]:
        """Take out every line that cannot stay."""
        intake.drop(list(stale))
        mistakes = {number for number, part in enumerate(self.parts) if part.repeats_are_mistakes}
        return {**intake.refuse(mistakes), **{line: one.refused for line, one in stale.items()}}

    def _removals(self, intake: Intake) -> list[Removal]:
        """What the feed no longer gives; nothing of a file of which some line could be anybody's."""
        kept: dict[str, set[str]] = {}
        complete = []
        for part in self.parts:
            if self._is_whole(part) and not part.is_unsure:
                complete.append(part.complete)
                kept.setdefault(part.complete[0], set()).update(storable(one.key) for one in part.refusals)
        return intake.removals(complete, kept)

    # Counting and storing

    def _count(self, changed: Collection[int], appended: Appended) -> None:
        """A line is stored where a row of it is new or different, or, in files of events alone, an event is."""
        stored = Counter(line >> LINE_BITS for line in changed)
        for number, part in enumerate(self.parts):
            new = stored[number] if part.has_records else appended.stored(number)
            part.stored = min(new, part.lines_in - part.refused)

    def _store(
        self, intake: Intake, removals: list[Removal], reviewed: list[Reviewed], version: int | None
    ) -> None:
        """Everything the database learns from this load, in one transaction."""
        changed = intake.apply(removals)
        campus = self.job.described()
        changed |= describe(campus, self.job.rule)
        changed |= settle(changed, self.job.rule, campus)
        quarantine(self.load, reviewed, intake)
        record_load(version, changed)
        load = Load.objects.get(pk=self.load.pk)
        load.files = [part.figures() for part in self.parts]
        load.lines_in = sum(part.lines_in for part in self.parts)
        load.stored = sum(part.stored for part in self.parts)
        load.unchanged = sum(part.unchanged for part in self.parts)
        load.refused = sum(part.refused for part in self.parts)
        load.removed = sum(len(removal.keys) for removal in removals)
        load.events_version = version
        load.finish(Load.State.DONE, self._remark())

    def _reviewed(self, refused: Mapping[int, Refused], stale: Mapping[int, Stale]) -> list[Reviewed]:
        """Each file that was read, with all that was refused of it."""
        settled: dict[int, dict[int, int]] = defaultdict(dict)
        for line, late in stale.items():
            settled[line >> LINE_BITS][line & LINES] = late.since
        later: dict[int, list[Refusal]] = defaultdict(list)
        for line, one in refused.items():
            found = Refusal(line & LINES, one.field, one.value, one.reason, one.key)
            later[line >> LINE_BITS].append(found)
        return [
            Reviewed(
                number, part.file, self._is_whole(part), [*part.refusals, *later[number]], settled[number]
            )
            for number, part in enumerate(self.parts)
            if self.job.last_line(part.file) != 0
        ]

    def _is_whole(self, part: PartRead) -> bool:
        return bool(part.complete) and not self.job.consent.only

    def _remark(self) -> str:
        unsure = [part.file for part in self.parts if self._is_whole(part) and part.is_unsure]
        if not unsure:
            return ""
        return f"nothing was removed for {', '.join(unsure)}: the id of a refused line cannot be read"


class _Counted:
    """A bulk part's `prepare` that also counts the accepted lines up to `last`, if there is one."""

    def __init__(self, prepare: Callable[[DuckDBPyConnection], None], last: int | None) -> None:
        self._prepare = prepare
        self._last = last
        self.wanted: int | None = None

    def __call__(self, connection: DuckDBPyConnection) -> None:
        self._prepare(connection)
        if self._last is not None:
            query = "SELECT count(DISTINCT line) FROM accepted WHERE line <= ?"
            row = connection.execute(query, [self._last]).fetchone()
            self.wanted = int(row[0]) if row else 0
