"""Nothing known after the cut-off may be used: delete all of it, and every feature must come out the same.

LIWA_TEST_CAMPUSES=1000 tries a thousand of them.
"""

import json
import os
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from liwa.insight.features import KEY, Column, Feature, chosen, compute
from liwa.insight.population import running, runs, spine
from liwa.insight.tables import Campus, Table
from tests.insight.campus import ZONE, Rows, at, event, tables, without

MONDAY = date(2026, 3, 2)
USERS = ("u1", "u2", "u3")
EXAMPLES = int(os.environ.get("LIWA_TEST_CAMPUSES", "6"))


def _past(rows: Rows, cutoff: datetime) -> Rows:
    """What the school knew before the cut-off."""
    day = cutoff.astimezone(ZONE).date()
    # An enrollment is known from its registration, or from its outcome where a source gives nothing else.
    known = {
        row["object"] for row in rows["events"] if row["verb"] == "registered" and row["known_at"] < cutoff
    }
    known |= {row["sourced_id"] for row in rows.get("outcome", []) if row["known_at"] < cutoff}
    # One without a begin date is taken to be known from the class's first day.
    known |= {row["sourced_id"] for row in rows["enrollment"] if row.get("begin_date") is None}

    def gone(table: str, row: dict[str, Any]) -> bool:
        return bool(
            (table in ("events", "outcome") and row["known_at"] >= cutoff)
            or (table == "result" and row["score_date"] >= day)
            or (table == "line_item" and row["assign_date"] is not None and row["assign_date"] >= day)
            or (table == "enrollment" and row["sourced_id"] not in known)
        )

    return without(rows, gone)


def _features(rows: Rows, cutoff: datetime, some: Sequence[Feature]) -> list[dict[str, Any]]:
    campus = Campus(tables(rows), ZONE)
    at_cutoff = spine(campus, running(runs(campus), cutoff, ZONE))
    table = compute(campus, at_cutoff, some).order_by(*KEY).to_pyarrow().to_pylist()
    return [
        {name: round(value, 6) if isinstance(value, float) else value for name, value in row.items()}
        for row in table
    ]


def _check(rows: Rows, cutoff: datetime, some: Sequence[Feature]) -> int:
    """Assert that what came later makes no difference; the number of students looked at."""
    whole, past = _features(rows, cutoff, some), _features(_past(rows, cutoff), cutoff, some)
    assert [row["enrollment"] for row in whole] == [row["enrollment"] for row in past]
    for one, other in zip(whole, past, strict=True):
        assert {name: (one[name], other[name]) for name in one if one[name] != other[name]} == {}
    return len(whole)


@st.composite
def campuses(draw: st.DrawFn) -> tuple[Rows, datetime]:
    """Two courses in two terms, three students, everything else as it comes; and a cut-off in the second term."""
    rows: Rows = {"klass": [], "events": [], "enrollment": [], "line_item": [], "result": [], "outcome": []}
    hours = st.integers(-24 * 200, 24 * 60)
    lags = st.sampled_from([0, 0, 0, 1, 30, 24 * 9])

    def moment() -> tuple[datetime, datetime]:
        when = at(MONDAY, draw(hours))
        return when, when + timedelta(hours=draw(lags))

    for term, starts_on in (("S1", MONDAY - timedelta(days=150)), ("S2", MONDAY)):
        for course in "AB":
            klass = f"{course}-{term}"
            ends_on = starts_on + timedelta(days=draw(st.integers(40, 120)))
            rows["klass"].append(
                {
                    "sourced_id": klass,
                    "course": course,
                    "starts_on": starts_on,
                    "ends_on": ends_on,
                    "terms": json.dumps([term]),
                }
            )
            _class(draw, rows, klass, starts_on, moment)
    days = draw(st.integers(0, 39))
    return rows, at(MONDAY + timedelta(days=days), draw(st.sampled_from([0, 0, 9.5])))


