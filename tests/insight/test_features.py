"""Each feature on a campus small enough to work out by hand; unknown is null, never zero."""

import pickle
import re
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from liwa.insight import reasons
from liwa.insight.features import KEY, chosen, compute, features
from liwa.insight.population import running, runs, spine
from liwa.insight.tables import Campus
from tests.insight.campus import ZONE, Rows, at, event, tables

MONDAY = date(2026, 3, 2)
CUTOFF = at(MONDAY + timedelta(days=28))


def _day(number: int, hour: float = 12) -> Any:
    return at(MONDAY + timedelta(days=number), hour)


def _rows() -> Rows:
    """Class A: `ann` works, `bob` does not, `cem` handed in late; an earlier run of the course, a class beside it."""
    klass = [
        ("A", "A", MONDAY, 110),
        ("A-old", "A", MONDAY - timedelta(days=200), 110),
        ("B", "B", MONDAY, 110),
    ]
    rows: Rows = {
        "klass": [
            {
                "sourced_id": one,
                "course": course,
                "starts_on": on,
                "ends_on": on + timedelta(days=days),
                "terms": "[]",
            }
            for one, course, on, days in klass
        ],
        "line_item": [
            {"sourced_id": "A-1", "klass": "A", "due_date": MONDAY + timedelta(days=6), "weight": 10.0},
            {"sourced_id": "A-2", "klass": "A", "due_date": MONDAY + timedelta(days=20), "weight": 30.0},
            {"sourced_id": "A-3", "klass": "A", "due_date": MONDAY + timedelta(days=60), "weight": 60.0},
            {"sourced_id": "A-nobody", "klass": "A", "due_date": MONDAY + timedelta(days=5), "weight": 5.0},
            {"sourced_id": "old-1", "klass": "A-old", "due_date": MONDAY, "result_value_max": 20.0},
        ],
        "enrollment": [],
        "events": [],
        "outcome": [],
    }
    for one, user in [
        ("A", "ann"),
        ("A", "bob"),
        ("A", "cem"),
        ("A-old", "cem"),
        ("A-old", "dan"),
        ("B", "ann"),
    ]:
        key = f"{one}-{user}"
        began = MONDAY - timedelta(days=200 if one == "A-old" else 10)
        person = {"user": user, "role": "student", "prior_education": "本科", "begin_date": began}
        rows["enrollment"].append({"sourced_id": key, "klass": one, **person})
        rows["events"].append(event("registered", user, at(began), object=key, klass=one))
    rows["outcome"] = [
        {"sourced_id": "A-old-cem", "success": False, "known_at": _day(-60)},
        {"sourced_id": "A-old-dan", "success": True, "known_at": _day(-60)},
    ]
    rows["events"] += [
        event("submitted", "ann", _day(5), object="A-1"),
        event("scored", "ann", _day(5), _day(9), object="A-1", amount=60.0),
        event("scored", "ann", _day(5), _day(12), object="A-1", amount=80.0),
        event("submitted", "ann", _day(20, 23), object="A-2"),
        event("scored", "ann", _day(20), _day(40), object="A-2", amount=10.0),
        event("submitted", "ann", _day(26), object="A-3"),
        event("submitted", "cem", _day(8), object="A-1"),
        event("scored", "cem", _day(8), _day(9), object="A-1", amount=30.0),
        event("scored", "cem", _day(-110), _day(-100), object="old-1", amount=15.0),
    ]
    rows["result"] = []
    return rows


def _values(rows: Rows, *names: str) -> dict[str, dict[str, Any]]:
    """By user of class A: the columns of the features of these names, by default of all."""
    return _computed(pickle.dumps(rows), names)


