"""Loading files of statements, as another learning record store exports them, into the store.

Every statement goes the way of those that tools send. What is refused is kept as it came, with the path and the
rule, to be mended and sent in again; the others are stored. Statements are in = stored + unchanged + refused.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec
from django.db import Error, connection

from liwa.core import clock
from liwa.core.errors import LiwaError, SourceError
from liwa.core.feeds import Campus, Feed, OutcomeRule
from liwa.db.errors import explain
from liwa.db.retrying import retrying
from liwa.flows.classmaps import feed_named, file_authority, statement_feeds
from liwa.flows.home import Home
from liwa.flows.load import Consent, Progress, close_interrupted, files_of, together
from liwa.flows.refusals import storable
from liwa.flows.river import pump
from liwa.flows.settings import settings_of
from liwa.lake.inputs import digest_of
from liwa.records.intake import chunks
from liwa.records.models import Load, RefusedRow
from liwa.sources.xapi import SOURCE
from liwa.sources.xapi_files import texts
from liwa.statements.errors import Malformed, Refusal
from liwa.statements.models import Arrival, Credential, RefusedStatement, Statement
from liwa.statements.prepare import Prepared, prepare
from liwa.statements.store import store
from liwa.statements.tables import Tables
from liwa.statements.validation.timestamps import parse_timestamp
from liwa.statements.versions import Version

BATCH = 2_000
SHOWN = 200  # characters kept of the value that is wrong


@dataclass(frozen=True)
class Wrong:
    """A statement that was refused: its line, the path of what is wrong and the rule, its text."""

    line: int
    path: str
    reason: str
    text: bytes


Good = tuple[int, bytes, Prepared]  # line, text


@dataclass
class Figures:
    """Statements read, and what became of them."""

    lines_in: int = 0
    stored: int = 0
    refused: int = 0

    def of_file(self, name: str) -> dict[str, Any]:
        """As Load.files holds them."""
        unchanged = self.lines_in - self.stored - self.refused
        return {
            "file": name,
            "in": self.lines_in,
            "stored": self.stored,
            "unchanged": unchanged,
            "refused": self.refused,
        }


@dataclass
class Filing:
    """Statements of one file on their way into the store; `load` is the file's row in the database."""

    load: Load
    credential: Credential
    progress: Progress
    figures: Figures = field(default_factory=Figures)

    def run(self, lines: Iterator[tuple[int, bytes]]) -> None:
        """Store what can be stored, some at a time."""
        while some := list(islice(lines, BATCH)):
            self._take(some)
            self.progress(self.load.file, self.figures.lines_in, None)

    def _take(self, lines: Sequence[tuple[int, bytes]]) -> None:
        good: list[Good] = []
        wrong: list[Wrong] = []
        for line, text in lines:
            try:
                good.append((line, text, prepared(text, self.credential)))
            except Refusal as refusal:
                wrong.append(Wrong(line, refusal.path, refusal.rule, text))
        stored, conflicts = retrying(_store, self.load, good, wrong)
        self.figures.lines_in += len(lines)
        self.figures.stored += stored
        self.figures.refused += len(wrong) + conflicts


def _store(load: Load, good: Sequence[Good], wrong: Sequence[Wrong]) -> tuple[int, int]:
    """Everything the database learns from some lines, in one transaction: (new, refused for what is there)."""
    with connection.cursor() as cursor:
        last = Tables(cursor).lock()
    _save_arrivals([(text, one) for _, text, one in good])
    verdicts = store([[one] for _, _, one in good]).verdicts
    conflicts = [
        Wrong(line, verdict.path, verdict.rule, text)
        for (line, text, _), verdict in zip(good, verdicts, strict=True)
        if verdict
    ]
    taken = {one.id for (_, _, one), verdict in zip(good, verdicts, strict=True) if not verdict}
    _quarantine(load, [*wrong, *conflicts], taken)
    return Statement.objects.filter(seq__gt=last).count(), len(conflicts)


def _known(ids: Iterable[UUID]) -> set[UUID]:
    """Those of the ids that statements have."""
    found: set[UUID] = set()
    for some in chunks(ids):
        found |= set(Statement.objects.filter(id__in=some).values_list("id", flat=True))
    return found


def prepared(text: bytes, credential: Credential) -> Prepared:
    """One statement made ready for the store, in the version that it names; where it names none, in any.

    One without an id gets one that follows from its text, so that it is the same one when it is loaded again.
    Raises Malformed.
    """
    told = _told(text)
    made = uuid5(NAMESPACE_OID, text.decode("utf-8", "replace")) if told.id is None else None
    if told.version is not None:
        (found,) = prepare(text, told.of, credential, put_id=made)
        return found
    try:
        (found,) = prepare(text, Version.V1, credential, put_id=made)
    except Malformed as first:
        try:
            (found,) = prepare(text, Version.V2, credential, put_id=made)
        except Malformed:
            raise first from None
    return found


