"""Which feeds are loaded, and when they are due."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liwa.core import clock
from liwa.core.errors import ConfigError
from liwa.core.feeds import Campus, Feed
from liwa.flows.feeds import is_due, last_due, load_feeds
from liwa.records.models import Load
from tests.flows.school import School

LONDON = Campus(timezone="Europe/London")


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("schedule", "moment", "due"),
    [
        ("daily 02:00", utc(2026, 7, 1, 1, 0), utc(2026, 7, 1, 1, 0)),  # 02:00 in London
        ("daily 02:00", utc(2026, 7, 1, 0, 59), utc(2026, 6, 30, 1, 0)),
        ("daily 02:00", utc(2026, 12, 1, 2, 0), utc(2026, 12, 1, 2, 0)),
        # 01:30 does not come on 29 March: it is due at 02:30 by the new time
        ("daily 01:30", utc(2026, 3, 29, 1, 29), utc(2026, 3, 28, 1, 30)),
        ("daily 01:30", utc(2026, 3, 29, 1, 30), utc(2026, 3, 29, 1, 30)),
        # 01:30 comes twice on 25 October: it is due the first time
        ("daily 01:30", utc(2026, 10, 25, 0, 30), utc(2026, 10, 25, 0, 30)),
        ("daily 01:30", utc(2026, 10, 25, 1, 45), utc(2026, 10, 25, 0, 30)),
        ("hourly", utc(2026, 7, 1, 1, 10), utc(2026, 7, 1, 0, 10)),
        ("every 15 minutes", utc(2026, 7, 1, 1, 10), utc(2026, 7, 1, 0, 55)),
    ],
)
def test_when_a_load_was_last_due(schedule: str, moment: datetime, due: datetime) -> None:
    assert last_due(schedule, LONDON, moment) == due


@given(
    st.integers(0, 10 * 366 * 24 * 60).map(lambda minutes: utc(2020, 1, 1) + timedelta(minutes=minutes)),
    st.times().map(lambda at: f"daily {at:%H:%M}"),
    st.sampled_from(["Europe/London", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
@settings(deadline=None)
def test_daily_feeds_are_due_once_a_campus_day(moment: datetime, schedule: str, zone: str) -> None:
    campus = Campus(timezone=zone)
    due = last_due(schedule, campus, moment)
    assert due <= moment < due + timedelta(hours=26)
    assert last_due(schedule, campus, due) == due
    before = last_due(schedule, campus, due - timedelta(seconds=1))
    assert clock.day_of(before, ZoneInfo(zone)) == clock.day_of(due, ZoneInfo(zone)) - timedelta(days=1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("state", "minutes_ago", "due"),
    [
        (None, 0, True),
        (Load.State.DONE, 59, False),
        (Load.State.DONE, 61, True),
        (Load.State.FAILED, 1, True),
        (Load.State.HELD, 59, False),
    ],
)
def test_what_was_loaded_is_not_due(state: Load.State | None, minutes_ago: int, due: bool) -> None:
    feed, now = Feed("sis", "oneroster", schedule="hourly"), utc(2026, 7, 1, 12)
    if state:
        started = now - timedelta(minutes=minutes_ago)
        Load.objects.create(feed="sis", state=state, started_at=started)
        Load.objects.create(feed="other", state=Load.State.DONE, started_at=now)
    assert is_due(feed, LONDON, now) is due
    assert not is_due(Feed("sis", "oneroster"), LONDON, now)


def test_only_due_feeds_are_loaded(school: School) -> None:
    school.clicks("u1,2026-09-08 09:00,view,k1,2")
    school.feeds["sis"]["schedule"] = "hourly"
    school.write()
    assert [load.feed for load in load_feeds(school.home, [], only_due=True)] == ["sis"]
    assert load_feeds(school.home, [], only_due=True) == []


def test_feeds_are_loaded_in_the_order_of_the_file(school: School) -> None:
    school.clicks("u1,2026-09-08 09:00,view,k1,2")
    assert [load.feed for load in school.load()] == ["sis", "lms"]
    assert [load.feed for load in school.load("lms")] == ["lms"]


def test_feeds_that_cannot_be(school: School) -> None:
    school.write()
    with pytest.raises(ConfigError, match="No feed is called 'hr'"):
        load_feeds(school.home, ["hr"])
    school.feeds["sis"]["source"] = "telepathy"
    school.write()
    with pytest.raises(ConfigError, match="'telepathy', which does not exist") as error:
        load_feeds(school.home, [])
    assert "oneroster" in error.value.remedy
    school.feeds = {}
    school.write()
    with pytest.raises(ConfigError, match="names no feeds"):
        load_feeds(school.home, [])
    assert not Load.objects.exists()