@cache
def _computed(rows: bytes, names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    campus = Campus(tables(pickle.loads(rows)), ZONE)
    some = [one for one in chosen(protected=True) if not names or one.name in names]
    at_cutoff = spine(campus, running(runs(campus), CUTOFF, ZONE))
    found = compute(campus, at_cutoff, some).filter(lambda row: row.klass == "A")
    return {row["user"]: row for row in found.to_pyarrow().to_pylist()}


def _pick(row: dict[str, Any], *names: str) -> list[Any]:
    return [round(row[name], 4) if isinstance(row[name], float) else row[name] for name in names]


def test_missing_counts_what_was_due_and_expected() -> None:
    found = _values(_rows())
    names = ("due_count", "due_weight", "missing_count", "missing_weight", "missing_share", "missing_last")
    assert _pick(found["ann"], *names) == [2, 40.0, 0, 0.0, 0.0, 0.0]
    assert _pick(found["bob"], *names) == [2, 40.0, 2, 40.0, 1.0, 1.0]
    assert _pick(found["cem"], *names) == [2, 40.0, 1, 30.0, 0.5, 1.0]


def test_hand_ins_and_lateness() -> None:
    found = _values(_rows())
    names = ("handed_in", "ahead_count", "late_count", "days_since_hand_in")
    assert _pick(found["ann"], *names) == [3, 1, 0, 1.5]
    assert _pick(found["bob"], *names) == [0, 0, 0, None]
    assert _pick(found["cem"], *names) == [1, 0, 1, 19.5]
    assert found["cem"]["late_days"] == pytest.approx(1.5)


def test_the_latest_known_mark_counts_and_an_unknown_one_does_not() -> None:
    found = _values(_rows())
    assert _pick(found["ann"], "score_mean", "score_count", "score_class") == [0.8, 1, 0.25]
    assert _pick(found["cem"], "score_mean", "score_count", "failed_count") == [0.3, 1, 1]
    assert _pick(found["bob"], "score_mean", "score_last", "score_all") == [None, None, 0.0]


def test_a_waived_line_item_is_not_missing() -> None:
    rows = _rows()
    waived = {"line_item": "A-2", "student": "bob", "score_status": "exempt"}
    rows["result"] = [{**waived, "score_date": MONDAY + timedelta(days=15)}]
    assert _values(rows, "assessments")["bob"]["missing_count"] == 1
    rows["result"] = [{**waived, "score_date": MONDAY + timedelta(days=28)}]
    assert _values(rows, "assessments")["bob"]["missing_count"] == 2


def test_enrollment_and_earlier_classes() -> None:
    found = _values(_rows())
    names = (
        "registered_days",
        "other_classes",
        "earlier_ended",
        "earlier_completed",
        "earlier_share",
        "education",
    )
    assert _pick(found["ann"], *names) == [10.0, 1, 0, 0, None, 3]
    assert _pick(found["cem"], *names) == [10.0, 0, 1, 0, 0.0, 3]
    assert found["cem"]["earlier_score"] == 0.75
    assert found["ann"]["earlier_score"] is None
    assert found["ann"]["earlier_attempts"] is None


def test_withdrawing_from_another_running_class() -> None:
    rows = _rows()
    rows["events"].append(event("withdrew", "ann", _day(20), object="B-ann", klass="B"))
    assert _pick(_values(rows, "enrollment")["ann"], "other_classes", "withdrawn_elsewhere") == [0, 1]


def test_course() -> None:
    row = _values(_rows())["ann"]
    assert _pick(row, "left_share", "week_now") == [0.0, 4.0]
    assert row["fraction"] == pytest.approx(28 / 111)


def test_who_has_left_the_class() -> None:
    """Of those who began it: not who left before the first day, is back, or has left by what is not known yet."""
    rows = _rows()
    for number in range(4):
        student = {"user": f"u{number}", "role": "student", "begin_date": MONDAY}
        rows["enrollment"].append({"sourced_id": f"A-u{number}", "klass": "A", **student})
        rows["events"].append(event("registered", f"u{number}", _day(-9), object=f"A-u{number}", klass="A"))
    rows["events"] += [
        event("withdrew", "u0", _day(9), object="A-u0", klass="A"),
        event("withdrew", "u1", _day(-2), object="A-u1", klass="A"),
        event("withdrew", "u2", _day(9), object="A-u2", klass="A"),
        event("registered", "u2", _day(12), object="A-u2", klass="A"),
        event("withdrew", "u3", _day(9), _day(30), object="A-u3", klass="A"),
    ]
    assert _values(rows, "course")["ann"]["left_share"] == pytest.approx(1 / 6)


def test_a_mark_without_weight_says_nothing_where_others_have_one() -> None:
    rows = _rows()
    rows["line_item"][0]["weight"] = 0.0
    assert _pick(_values(rows, "assessments")["ann"], "score_mean", "score_count", "handed_in") == [
        None,
        0,
        3,
    ]
    # Examinations aside: where no course work weighs anything, all of it is judged alike.
    for item in rows["line_item"][1:4]:
        item["kind"] = "Exam"
    assert _pick(_values(rows, "assessments")["ann"], "score_mean", "score_count") == [0.8, 1]
    # Nor was it known on the day what was assigned later.
    for item in rows["line_item"][1:4]:
        item.update(kind="TMA", assign_date=MONDAY + timedelta(days=30))
    assert _pick(_values(rows, "assessments")["ann"], "score_mean", "score_count") == [0.8, 1]


def test_where_a_student_stands_in_the_class() -> None:
    found = _values(_rows())
    names = ("score_rank", "missing_rank", "late_rank", "registered_rank")
    assert _pick(found["ann"], *names) == [1.0, 0.0, 0.0, 0.0]
    assert _pick(found["cem"], *names) == [0.0, 0.5, 1.0, 0.0]
    assert _pick(found["bob"], *names) == [None, 1.0, None, 0.0]


def test_where_a_student_stood_in_earlier_classes() -> None:
    """Only in those that had ended, and only by what was known when they did."""
    rows = _rows()
    rows["events"] += [
        event("submitted", "dan", _day(-112), object="old-1"),
        event("submitted", "cem", _day(-110), object="old-1"),
        event("scored", "dan", _day(-112), _day(-100), object="old-1", amount=10.0),
        event("scored", "dan", _day(-112), _day(-80), object="old-1", amount=20.0),
    ]
    assert _pick(_values(rows, "enrollment")["cem"], "earlier_rank", "earlier_late") == [1.0, 1.0]
    assert _pick(_values(rows, "enrollment")["ann"], "earlier_rank", "earlier_late") == [None, None]


def test_without_a_feed_activity_is_unknown() -> None:
    row = _values(_rows())["ann"]
    names = [column.name for column in features["activity"].columns]
    assert {name: row[name] for name in names} == dict.fromkeys(names)


def test_activity_where_a_feed_covers_the_class() -> None:
    rows = _rows()
    for number in (0, 7, 14, 21, 26, 27):
        rows["events"].append(event("viewed", "ann", _day(number), klass="A", amount=10.0))
    rows["events"].append(event("viewed", "cem", _day(10), klass="A"))
    found = _values(rows, "activity")
    names = ("active_amount_7", "active_days_7", "active_days_28", "days_since_active", "quiet_weeks")
    assert _pick(found["ann"], *names) == [30.0, 3, 6, 0.0, 0]
    assert _pick(found["cem"], *names) == [0.0, 0, 1, 17.0, 2]
    assert _pick(found["bob"], *names) == [0.0, 0, 0, 999.0, 142]
    assert _pick(found["ann"], "active_ratio_7", "active_rank_28") == [3.0, 1.0]
    assert found["ann"]["active_trend"] > 0
    assert found["ann"]["campus_days_7"] is None


def test_a_feed_that_fell_silent_covers_nothing() -> None:
    rows = _rows()
    rows["events"].append(event("viewed", "ann", _day(20), klass="A"))
    assert _values(rows, "activity")["ann"]["active_days_7"] is None


def test_campus_activity_belongs_to_no_class() -> None:
    rows = _rows()
    rows["events"] += [event("entered", "ann", _day(26)), event("borrowed", "ann", _day(10))]
    found = _values(rows, "activity")
    assert _pick(found["ann"], "campus_days_7", "campus_days_28", "campus_days_since") == [1, 2, 1.0]
    assert _pick(found["bob"], "campus_days_28", "campus_days_since") == [0, 999.0]
    assert found["ann"]["active_days_7"] is None


def test_the_clock_change_loses_no_day() -> None:
    from zoneinfo import ZoneInfo

    from liwa.core.clock import end_of, start_of

    london = ZoneInfo("Europe/London")
    rows = _rows()
    rows["events"] = [one for one in rows["events"] if one["verb"] == "registered"]
    days = [date(2026, 3, 23) + timedelta(days=number) for number in range(7)]  # clocks change on the 29th
    rows["events"] += [
        event("viewed", "ann", start_of(day, london), end_of(day, london), klass="A") for day in days
    ]
    campus = Campus(tables(rows), london)
    some = spine(campus, running(runs(campus), start_of(date(2026, 3, 30), london), london))
    found = compute(campus, some, [features["activity"]]).to_pyarrow().to_pylist()
    assert {row["active_days_7"] for row in found if row["user"] == "ann" and row["klass"] == "A"} == {7}


def test_other_classes_without_a_begin_date_count_until_left() -> None:
    rows = _rows()
    rows["events"] = [one for one in rows["events"] if one.get("object") != "B-ann"]
    rows["enrollment"][-1]["begin_date"] = None
    assert _enrolled_elsewhere(rows) == (1, 0)
    rows["events"].append(event("withdrew", "ann", _day(-2), object="B-ann", klass="B"))
    assert _enrolled_elsewhere(rows) == (0, 1)


def _enrolled_elsewhere(rows: Rows) -> tuple[int, int]:
    """Of ann in class A: other classes, and those withdrawn from."""
    campus = Campus(tables(rows), ZONE)
    some = spine(campus, running(runs(campus), CUTOFF, ZONE))
    found = compute(campus, some, [features["enrollment"]]).to_pyarrow().to_pylist()
    (row,) = [one for one in found if one["enrollment"] == "A-ann"]
    return row["other_classes"], row["withdrawn_elsewhere"]


def test_protected_attributes_are_off_unless_asked_for() -> None:
    protected = {column.name for column in features["protected"].columns}
    assert protected == {"sex", "age_band", "disability", "deprivation", "region"}
    assert not protected & {column.name for one in chosen() for column in one.columns}


def test_every_feature_compiles_for_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    import ibis
    from ibis.backends.sql.compilers.pyspark import PySparkCompiler
    from ibis.config import Config

    class Options(Config):
        treat_nan_as_null: bool = False

    monkeypatch.setattr(ibis.options, "pyspark", Options())
    campus = Campus(tables(_rows()), ZONE)
    some = spine(campus, running(runs(campus), CUTOFF, ZONE))
    for one in chosen(protected=True):
        table = one.function(campus, some).select(*KEY, *[column.name for column in one.columns])
        assert "SELECT" in PySparkCompiler().to_sqlglot(table).sql("spark")


def test_every_column_is_documented_and_can_be_explained_or_is_meant_not_to_be() -> None:
    page = (Path(__file__).parents[2] / "docs" / "insight" / "features.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| `([a-z_0-9]+)` \| ([a-z]+) \|", page, re.M)
    columns = [(column.name, column.group) for one in chosen(protected=True) for column in one.columns]
    assert sorted(documented) == sorted(columns)
    silent = {"course", "registration", "earlier", "education", "protected"}
    assert {group for _, group in columns} == silent | set(reasons.SAYERS)