class _Told(msgspec.Struct):
    version: Any = None
    id: Any = None
    stored: Any = None

    @property
    def of(self) -> Version:
        """The version of the standard in which the statement says it is written."""
        return Version.V2 if str(self.version).startswith("2.") else Version.V1


_decode = msgspec.json.Decoder(_Told).decode


def _told(text: bytes) -> _Told:
    """What the text says of itself; nothing where it is no JSON object."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _Told()


def _save_arrivals(statements: Sequence[tuple[bytes, Prepared]]) -> None:
    """Keep when new statements were known where they say so: the store will say when they came here."""
    found: dict[UUID, datetime] = {}
    for text, one in statements:
        stored = _told(text).stored if b'"stored"' in text else None
        if isinstance(stored, str):
            with suppress(Malformed):
                found[one.id] = parse_timestamp(stored)
    known = _known(found)
    rows = [Arrival(pk=pk, known_at=at) for pk, at in found.items() if pk not in known]
    Arrival.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


# What was refused


def _quarantine(load: Load, wrong: Sequence[Wrong], taken: Collection[UUID]) -> None:
    """Keep what was refused; what waits under an id that was taken, or is refused again, waits no longer."""
    at = clock.now()
    rows = [_row(load, one, at) for one in wrong]
    waiting = RefusedRow.objects.filter(feed=load.feed, resolved_by=None).exclude(load=load)
    if waiting.exists():
        keys = {str(one) for one in taken} | {row.key for row in rows if row.key}
        for some in chunks(keys):
            waiting.filter(key__in=some).update(resolved_by=load)
        for row in rows:
            if not row.key:
                same = {"file": row.file, "line": row.line, "reason": row.reason}
                waiting.filter(**same).update(resolved_by=load)
    made = RefusedRow.objects.bulk_create(rows, batch_size=500)
    kept = [RefusedStatement(row=row, content=one.text) for row, one in zip(made, wrong, strict=True)]
    RefusedStatement.objects.bulk_create(kept, batch_size=200)


def _row(load: Load, wrong: Wrong, at: datetime) -> RefusedRow:
    return RefusedRow(
        load=load,
        feed=load.feed,
        file=load.file,
        line=wrong.line,
        field=storable(wrong.path)[:120],
        value=storable(value_at(wrong.text, wrong.path))[:SHOWN],
        reason=storable(wrong.reason),
        key=id_of(wrong.text),
        refused_at=at,
    )


def id_of(text: bytes) -> str:
    """The statement's id, in lower case; "" where it has none that can be read."""
    try:
        return str(UUID(_told(text).id))
    except (ValueError, AttributeError, TypeError):
        return ""


def value_at(text: bytes, path: str) -> str:
    """What is at a path such as `$.context.team.member[2].mbox`, as JSON; "" where nothing is."""
    try:
        value = msgspec.json.decode(text)
        for step in path.replace("[", ".[").split(".")[1:]:
            value = value[int(step[1:-1])] if step.startswith("[") else value[step]
        return msgspec.json.encode(value).decode()
    except (msgspec.MsgspecError, RecursionError, LookupError, TypeError, ValueError):
        return ""


# Loading


def statement_files(home: Home, words: Sequence[str]) -> list[Path]:
    """The files that `liwa load xapi FILE …` names; none where the words are names of feeds. Raises LiwaError where it
    names none and there is no feed of that name.
    """
    if not words or words[0] != SOURCE:
        return []
    names = {feed.name for feed in home.feeds().feed} if home.feeds_file.exists() else set()
    if names >= set(words):
        return []
    if len(words) == 1:
        raise LiwaError(
            "Which files of statements are to be loaded is not said.",
            remedy="Name them: `liwa load xapi FILE`.",
        )
    return [Path(word) for word in words[1:]]


def load_file(
    home: Home, path: Path, name: str = "", *, requested_by: str = "", again: bool = False, progress: Progress
) -> Load:
    """Load one file of statements as of the feed `name`; gives the finished load.

    Without a name it is of the only feed of statements that feeds.toml has, now or later, else of `xapi`. A file that was loaded
    before as a whole, and of which nothing was refused, is not read `again` unless that is asked for. Raises
    SourceError, Busy, Unavailable.
    """
    feeds = statement_feeds(home)
    chosen = name or (feeds.feed[0].name if len(feeds.feed) == 1 else SOURCE)
    with home.writing():
        feed = feed_named(feeds, chosen)
        return load_in(
            home, feed, feeds.campus, path, requested_by, again, progress, author=file_authority(name)
        )


