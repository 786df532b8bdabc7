"""Keeping the database small: what statements of closed months said goes to the lake, and back on demand.

Ids, numbers, links and who voided what stay in the database for ever; so nothing is stored twice, and every question
finds what it found. First the file of a month is written, read again and named in the database; from then on a payload
is read from either. Then payloads are emptied, some at a time. Killed in between, the same command goes on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from django.db import connection
from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from liwa.core import clock
from liwa.core.errors import LiwaError
from liwa.db.retrying import retrying
from liwa.flows.home import Home
from liwa.flows.loading import Progress
from liwa.lake import payloads
from liwa.statements.models import MovedMonth, Statement
from liwa.statements.shelf import folder
from liwa.statements.store import seq_of, stored_at

MOVING, RETURNING = "Payloads to the lake", "Payloads from the lake"
BATCH = 2_000  # payloads changed in one transaction: nobody who stores waits long
_READ = 5_000


@dataclass(frozen=True)
class Month:
    """A month (YYYY-MM, UTC) of statements: how many, and the bytes of their payloads in either place.

    `file_bytes` is what those in the lake take on the disk.
    """

    name: str
    statements: int
    moved: int
    payload_bytes: int
    moved_bytes: int
    file_bytes: int


def months() -> list[Month]:
    """Every month in which statements were stored, the first first."""
    known = {one.month: one for one in MovedMonth.objects.all()}
    return [_month(name, known.get(name)) for name in _names()]


def _month(name: str, known: MovedMonth | None) -> Month:
    found = _within(name).aggregate(
        statements=Count("seq"),
        moved=Count("seq", filter=Q(payload="")),
        payload_bytes=Sum("size"),
        moved_bytes=Sum("size", filter=Q(payload="")),
    )
    moved, every = found["moved_bytes"] or 0, found["payload_bytes"] or 0
    file_bytes = known.file_bytes if known else 0
    return Month(name, found["statements"], found["moved"], every - moved, moved, file_bytes)


def _names() -> Iterator[str]:
    """The months from the first statement's to the last one's that have any."""
    span = Statement.objects.aggregate(first=Min("seq"), last=Max("seq"))
    if span["first"] is None:
        return
    name, last = (stored_at(span[end]).strftime("%Y-%m") for end in ("first", "last"))
    while name <= last:
        if _within(name).exists():
            yield name
        name = next_month(name)


def next_month(name: str) -> str:
    """The month after this one."""
    year, month = map(int, name.split("-"))
    return f"{year + month // 12:04}-{month % 12 + 1:02}"


def parse_month(text: str) -> str:
    """A month as it is written here. Raises LiwaError for anything else."""
    try:
        return datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC).strftime("%Y-%m")
    except ValueError:
        raise LiwaError(f"{text!r} is no month.", remedy="Write it as 2026-09.") from None


def _begin(name: str) -> int:
    """The least seq of a month."""
    return seq_of(datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC))


def _within(name: str) -> QuerySet[Statement]:
    return Statement.objects.filter(seq__gte=_begin(name), seq__lt=_begin(next_month(name)))


# To the lake


def move(home: Home, before: str, *, progress: Progress, at: datetime | None = None) -> list[MovedMonth]:
    """Move the payloads of every closed month before `before` (YYYY-MM); gives the months that were moved now.

    Closed is what is over at the instant `at`, by default now: nothing may be stored in it any more.
    Raises LiwaError where `before` is no month or not closed yet, Busy, Unavailable.
    """
    before = parse_month(before)
    if before > f"{(at or clock.now()).astimezone(UTC):%Y-%m}":
        raise LiwaError(
            "Months that are not over stay in the database.", remedy="Name this month or an earlier one."
        )
    done = []
    with home.writing():
        settle(progress)
        known = set(MovedMonth.objects.values_list("month", flat=True))
        payloads.remove_others(folder(), set(MovedMonth.objects.values_list("file", flat=True)))
        for name in [one for one in _names() if one < before and one not in known]:
            month = _write(name)
            if month:
                _empty(month, progress)
                done.append(month)
    return done


def _write(name: str) -> MovedMonth | None:
    """The month's payloads in a file that the database knows."""
    kept = payloads.write(folder(), name, _stored(name))
    if kept is None:
        return None
    month = MovedMonth(
        month=name,
        file=kept.name,
        first=kept.first,
        last=kept.last,
        statements=kept.rows,
        payload_bytes=kept.payload_bytes,
        file_bytes=kept.file_bytes,
        moved_at=clock.now(),
    )
    retrying(month.save, force_insert=True)
    return month


