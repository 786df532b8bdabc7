"""Campus days begin and end where the campus's clocks say."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liwa.core.clock import cutoff, day_of, end_of, offsets, start_of, week_at

ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
DAYS = st.dates(date(1971, 1, 1), date(2060, 12, 31))
INSTANTS = st.datetimes(datetime(1971, 1, 1), datetime(2060, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
MOMENT = timedelta(microseconds=1)


def exists(day: date, zone: ZoneInfo) -> bool:
    """Whether the day ever was: islands that crossed the date line have left one out."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=zone)
    return noon.astimezone(UTC).astimezone(zone).date() == day


@given(DAYS, ZONES)
@settings(deadline=None)
def test_a_day_is_all_instants_from_its_start_to_its_end(day: date, zone: ZoneInfo) -> None:
    if not exists(day, zone):
        return
    start, end = start_of(day, zone), end_of(day, zone)
    assert start.tzinfo is UTC
    assert day_of(start, zone) == day
    assert day_of(start - MOMENT, zone) < day
    assert day_of(end, zone) == day or not exists(day + timedelta(days=1), zone)
    assert end + MOMENT == start_of(day + timedelta(days=1), zone)


@given(INSTANTS, ZONES)
@settings(deadline=None)
def test_every_instant_falls_within_its_day(instant: datetime, zone: ZoneInfo) -> None:
    day = day_of(instant, zone)
    # where clocks go back across midnight, an hour of the day before comes again
    assert start_of(day, zone) - timedelta(hours=3) <= instant < start_of(day + timedelta(days=1), zone)


@given(DAYS, st.integers(0, 60), ZONES)
@settings(deadline=None)
def test_weeks_pass_at_their_cut_offs(starts_on: date, week: int, zone: ZoneInfo) -> None:
    at = cutoff(starts_on, week, zone)
    if exists(starts_on + timedelta(weeks=week), zone):
        assert week_at(starts_on, at, zone) == week
        assert week_at(starts_on, at - MOMENT, zone) < week


@given(INSTANTS, st.integers(0, 1000), st.integers(0, 24 * 1000), ZONES)
@settings(deadline=None)
def test_offsets_give_every_instant_its_campus_time(
    first: datetime, days: int, hours: int, zone: ZoneInfo
) -> None:
    found = offsets(zone, first, first + timedelta(days=days))
    assert found[0][0] == first
    assert [since for since, _ in found] == sorted(since for since, _ in found)
    instant = first + timedelta(hours=min(hours, 24 * days))
    offset = [far for since, far in found if since <= instant][-1]
    assert offset == instant.astimezone(zone).utcoffset()


def test_british_clocks() -> None:
    zone = ZoneInfo("Europe/London")
    spring, autumn = datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)
    since = datetime(2026, 1, 1, tzinfo=UTC)
    assert offsets(zone, since, datetime(2027, 1, 1, tzinfo=UTC)) == [
        (since, timedelta(0)),
        (spring, timedelta(hours=1)),
        (autumn, timedelta(0)),
    ]
    assert start_of(date(2026, 7, 1), zone) == datetime(2026, 6, 30, 23, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "UTC", "Asia/Kathmandu"])
def test_clocks_that_nobody_changes(zone: str) -> None:
    since = datetime(2020, 1, 1, tzinfo=UTC)
    assert len(offsets(ZoneInfo(zone), since, datetime(2030, 1, 1, tzinfo=UTC))) == 1
