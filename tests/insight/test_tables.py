"""Activity by campus day: what is summed, when it counts, and what an event was."""

from datetime import date, datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa

from liwa.insight.tables import Campus, days_ago
from tests.insight.campus import ZONE, at, event, tables

MONDAY = date(2026, 3, 2)
KLASS = {"sourced_id": "A", "course": "A", "starts_on": MONDAY, "ends_on": date(2026, 6, 1), "terms": "[]"}


def _days(*events: dict[str, Any], **others: Any) -> list[dict[str, Any]]:
    given = tables({"klass": [KLASS], "events": list(events)})
    for name, table in others.items():
        setattr(given, name, table)
    return list(
        Campus(given, ZONE).activity_days.order_by("user", "day", "known", "verb").to_pyarrow().to_pylist()
    )


def test_a_campus_day_is_one_row_from_midnight_to_midnight() -> None:
    first, last, next_day = at(MONDAY), at(MONDAY, 23) + timedelta(minutes=59), at(MONDAY, 24)
    rows = _days(*(event("viewed", "u1", when, klass="A", amount=2.0) for when in (first, last, next_day)))
    assert [(row["times"], row["amount"], row["first"], row["last"]) for row in rows] == [
        (2, 4.0, 0, 86_340),
        (1, 2.0, 0, 0),
    ]
    assert rows[0]["ends"] == rows[0]["known"] == int(next_day.timestamp())
    assert rows[1]["day"] == rows[0]["day"] + 1


def test_what_was_known_later_counts_from_the_end_of_that_day() -> None:
    known = at(MONDAY + timedelta(days=3), 10)
    rows = _days(
        event("viewed", "u1", at(MONDAY, 9), klass="A"),
        event("viewed", "u1", at(MONDAY, 9), known, klass="A"),
    )
    assert [row["known"] for row in rows] == [
        int(at(MONDAY + timedelta(days=days)).timestamp()) for days in (1, 4)
    ]
    assert {row["ends"] for row in rows} == {int(at(MONDAY + timedelta(days=1)).timestamp())}


def test_what_is_known_at_midnight_itself_does_not_count_then() -> None:
    midnight = at(MONDAY + timedelta(days=1))
    just_before = midnight - timedelta(microseconds=1)
    rows = _days(
        *(event("viewed", "u1", at(MONDAY, 9), known, klass="A") for known in (midnight, just_before))
    )
    assert [row["known"] - int(midnight.timestamp()) for row in rows] == [0, 86_400]


def test_the_records_say_what_kind_of_thing_it_was() -> None:
    resource = ibis.memtable(pa.table({"sourced_id": ["f", "x"], "kind": ["forumng", ""]}))
    rows = _days(
        event("viewed", "u1", at(MONDAY, 9), klass="A", object="f"),
        event("viewed", "u2", at(MONDAY, 9), klass="A", object="x"),
        resource=resource,
    )
    assert [row["kind"] for row in rows] == ["forumng", None]


def test_days_ago_counts_from_the_day_before_the_cutoff() -> None:
    number = (MONDAY - date(1970, 1, 1)).days
    days = ibis.memtable(pa.table({"today": [MONDAY] * 2, "day": [number - 1, number - 8]}))
    assert days.select(ago=days_ago(days.today, days.day)).to_pyarrow()["ago"].to_pylist() == [0, 7]


def test_clocks_that_change_are_followed() -> None:
    from zoneinfo import ZoneInfo

    campus = Campus(tables({"klass": [KLASS]}), ZoneInfo("Europe/London"))
    seconds = [
        int(datetime.fromisoformat(f"2026-{day}T12:00:00+00:00").timestamp()) for day in ("03-28", "03-29")
    ]
    given = ibis.memtable(pa.table({"second": seconds}))
    shown = given.select(local=campus.local(given.second)).to_pyarrow()["local"].to_pylist()
    assert [local - second for local, second in zip(shown, seconds, strict=True)] == [0, 3_600]