def _stored(name: str) -> Iterator[payloads.Row]:
    after, last = _begin(name) - 1, _begin(next_month(name))
    while True:
        found = Statement.objects.filter(seq__gt=after, seq__lt=last).exclude(payload="").order_by("seq")
        rows = list(found.values_list("seq", "payload")[:_READ])
        yield from rows
        if len(rows) < _READ:
            return
        after = rows[-1][0]


def settle(progress: Progress = lambda name, done, total: None) -> None:
    """Empty the payloads of months that somebody died over. Call it with the write lock held, before any is changed."""
    for month in MovedMonth.objects.filter(is_moved=False):
        _empty(month, progress)


def _empty(month: MovedMonth, progress: Progress) -> None:
    """Empty the payloads that are in the month's file."""
    done = 0
    for some in payloads.every(folder() / month.file):
        for part in _parts([seq for seq, _ in some]):
            retrying(
                _change,
                "UPDATE statements_statement SET payload = '' WHERE seq = %s",
                [(seq,) for seq in part],
            )
            done += len(part)
            progress(f"{MOVING}: {month.month}", done, month.statements)
    month.is_moved = True
    retrying(month.save, update_fields=["is_moved"])


def _parts(seqs: Sequence[int]) -> Iterator[list[int]]:
    waiting = iter(seqs)
    while part := list(islice(waiting, BATCH)):
        yield part


def _change(sql: str, rows: Sequence[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)  # type: ignore[arg-type]


# And back


def bring_back(home: Home, names: Sequence[str] = (), *, progress: Progress) -> list[str]:
    """Put the payloads of these months, or of all, into the database again; gives the months.

    Raises LiwaError where one was not moved, Busy, Unavailable.
    """
    with home.writing():
        settle()
        known = {one.month: one for one in MovedMonth.objects.order_by("month")}
        wanted = [parse_month(name) for name in names] or list(known)
        if missing := [name for name in wanted if name not in known]:
            raise LiwaError(
                f"The statements of {missing[0]} are in the database.", remedy="`liwa retention list`"
            )
        for name in wanted:
            _fill(known[name], progress)
    return wanted


def _fill(month: MovedMonth, progress: Progress) -> None:
    sql = "UPDATE statements_statement SET payload = %s WHERE seq = %s AND payload = ''"
    done = 0
    path = folder() / month.file
    for some in payloads.every(path):
        retrying(_change, sql, [(payload, seq) for seq, payload in some])
        done += len(some)
        progress(f"{RETURNING}: {month.month}", done, month.statements)
    retrying(month.delete)
    path.unlink()


# Forgetting


def shred() -> None:
    """Write the files of months anew that hold what the database has otherwise now, and remove the old ones.

    Call it with the write lock held.
    """
    for month in MovedMonth.objects.all():
        found = Statement.objects.filter(seq__gte=month.first, seq__lte=month.last, payload="")
        if found.count() == month.statements:
            continue
        keep = set(found.values_list("seq", flat=True))
        path = folder() / month.file
        rows = (row for some in payloads.every(path) for row in some if row[0] in keep)
        kept = payloads.write(folder(), month.month, rows)
        if kept is None:
            retrying(month.delete)
        else:
            month.file, month.statements = kept.name, kept.rows
            month.first, month.last = kept.first, kept.last
            month.payload_bytes, month.file_bytes = kept.payload_bytes, kept.file_bytes
            retrying(month.save)
        path.unlink()


def compact() -> None:
    """Give the room that emptied payloads took back to the disk. The table cannot be used meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM" if connection.vendor == "sqlite" else "VACUUM FULL statements_statement")


def tidy() -> None:
    """Let the database use the room that emptied payloads took; SQLite does that of itself."""
    if connection.vendor != "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE statements_statement")
