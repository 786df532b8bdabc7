"""When something happens: campus time, also in a replay of the past."""

from datetime import UTC, date, datetime, timedelta

from liwa.core.clock import day_of, now, start_of
from liwa.core.config import config
from liwa.core.feeds import Campus


def instant(campus: Campus) -> datetime:
    """Now; in a replay of the past, this time of the day that the files speak of."""
    real = now()
    if campus.as_of is None:
        return real
    clock = real.astimezone(campus.zone).time()
    return datetime.combine(campus.as_of, clock, tzinfo=campus.zone).astimezone(UTC)


def today(campus: Campus) -> date:
    """The campus day of `instant`."""
    return day_of(instant(campus), campus.zone)


def due(day: date) -> date:
    """By when somebody is to do something that came up on `day`."""
    return day + timedelta(days=config()["LIWA_CARE_DUE_DAYS"])


def start_of_day(day: date, campus: Campus) -> datetime:
    """The instant at which the campus day begins."""
    return start_of(day, campus.zone)
