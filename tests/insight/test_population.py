"""Who is predicted, and when."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from liwa.core.clock import end_of
from liwa.insight.population import running, runs, spine, weekly
from liwa.insight.tables import Campus
from tests.insight.campus import ZONE, Rows, at, event, tables

MONDAY = date(2026, 3, 2)
LAST = date(2026, 6, 21)


def _campus(events: list[dict[str, Any]], role: str = "student", begin_date: date | None = MONDAY) -> Campus:
    rows: Rows = {
        "klass": [{"sourced_id": "A", "course": "A", "starts_on": MONDAY, "ends_on": LAST, "terms": "[]"}],
        "enrollment": [
            {"sourced_id": "A-u1", "klass": "A", "user": "u1", "role": role, "begin_date": begin_date}
        ],
        "events": [{**one, "object": "A-u1", "klass": "A"} for one in events],
    }
    return Campus(tables(rows), ZONE)


def _active(campus: Campus, when: datetime) -> bool:
    return bool(spine(campus, running(runs(campus), when, ZONE)).count().to_pyarrow().as_py())


def _week(number: int) -> datetime:
    return at(MONDAY + timedelta(weeks=number))


def test_registered_students_are_in_until_their_withdrawal_is_known() -> None:
    left = event("withdrew", "u1", _week(3), _week(4))
    campus = _campus([event("registered", "u1", _week(1)), left])
    assert [_active(campus, _week(week) + timedelta(hours=1)) for week in range(6)] == [0, 1, 1, 1, 0, 0]


def test_an_event_at_the_very_cutoff_is_not_known_yet() -> None:
    campus = _campus([event("registered", "u1", _week(1))])
    assert not _active(campus, _week(1))
    assert _active(campus, _week(1) + timedelta(microseconds=1))


def test_who_registers_again_is_in_again() -> None:
    back = event("registered", "u1", _week(5))
    campus = _campus([event("registered", "u1", _week(0)), event("withdrew", "u1", _week(2)), back])
    assert [_active(campus, _week(week)) for week in (1, 3, 6)] == [1, 0, 1]


@pytest.mark.parametrize(("days_before", "stays"), [(0, True), (1, False)])
def test_leaving_on_the_last_day_is_no_withdrawal(days_before: int, stays: bool) -> None:
    left = end_of(LAST - timedelta(days=days_before), ZONE)
    campus = _campus([event("registered", "u1", _week(0)), event("withdrew", "u1", left)])
    assert _active(campus, end_of(LAST, ZONE)) is stays
    assert _active(campus, left)


def test_teachers_and_the_unregistered_are_out() -> None:
    assert not _active(_campus([event("registered", "u1", _week(0))], role="teacher"), _week(2))
    assert not _active(_campus([]), _week(2))


def test_without_a_begin_date_the_class_s_first_day_counts() -> None:
    campus = _campus([], begin_date=None)
    assert [_active(campus, _week(week)) for week in (0, 1, 15)] == [0, 1, 1]
    (row,) = spine(campus, weekly(runs(campus), [2], ZONE)).to_pyarrow().to_pylist()
    assert row["registered_at"] == at(MONDAY)
    assert not _active(_campus([], role="teacher", begin_date=None), _week(2))


@pytest.mark.parametrize("left", [_week(3), _week(-1)])
def test_without_a_begin_date_a_withdrawal_is_for_good(left: datetime) -> None:
    campus = _campus([event("withdrew", "u1", left)], begin_date=None)
    assert [_active(campus, _week(week)) for week in (2, 4)] == [left > _week(2), False]


def test_classes_run_from_their_first_to_their_last_day() -> None:
    found = runs(_campus([]))
    edge = timedelta(microseconds=1)
    begins, ends = at(MONDAY), at(LAST + timedelta(days=1))
    assert [bool(running(found, when, ZONE)) for when in (begins - edge, begins, ends - edge, ends)] == [
        0,
        1,
        1,
        0,
    ]


def test_weeks_are_the_campus_s_and_end_with_the_class() -> None:
    moments = weekly(runs(_campus([])), [0, 2, 15, 16], ZONE)
    assert [moment.week for moment in moments] == [0, 2, 15]
    assert moments[1].cutoff.isoformat() == "2026-03-15T16:00:00+00:00"
    assert moments[1].day == date(2026, 3, 16)


def test_several_weeks_at_once_are_one_row_each() -> None:
    campus = _campus([event("registered", "u1", _week(1))])
    rows = spine(campus, weekly(runs(campus), range(5), ZONE)).order_by("week").to_pyarrow().to_pylist()
    assert [row["week"] for row in rows] == [2, 3, 4]
    assert rows[0]["elapsed"] == 14.0
    assert rows[0]["length"] == 112
