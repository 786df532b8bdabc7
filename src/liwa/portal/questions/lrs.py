"""How is the learning record store used: how fast does it answer, what fails, what is slow, which keys are used?"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from django.db.models import Max, QuerySet, Sum
from django.db.models.functions import TruncHour
from django.utils.timezone import localtime

from liwa.accounts.scope import Scope
from liwa.core.clock import now
from liwa.statements import credentials, people
from liwa.statements.meter import LIMITS
from liwa.statements.models import Credential, Minute

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
REFUSED, FAILED = 400, 500  # the first status of each kind
SLOWEST = 10
UNMATCHED = 10


@dataclass
class Figures:
    """Requests that were answered: how many, how many were refused (4xx) or failed (5xx), and in what time.

    `seconds` is their sum, `longest` the longest of them, both in seconds.
    """

    requests: int = 0
    refused: int = 0
    failed: int = 0
    seconds: float = 0.0
    longest: float = 0.0

    @property
    def mean(self) -> float | None:
        """Seconds a request took on average; None where there was none."""
        return self.seconds / self.requests if self.requests else None

    def add(self, status: int, requests: int, seconds: float, longest: float) -> None:
        """Count requests that were all answered with this status."""
        self.requests += requests
        self.seconds += seconds
        self.longest = max(self.longest, longest)
        if status >= FAILED:
            self.failed += requests
        elif status >= REFUSED:
            self.refused += requests


@dataclass
class Kind(Figures):
    """Requests of one resource and method, and of those parameters where they are told apart."""

    resource: str = ""
    method: str = ""
    asked: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class LastHour:
    """The last sixty minutes. Times are upper bounds in seconds; None where nothing was asked, or they are beyond."""

    figures: Figures
    half: float | None
    most: float | None

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.figures.requests / (HOUR / timedelta(seconds=1))


def last_hour(scope: Scope) -> LastHour:
    """What was asked in the last hour, and within what time a half and 95 of 100 were answered."""
    rows = _minutes(scope, HOUR).values_list("status", "requests", "seconds", "longest", "buckets")
    figures, buckets = Figures(), [0] * (len(LIMITS) + 1)
    for status, requests, seconds, longest, counts in rows.iterator():
        figures.add(status, requests, seconds, longest)
        buckets = [one + more for one, more in zip(buckets, counts, strict=True)]
    return LastHour(figures, within(buckets, 0.5), within(buckets, 0.95))


def within(buckets: Iterable[int], share: float) -> float | None:
    """The upper bound (seconds) below which this share of the requests was answered; None beyond the last one."""
    reached = list(accumulate(buckets))
    for limit, count in zip(LIMITS, reached, strict=False):
        if reached[-1] and count >= share * reached[-1]:
            return limit
    return None


def by_hour(scope: Scope) -> list[tuple[datetime, Figures]]:
    """The last 24 hours of the campus's clock, the present one last, each with its requests."""
    present = localtime(now()).replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    found = {present - hours * HOUR: Figures() for hours in reversed(range(24))}
    rows = _minutes(scope, DAY).annotate(hour=TruncHour("minute")).values_list("hour", "status").order_by()
    for hour, status, requests in rows.annotate(n=Sum("requests")):
        if hour in found:
            found[hour].add(status, requests, 0.0, 0.0)
    return list(found.items())


def by_resource(kinds: Iterable[Kind]) -> list[Kind]:
    """The same without telling parameters apart, by resource and method."""
    found: dict[tuple[str, str], Kind] = {}
    for one in kinds:
        whole = found.setdefault((one.resource, one.method), Kind(resource=one.resource, method=one.method))
        whole.requests += one.requests
        whole.refused += one.refused
        whole.failed += one.failed
        whole.seconds += one.seconds
        whole.longest = max(whole.longest, one.longest)
    return [found[name] for name in sorted(found)]


def kinds(scope: Scope) -> list[Kind]:
    """What was asked in the last 24 hours: resource, method and the names of the parameters."""
    rows = _minutes(scope, DAY).values_list("resource", "method", "asked", "status").order_by()
    summed = rows.annotate(n=Sum("requests"), all=Sum("seconds"), most=Max("longest"))
    found: dict[tuple[str, str, str], Kind] = {}
    for resource, method, asked, status, requests, seconds, longest in summed:
        names = [name for name in asked.split("+") if name]
        one = found.setdefault((resource, method, asked), Kind(resource=resource, method=method, asked=names))
        one.add(status, requests, seconds, longest)
    return list(found.values())


def slowest(kinds: Iterable[Kind]) -> list[Kind]:
    """The questions (GET) one of which took longest, the slowest first."""
    asked = (one for one in kinds if one.method == "GET")
    return sorted(asked, key=lambda one: (-one.longest, one.resource, one.asked))[:SLOWEST]


def keys(scope: Scope) -> QuerySet[Credential]:
    """Every key, those in force first."""
    return credentials.issued() if scope.sees_feeds else credentials.issued().none()


def unmatched(scope: Scope) -> list[people.Unmatched]:
    """The actors nobody answers to with most statements."""
    return people.unmatched(UNMATCHED) if scope.sees_feeds else []


def unmatched_total(scope: Scope) -> tuple[int, int]:
    """(actors nobody answers to, their statements)."""
    return people.unmatched_total() if scope.sees_feeds else (0, 0)


def _minutes(scope: Scope, span: timedelta) -> QuerySet[Minute]:
    if not scope.sees_feeds:
        return Minute.objects.none()
    return Minute.objects.filter(minute__gt=now() - span)
