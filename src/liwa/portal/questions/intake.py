"""What came in from each feed, when, and is it fresh?"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404

from liwa.accounts.scope import Scope
from liwa.digest.models import FeedDigest
from liwa.records.models import Load, RefusedRow

GRACE = 1.5  # turns of the schedule after which a feed is overdue


@dataclass(frozen=True)
class FeedRow:
    """One feed: the newest load (whatever became of it), the newest finished one, and what the digest says of it.

    `state` is `running`, `held`, `failed`, `overdue`, `fresh`, `unscheduled` (fresh or not, nobody said) or
    `unloaded` (feeds.toml or the lake knows the feed, but no load is on record).
    """

    name: str
    newest: Load | None
    done: Load | None
    held: FeedDigest | None
    waiting: int
    state: str

    @property
    def source(self) -> str:
        known = self.newest or self.held
        return known.source if known else ""

    @property
    def schedule(self) -> str:
        return self.held.schedule if self.held else ""

    @property
    def needs_someone(self) -> bool:
        return self.state in ("held", "failed", "overdue")


def loads(scope: Scope) -> QuerySet[Load]:
    """Every load the account may see."""
    return Load.objects.all() if scope.sees_feeds else Load.objects.none()


def held_in_lake(scope: Scope) -> QuerySet[FeedDigest]:
    """What the digest says of each feed, as far as the account may see it."""
    return FeedDigest.objects.all() if scope.sees_feeds else FeedDigest.objects.none()


def waiting_rows(scope: Scope) -> QuerySet[RefusedRow]:
    """Refused rows that nobody has mended yet."""
    return RefusedRow.objects.filter(load__in=loads(scope).values("pk"), resolved_by=None)


def feeds(scope: Scope, moment: datetime) -> list[FeedRow]:
    """Every feed that was ever loaded, is configured or is in the lake, by name, in four queries."""
    newest = loads(scope).values_list("feed").order_by()
    keys = newest.annotate(last=Max("pk"), done=Max("pk", filter=Q(state=Load.State.DONE)))
    ends = {feed: (last, done) for feed, last, done in keys}
    known = loads(scope).defer("files").in_bulk({key for pair in ends.values() for key in pair if key})
    lake = {one.feed: one for one in held_in_lake(scope)}
    waiting = dict(waiting_rows(scope).order_by().values_list("feed").annotate(n=Count("pk")))
    return [
        _row(name, known, ends.get(name, (None, None)), lake.get(name), waiting.get(name, 0), moment)
        for name in sorted({*ends, *lake})
    ]


def one_feed(scope: Scope, name: str, moment: datetime) -> FeedRow:
    """The feed of that name; 404 where there is none."""
    for row in feeds(scope, moment):
        if row.name == name:
            return row
    raise Http404


def _row(
    name: str,
    known: dict[int, Load],
    ends: tuple[int | None, int | None],
    lake: FeedDigest | None,
    waiting: int,
    moment: datetime,
) -> FeedRow:
    newest, done = (known[key] if key else None for key in ends)
    schedule = lake.schedule if lake else ""
    return FeedRow(name, newest, done, lake, waiting, state_of(newest, done, schedule, moment))


def state_of(newest: Load | None, done: Load | None, schedule: str, moment: datetime) -> str:
    """One word for how the feed is; see `FeedRow`."""
    if newest is None:
        return "unloaded"
    if newest.state != Load.State.DONE:
        return newest.state
    turn = turn_of(schedule)
    if turn is None or done is None:
        return "unscheduled"
    return "overdue" if moment - done.started_at > GRACE * turn else "fresh"


def turn_of(schedule: str) -> timedelta | None:
    """How much time may pass between two loads."""
    if schedule.startswith("daily"):
        return timedelta(days=1)
    if schedule == "hourly":
        return timedelta(hours=1)
    minutes = re.fullmatch(r"every (\d+) minutes", schedule)
    return timedelta(minutes=int(minutes[1])) if minutes else None


def refused_by_load(scope: Scope, load: Load) -> tuple[int, int]:
    """(refused rows of the load still waiting, those mended since)."""
    rows = RefusedRow.objects.filter(load__in=loads(scope).filter(pk=load.pk).values("pk"))
    counted = rows.aggregate(
        waiting=Count("pk", filter=Q(resolved_by=None)), mended=Count("pk", filter=~Q(resolved_by=None))
    )
    return counted["waiting"], counted["mended"]