def _class(draw: st.DrawFn, rows: Rows, klass: str, starts_on: date, moment: Any) -> None:
    items = [f"{klass}-{number}" for number in range(draw(st.integers(0, 3)))]
    for item in items:
        due = starts_on + timedelta(days=draw(st.integers(1, 39)))
        assigned = draw(st.sampled_from([None, starts_on, due - timedelta(days=3)]))
        rows["line_item"].append(
            {"sourced_id": item, "klass": klass, "due_date": due, "assign_date": assigned, "weight": 10.0}
        )
    for user in draw(st.lists(st.sampled_from(USERS), unique=True, min_size=1)):
        key = f"{klass}-{user}"
        dated = draw(st.sampled_from([True, True, False]))
        rows["enrollment"].append(
            {
                "sourced_id": key,
                "klass": klass,
                "user": user,
                "role": "student",
                "begin_date": starts_on if dated else None,
            }
        )
        later = st.lists(st.sampled_from(["registered", "withdrew"]), max_size=2)
        for verb in (
            ["registered", *draw(later)] if dated else draw(st.lists(st.just("withdrew"), max_size=1))
        ):
            rows["events"].append(event(verb, user, *moment(), object=key, klass=klass))
        rows["outcome"].append({"sourced_id": key, "success": draw(st.booleans()), "known_at": moment()[1]})
        for item in items:
            for verb in draw(
                st.lists(st.sampled_from(["submitted", "scored", "scored", "banked"]), max_size=3)
            ):
                amount = draw(st.sampled_from([0.0, 35.0, 80.0]))
                rows["events"].append(event(verb, user, *moment(), object=item, amount=amount))
            if draw(st.integers(0, 5)) == 0:
                on = moment()[0].date()
                rows["result"].append(
                    {"line_item": item, "student": user, "score_status": "exempt", "score_date": on}
                )
        for _ in range(draw(st.integers(0, 4))):
            rows["events"].append(
                event("viewed", user, *moment(), klass=draw(st.sampled_from([klass, None])))
            )


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[
        Phase.explicit,
        Phase.reuse,
        Phase.generate,
    ],  # each example takes a while: shrinking would take hours
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(campuses())
def test_what_came_later_changes_no_feature(drawn: tuple[Rows, datetime]) -> None:
    rows, cutoff = drawn
    _check(rows, cutoff, chosen(protected=True))


def _all_events(campus: Campus, at: Table) -> Table:
    """A leak: counts a user's events whenever they happen."""
    counts = campus.events.group_by("user").aggregate(leak=campus.events.count())
    return at.select(*KEY, "user").left_join(counts, "user")


def _occurred_only(campus: Campus, at: Table) -> Table:
    """A leak that is easily overlooked: goes by when things happened, not by when they were known."""
    joined = at.select(*KEY, "user").inner_join(campus.events, "user")
    joined = joined.filter(joined.occurred_at < joined.cutoff)
    return joined.group_by(*KEY).aggregate(leak=joined.count())


def _own_outcome(campus: Campus, at: Table) -> Table:
    """A leak: the answer itself."""
    answers = campus.outcome.select(enrollment="sourced_id", leak=campus.outcome.success.cast("int64"))
    return at.select(*KEY).left_join(answers, "enrollment")


@pytest.mark.parametrize("leak", [_all_events, _occurred_only, _own_outcome])
def test_a_planted_leak_is_caught(leak: Any) -> None:
    cutoff = at(MONDAY + timedelta(days=14))
    rows: Rows = {
        "klass": [
            {
                "sourced_id": "A",
                "course": "A",
                "starts_on": MONDAY,
                "ends_on": date(2026, 6, 1),
                "terms": "[]",
            }
        ],
        "enrollment": [
            {"sourced_id": "A-u1", "klass": "A", "user": "u1", "role": "student", "begin_date": MONDAY}
        ],
        "events": [
            event("registered", "u1", at(MONDAY), object="A-u1", klass="A"),
            event("viewed", "u1", at(MONDAY, 30), cutoff + timedelta(days=1), klass="A"),
        ],
        "outcome": [{"sourced_id": "A-u1", "success": True, "known_at": at(date(2026, 6, 9))}],
        "line_item": [],
        "result": [],
    }
    planted = Feature("planted", leak, (Column("leak", "missing", "a leak"),))
    assert _check(rows, cutoff, chosen()) == 1
    with pytest.raises(AssertionError):
        _check(rows, cutoff, [planted])


def test_a_record_known_at_the_cutoff_itself_does_not_count() -> None:
    cutoff = at(MONDAY + timedelta(days=14))
    rows: Rows = {
        "klass": [
            {
                "sourced_id": "A",
                "course": "A",
                "starts_on": MONDAY,
                "ends_on": date(2026, 6, 1),
                "terms": "[]",
            }
        ],
        "enrollment": [
            {
                "sourced_id": f"A-{user}",
                "klass": "A",
                "user": user,
                "role": "student",
                "begin_date": MONDAY,
            }
            for user in ("u1", "u2")
        ],
        "events": [
            event(
                "registered", "u1", at(MONDAY), cutoff - timedelta(microseconds=1), object="A-u1", klass="A"
            ),
            event("registered", "u2", at(MONDAY), cutoff, object="A-u2", klass="A"),
            event("viewed", "u1", at(MONDAY, 24), klass="A"),
            event("viewed", "u1", at(MONDAY + timedelta(days=10)), klass="A", amount=3.0),
            event("viewed", "u1", at(MONDAY + timedelta(days=11)), cutoff, klass="A", amount=4.0),
        ],
    }
    found = _features(rows, cutoff, chosen())
    assert [(row["enrollment"], row["active_amount_7"]) for row in found] == [("A-u1", 3.0)]
