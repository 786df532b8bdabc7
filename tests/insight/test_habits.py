"""Plan, rhythm, deadlines, forum and video, on the campus of `test_features`, worked out by hand."""

from datetime import timedelta
from typing import Any

import pytest

from tests.insight.campus import Rows, at, event
from tests.insight.test_features import MONDAY, _pick, _rows, _values


def _viewed(user: str, *days: float, kind: str | None = None, amount: float = 10.0) -> list[dict[str, Any]]:
    """Views in class A, known at once: day 3.5 is noon of the fourth day."""
    return [
        event("viewed", user, at(MONDAY + timedelta(days=int(day)), 24 * (day % 1)), klass="A", amount=amount)
        | ({"object_type": kind} if kind else {})
        for day in days
    ]


def _habits(rows: Rows) -> dict[str, dict[str, Any]]:
    return _values(rows, "plan", "rhythm", "deadlines", "media")


def _seen(*more: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    rows: Rows = _rows()
    for some in more:
        rows["events"] += some
    return _habits(rows)


def test_what_is_still_to_come_of_the_plan() -> None:
    rows = _rows()
    found = _habits(rows)
    assert _pick(found["bob"], "plan_count", "plan_weight", "plan_days") == [1, 60.0, 33.0]
    assert _pick(found["bob"], "due_soon_weight", "due_soon_rank") == [0.0, 0.0]
    # Due within a fortnight now: ann has handed it in ahead of time.
    rows["line_item"][2]["due_date"] = MONDAY + timedelta(days=35)
    found = _habits(rows)
    assert _pick(found["ann"], "due_soon_weight", "due_soon_rank") == [0.0, 0.0]
    assert _pick(found["bob"], "due_soon_weight", "due_soon_rank") == [60.0, 0.5]
    # What is assigned later is not known yet.
    rows["line_item"][2]["assign_date"] = MONDAY + timedelta(days=30)
    assert _pick(_habits(rows)["bob"], "plan_count", "plan_days", "due_soon_weight") == [0, None, 0.0]


def test_the_rhythm_of_weeks() -> None:
    """Four weeks have passed. Ann comes twice in each, bob in the first alone, cem never."""
    twice = [7 * week + day + 0.5 for week in range(4) for day in (1, 3)]
    found = _seen(_viewed("ann", *twice), _viewed("bob", 0.5, 1.5))
    names = ("weeks_active", "weeks_seen", "days_spread", "longest_gap")
    assert _pick(found["ann"], *names) == [4, 4, 0.0, 4]
    assert _pick(found["bob"], *names) == [1, 4, pytest.approx(0.866, abs=1e-3), 26]
    assert _pick(found["cem"], *names) == [0, 4, 0.0, 28]


def test_hours_are_unknown_where_the_feed_gives_days() -> None:
    midnight = _viewed("ann", 25.0, 26.0)
    assert _pick(_seen(midnight)["ann"], "night_share", "day_span") == [None, None]
    hours = _viewed("ann", 25 + 23.5 / 24, 26 + 9 / 24, 26 + 17 / 24)
    assert _pick(_seen(hours)["ann"], "night_share", "day_span") == [0.5, 4.0]
    assert _pick(_seen(hours)["bob"], "night_share", "day_span") == [None, None]


def test_work_before_deadlines() -> None:
    """A-2 is due on day 20: of ann's activity from day 7 on half is in the last three days, of cem's all."""
    covering = _viewed("bob", 27.5)
    found = _seen(covering, _viewed("ann", 10.5, 19.5), _viewed("cem", 18.5, 20.5))
    names = ("last_minute_share", "days_before_due")
    assert _pick(found["ann"], *names) == [0.5, 2.0]
    assert _pick(found["cem"], *names) == [1.0, 2.0]
    assert _pick(found["bob"], *names) == [None, None]


def test_forum_and_video_are_those_of_the_class() -> None:
    forum = [*_viewed("ann", 20.5, 26.5, kind="forumng"), *_viewed("cem", 27.5, kind="Discussion")]
    found = _seen(forum)
    assert _pick(found["ann"], "forum_days", "forum_class") == [2, pytest.approx(2 / 3, abs=1e-3)]
    assert _pick(found["bob"], "forum_days", "forum_class") == [0, pytest.approx(2 / 3, abs=1e-3)]
    assert _pick(found["bob"], "video_days", "video_class") == [None, None]
    watched = _viewed("bob", 26.5, kind="https://w3id.org/xapi/video/activity-type/video")
    assert _pick(_seen(watched)["bob"], "video_days", "forum_days") == [1, None]


def test_what_lies_long_ago_covers_no_forum() -> None:
    assert _pick(_seen(_viewed("ann", -2.5, kind="forum"))["ann"], "forum_days", "forum_class") == [
        None,
        None,
    ]