def load_statements(
    home: Home,
    feed: Feed,
    campus: Campus,
    rule: OutcomeRule | None = None,
    *,
    consent: Consent,
    requested_by: str = "",
    progress: Progress,
) -> Iterator[Load]:
    """Load the files under a feed's path, as `flows.load.load_feed` does; of a folder only those that are new."""
    if feed.path == Path():
        raise SourceError(
            f"The feed {feed.name} has no files: its statements come over the network.",
            remedy="`liwa load xapi FILE` loads a file of statements.",
        )
    troubles: list[LiwaError] = []
    with home.writing():
        paths = files_of(feed)
        for path in paths:
            if path is not paths[-1] and not consent.again and _is_loaded(feed, path):
                continue
            try:
                yield load_in(home, feed, campus, path, requested_by, consent.again, progress)
            except SourceError as trouble:
                troubles.append(trouble)
    if troubles:
        raise together(troubles)


def _is_loaded(feed: Feed, path: Path) -> bool:
    known = Load.objects.filter(feed=feed.name, state=Load.State.DONE, file=path.name)
    return known.filter(sha256=digest_of(path)).exists()


def load_in(
    home: Home,
    feed: Feed,
    campus: Campus,
    path: Path,
    requested_by: str,
    again: bool,
    progress: Progress,
    *,
    author: Credential | None = None,
) -> Load:
    """As `load_file`, of a feed that is known, with the write lock held; `author` answers for what is in it."""
    retrying(close_interrupted)
    load = _begun(feed, campus, path.name, requested_by)
    try:
        lines = texts(path)
        first = list(islice(lines, 1))  # a file that cannot be read at all says so before anything is kept
        load.sha256 = digest_of(path)
        last = Load.objects.filter(feed=feed.name, sha256=load.sha256, state=Load.State.DONE).last()
        if last and not last.refused and not again:
            return _repeated(load, last)
        return _run(load, author or file_authority(feed.name), _chain(first, lines), progress, home)
    except LiwaError as error:
        _fail(load, error.message)
        raise
    except OSError as error:
        _fail(load, f"{path.name} cannot be read: {error.strerror}.")
        raise SourceError(f"{path} cannot be read: {error.strerror}.") from error
    except Exception as error:
        said = explain(error)
        _fail(load, said.message if said else "an error of Liwa's own")
        if said is None:
            raise
        raise said from error


def load_lines(
    home: Home,
    feed: Feed,
    campus: Campus,
    file: str,
    lines: Iterable[tuple[int, bytes]],
    requested_by: str,
    progress: Progress,
) -> Load:
    """Load statements that were mended, each with the line it had; the write lock must be held."""
    load = _begun(feed, campus, file, requested_by)
    return _run(load, file_authority(feed.name), iter(lines), progress, home)


def _begun(feed: Feed, campus: Campus, file: str, requested_by: str) -> Load:
    return Load(
        feed=feed.name,
        source=SOURCE,
        file=file,
        requested_by=requested_by,
        started_at=clock.now(),
        settings=settings_of(feed, campus, {}),
    )


def _run(
    load: Load, author: Credential, lines: Iterator[tuple[int, bytes]], progress: Progress, home: Home
) -> Load:
    retrying(load.save)
    filing = Filing(load, author, progress)
    filing.run(lines)
    pump(home, progress)
    load.files = [filing.figures.of_file(load.file)]
    return _finished(load)


def _repeated(load: Load, last: Load) -> Load:
    load.files = [
        {**file, "stored": 0, "unchanged": file["stored"] + file["unchanged"]} for file in last.files
    ]
    return _finished(load, "the same file as a load before")


def _finished(load: Load, message: str = "") -> Load:
    (file,) = load.files
    load.lines_in, load.stored = file["in"], file["stored"]
    load.unchanged, load.refused = file["unchanged"], file["refused"]
    retrying(load.finish, Load.State.DONE, message)
    return load


def _fail(load: Load, message: str) -> None:
    """Note why a load did not happen, if the database still takes notes: the reason itself matters more."""
    with suppress(Error, LiwaError):
        retrying(load.finish, Load.State.FAILED, message)


def _chain(
    first: Sequence[tuple[int, bytes]], rest: Iterator[tuple[int, bytes]]
) -> Iterator[tuple[int, bytes]]:
    yield from first
    yield from rest
