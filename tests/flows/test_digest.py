"""What pages show, checked against a school whose figures can be worked out by hand.

The school is loaded and refreshed once for all tests here, which only look.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.test import TestCase
from pytest_django import DjangoDbBlocker

from liwa.digest.models import ClassDigest, EnrollmentDigest, FeedDigest, Refresh, StudentDigest
from tests.flows.pages import AS_OF, enrollment, figure, run, timeline
from tests.flows.school import STUDENTS, School, seven_weeks

WEEKS = 7


@pytest.fixture(scope="module")
def loaded(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[School]:
    """The school after seven weeks, in a transaction that ends with the last test here."""
    with django_db_blocker.unblock():
        TestCase.setUpClass()
        try:
            school = seven_weeks(School(tmp_path_factory.mktemp("school") / "home"))
            school.load()
            run(school)
            yield school
        finally:
            TestCase.tearDownClass()


@pytest.fixture
def shown(loaded: School, db: None) -> School:
    return loaded


def test_the_refresh_says_what_it_rests_on(shown: School) -> None:
    row = Refresh.objects.get()
    assert (row.as_of, row.basis) == (AS_OF, "rules")


def test_rules_without_ended_classes_give_no_probability(shown: School) -> None:
    assert set(EnrollmentDigest.objects.values_list("basis", "risk")) == {("rules", None)}
    assert set(StudentDigest.objects.values_list("basis", "risk")) == {("rules", None)}


def test_who_has_a_row(shown: School) -> None:
    k1 = {f"e-k1-u{n}" for n in range(1, STUDENTS + 1) if n != 19}
    k2 = {f"e-k2-u{n}" for n in range(1, 6)}
    assert set(EnrollmentDigest.objects.values_list("pk", flat=True)) == k1 | k2
    assert set(StudentDigest.objects.values_list("pk", flat=True)) == {
        f"u{n}" for n in range(1, STUDENTS + 1) if n != 19
    }


@pytest.mark.parametrize(
    ("user", "handed_in", "late", "missing", "mean"),
    [("u1", 2, 1, 0, 56), ("u15", 1, 0, 1, 80), ("u20", 0, 0, 2, None)],
)
def test_progress(
    shown: School, user: str, handed_in: int, late: int, missing: int, mean: float | None
) -> None:
    row = enrollment(f"e-k1-{user}")
    assert (row.due, row.handed_in, row.late, row.missing) == (2, handed_in, late, missing)
    assert row.mean_score == (None if mean is None else pytest.approx(mean, abs=0.5))
    assert row.week == WEEKS


def test_weeks_of_a_class_that_a_feed_covers(shown: School) -> None:
    weeks = enrollment("e-k1-u1").weeks
    assert [week["week"] for week in weeks] == list(range(1, WEEKS + 1))
    assert weeks[0] == {"week": 1, "amount": 5.0, "days": 2, "class_median": 0.0}
    assert weeks[2] == {"week": 3, "amount": 1.0, "days": 1, "class_median": 10.0}
    assert weeks[6]["amount"] == 0.0
    assert enrollment("e-k1-u1").last_active_on == date(2026, 10, 12)  # the day of the hand-in
    assert enrollment("e-k1-u20").last_active_on == date(2026, 9, 22)


def test_weeks_of_a_class_that_no_feed_covers_are_unknown(shown: School) -> None:
    weeks = enrollment("e-k2-u1").weeks
    assert len(weeks) == WEEKS
    assert {(week["amount"], week["days"], week["class_median"]) for week in weeks} == {(None, None, None)}
    assert enrollment("e-k2-u1").last_active_on is None


def test_a_student(shown: School) -> None:
    row = StudentDigest.objects.get(pk="u1")
    own = list(EnrollmentDigest.objects.filter(user="u1").order_by("-need"))
    assert row.top_id in {one.pk for one in own}
    assert row.need == max(one.need for one in own)
    assert (row.classes, row.missing) == (2, 0)
    assert row.classes_at_risk == sum(one.band in ("high", "medium") for one in own)
    top = next(one for one in own if one.pk == row.top_id)
    title = {"k1": "Rivers A", "k2": "Rivers B"}[top.klass_id]
    assert row.reasons == [{**reason, "klass": title} for reason in top.reasons]
    assert row.last_active_on == date(2026, 10, 12)


def test_the_last_twelve_weeks(shown: School) -> None:
    weeks = StudentDigest.objects.get(pk="u1").weeks
    assert len(weeks) == 12
    assert weeks[0]["week_of"] == "2026-08-03"
    assert weeks[-1]["week_of"] == "2026-10-19"
    seen = {week["week_of"]: week["amount"] for week in weeks if week["amount"] is not None}
    assert seen == {"2026-09-07": 2, "2026-09-21": 1}
    # where others were seen, not having been seen is nothing
    quiet = {week["week_of"]: week["amount"] for week in StudentDigest.objects.get(pk="u2").weeks}
    assert (quiet["2026-09-07"], quiet["2026-09-14"]) == (0, None)


def test_timelines(shown: School) -> None:
    assert timeline("u1") == [
        ("2026-10-12", "late", "Exam"),
        ("2026-09-25", "submitted", "Essay"),
        ("2026-09-22", "quiet", ""),
        ("2026-09-01", "registered", ""),
        ("2026-09-01", "registered", ""),
    ]
    entries = StudentDigest.objects.get(pk="u1").timeline
    assert entries[0] == {
        "on": "2026-10-12",
        "kind": "late",
        "klass": "k1",
        "title": "Exam",
        "score": 40.0,
        "max": 100.0,
    }
    assert entries[2] == {"on": "2026-09-22", "kind": "quiet", "klass": "", "title": "", "days": 34}
    assert timeline("u20") == [
        ("2026-10-11", "missed", "Exam"),
        ("2026-09-27", "missed", "Essay"),
        ("2026-09-22", "quiet", ""),
        ("2026-09-01", "registered", ""),
    ]


def test_a_class(shown: School) -> None:
    row = ClassDigest.objects.get(pk="k1")
    assert (row.week, row.running, row.covered) == (WEEKS, True, True)
    assert (row.students, row.withdrawn) == (20, 1)
    bands = list(EnrollmentDigest.objects.filter(klass="k1").values_list("band", flat=True))
    assert (row.high, row.medium) == (bands.count("high"), bands.count("medium"))
    assert len(row.weeks) == WEEKS
    # 1..18 and 20 clicks
    assert row.weeks[2] == {"week": 3, "active_share": 1.0, "median": 10.0, "q1": 5.5, "q3": 14.5}
    assert row.weeks[0]["active_share"] == pytest.approx(1 / 19)


def test_its_line_items(shown: School) -> None:
    essay, exam = ClassDigest.objects.get(pk="k1").items
    assert essay == {
        "line_item": "l1",
        "title": "Essay",
        "kind": "",
        "due": "2026-09-27",
        "weight": 40.0,
        "expected": 19,
        "handed_in": 18,
        "late": 0,
        "missing": 1,
        "mean": 80.0,
        "is_due": True,
    }
    assert (exam["handed_in"], exam["late"], exam["missing"], exam["mean"]) == (10, 10, 9, 40.0)


def test_earlier_runs(shown: School) -> None:
    before = ClassDigest.objects.get(pk="k0")
    assert (before.week, before.running, before.students, before.weeks) == (None, False, 12, [])
    assert ClassDigest.objects.get(pk="k1").earlier == [
        {
            "klass": "k0",
            "title": "Rivers before",
            "session": "2025-09-08",
            "weeks": [],
            "completed": pytest.approx(10 / 12),
        }
    ]
    assert before.earlier == []


def test_counts(shown: School) -> None:
    assert figure("counts") == {
        "students": 20,
        "staff": 1,
        "orgs": 2,
        "courses": 1,
        "classes_running": 2,
        "classes_ended": 1,
        "enrollments": 37,
        "events": 37 + 1 + 56 + 22,
    }
    bands = figure("bands")
    assert set(bands) == {"high", "medium", "low", "unknown"}
    assert sum(bands.values()) == 19


def test_groups(shown: School) -> None:
    (org,) = figure("by_org")
    assert (org["id"], org["name"], org["students"]) == ("o1", "School of Rivers", 19)
    assert org["completed"] == pytest.approx(10 / 12)
    (course,) = figure("by_course")
    assert (course["id"], course["name"], course["students"]) == ("c1", "Rivers", 19)
    assert course["completed"] == pytest.approx(10 / 12)
    high = StudentDigest.objects.filter(band="high").count()
    assert (org["high"], course["high"]) == (high, high)
    assert figure("outcomes") == [{"session": "2025-09-08", "completed": pytest.approx(10 / 12), "n": 12}]
    assert figure("weekly") == [{"week_of": "2026-09-21", "active": 20, "events": 20}]


def test_feeds(shown: School) -> None:
    lms = FeedDigest.objects.get(pk="lms")
    assert (lms.events, lms.unmatched) == (23, 0)
    assert lms.months == [{"month": "2026-09", "events": 22}, {"month": "2026-10", "events": 1}]
    assert (lms.first_at, lms.last_at) == (
        datetime(2026, 9, 8, 1, tzinfo=UTC),
        datetime(2026, 10, 25, 16, 30, tzinfo=UTC),
    )
