"""Campus time: instants are UTC inside; days and weeks are the campus's."""

import time as time_
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from zoneinfo import ZoneInfo

WEEK = timedelta(days=7)


def now() -> datetime:
    """This instant, UTC."""
    return datetime.now(UTC)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which `day` begins on campus."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The last instant (UTC) of `day` on campus: when what is dated by day is known.

    It is before the next midnight, so that a cut-off at that midnight counts the day.
    """
    return start_of(day + timedelta(days=1), zone) - timedelta(microseconds=1)


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The campus day on which `instant` falls."""
    return instant.astimezone(zone).date()


def cutoff(starts_on: date, week: int, zone: ZoneInfo) -> datetime:
    """The cut-off (UTC) after `week` whole weeks of a class that starts on `starts_on`."""
    return start_of(starts_on + week * WEEK, zone)


def week_at(starts_on: date, instant: datetime, zone: ZoneInfo) -> int:
    """How many whole weeks of the class have passed at `instant`; negative before it starts."""
    return (day_of(instant, zone) - starts_on).days // 7


def offsets(zone: ZoneInfo, first: datetime, last: datetime) -> list[tuple[datetime, timedelta]]:
    """How far campus clocks are from UTC between two instants: (since when, how far), in order of time.

    The first since is `first`; the others are the first whole seconds at which clocks were changed.
    """
    found = [(first, _offset(first, zone))]
    at = first
    while at < last:
        later = min(at + timedelta(days=1), last)
        if _offset(later, zone) != found[-1][1]:
            later = _change(at, later, zone)
            found.append((later, _offset(later, zone)))
        at = later
    return found


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first second with another offset than `before`; `after` has one."""
    low, high = int(before.timestamp()), ceil(after.timestamp())
    old = _offset(before, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(datetime.fromtimestamp(middle, UTC), zone) == old:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)


def monotonic() -> float:
    """Seconds that only grow, for measuring how long something took."""
    return time_.monotonic()
