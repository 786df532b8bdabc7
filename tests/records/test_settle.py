"""What follows from the records: days of classes, outcomes from deciding marks."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liwa.core.feeds import Campus, OutcomeRule
from liwa.records.campus import describe, profile
from liwa.records.models import Enrollment, Klass, Outcome
from liwa.records.settle import settle, settle_classes, settle_outcomes
from tests.records import school
from tests.records.school import ENDS, STARTS, base, enrollment, item, klass, mark, outcome, take, term

pytestmark = pytest.mark.django_db

CAMPUS = Campus(timezone="Asia/Shanghai")
RULE = OutcomeRule("final exam", 60.0)


def found() -> dict[str, tuple[str, bool | None]]:
    return {row.pk: (row.value, row.success) for row in Outcome.objects.filter(status="active")}


def test_a_class_lasts_from_its_first_term_to_its_last() -> None:
    later = term("t2", date(2027, 2, 20), date(2027, 7, 1))
    take([term(), later, school.course(), klass("k1", ("t2", "t1")), klass("k2", ("t2",)), klass("k3", ())])
    assert settle_classes() == 2
    days = dict(Klass.objects.values_list("pk", "starts_on"))
    assert days == {"k1": STARTS, "k2": date(2027, 2, 20), "k3": None}
    assert Klass.objects.get(pk="k1").ends_on == date(2027, 7, 1)
    assert settle_classes() == 0
    take([term("t1", STARTS + timedelta(days=1), ENDS)])
    assert settle_classes() == 1
    assert Klass.objects.get(pk="k1").starts_on == STARTS + timedelta(days=1)


def test_marks_decide() -> None:
    base("u1", "u2", "u3", "u4")
    take([item("final"), mark("u1", 60), mark("u2", 59.9), mark("u3", None)])
    assert settle_outcomes(RULE, CAMPUS) == 2
    assert found() == {"e-k1-u1": ("passed", True), "e-k1-u2": ("failed", False)}
    # known when the day of the mark is over in Shanghai
    assert Outcome.objects.get(pk="e-k1-u1").known_at == datetime(2027, 1, 10, 15, 59, 59, 999999, UTC)


@pytest.mark.parametrize(
    ("title", "kind", "decides"),
    [("FINAL EXAM", "", True), ("Essay", "Final Exam", True), ("Final exam 2", "", False)],
)
def test_the_deciding_item_goes_by_title_or_kind(title: str, kind: str, decides: bool) -> None:
    base("u1")
    take([item("final", title=title, kind=kind), mark("u1", 80)])
    assert settle_outcomes(RULE, CAMPUS) == int(decides)


@pytest.mark.parametrize(("full", "score", "passed"), [(50.0, 30, True), (50.0, 29, False), (0.0, 60, True)])
def test_the_pass_mark_is_percent_of_the_full_mark(full: float, score: float, passed: bool) -> None:
    base("u1")
    take([item("final", result_value_max=full), mark("u1", score)])
    settle_outcomes(RULE, CAMPUS)
    assert found()["e-k1-u1"][1] is passed


def test_a_mark_is_known_when_it_was_last_modified() -> None:
    base("u1", "u2")
    at = datetime(2027, 1, 12, 3, 4, 5, tzinfo=UTC)
    undated = mark("u2", 80, score_date=None)
    take([item("final"), mark("u1", 80, date_last_modified=at), undated])
    assert settle_outcomes(RULE, CAMPUS) == 1  # when the other became known nobody says
    assert Outcome.objects.get().known_at == at


def test_the_last_of_several_deciding_marks_counts() -> None:
    base("u1", "u2")
    resit = [mark("u1", 70, "resit", score_date=date(2027, 2, 1)), mark("u2", 10, "resit", score_date=None)]
    take([item("final"), item("resit"), mark("u1", 30), mark("u2", 90), *resit])
    settle_outcomes(RULE, CAMPUS)
    assert found() == {"e-k1-u1": ("passed", True), "e-k1-u2": ("passed", True)}


def test_who_left_before_the_end_has_withdrawn() -> None:
    base()
    people = [school.user(name) for name in ("u1", "u2", "u3")]
    take(
        [
            *people,
            enrollment("u1", end_date=date(2026, 10, 1)),
            enrollment("u2", end_date=ENDS),
            enrollment("u3"),
        ]
    )
    settle_classes()
    take([item("final"), mark("u1", 90)])
    settle_outcomes(RULE, CAMPUS)
    assert found() == {"e-k1-u1": ("withdrawn", False)}
    assert Outcome.objects.get().known_at == datetime(2026, 10, 1, 15, 59, 59, 999999, UTC)


def test_teachers_and_removed_students_have_no_outcome() -> None:
    base("u1", "u2")
    take([enrollment("u1", role="teacher"), enrollment("u2", status="tobedeleted")])
    take([item("final"), mark("u1", 90), mark("u2", 90)])
    assert settle_outcomes(RULE, CAMPUS) == 0


def test_a_corrected_mark_corrects_the_outcome() -> None:
    base("u1", "u2", "u3")
    take([item("final"), mark("u1", 50), mark("u2", 50), mark("u3", 50)])
    assert settle_outcomes(RULE, CAMPUS) == 3
    assert settle_outcomes(RULE, CAMPUS) == 0
    take([mark("u1", 70), mark("u2", None)])
    assert settle_outcomes(RULE, CAMPUS) == 2
    assert found() == {"e-k1-u1": ("passed", True), "e-k1-u3": ("failed", False)}
    take([mark("u1", 70, status="tobedeleted"), item("final", status="tobedeleted")])
    assert settle_outcomes(RULE, CAMPUS) == 2
    assert found() == {}


def test_given_outcomes_win() -> None:
    base("u1", "u2")
    take([item("final"), mark("u1", 10), mark("u2", 10)])
    settle_outcomes(RULE, CAMPUS)
    take([outcome("u1")], feed="registrar")
    assert settle_outcomes(RULE, CAMPUS) == 0
    assert found() == {"e-k1-u1": ("pass", True), "e-k1-u2": ("failed", False)}
    take([], feed="registrar", complete=(("outcome",),))
    assert settle_outcomes(RULE, CAMPUS) == 1
    assert found() == {"e-k1-u1": ("failed", False), "e-k1-u2": ("failed", False)}


def test_without_a_rule_nothing_is_derived() -> None:
    base("u1")
    take([item("final"), mark("u1", 90)])
    settle_outcomes(RULE, CAMPUS)
    assert settle_outcomes(None, CAMPUS) == 1
    assert found() == {}


def test_only_what_rests_on_a_change_is_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr("liwa.records.settle.settle_classes", lambda: called.append("klass") or 1)
    monkeypatch.setattr("liwa.records.settle.settle_outcomes", lambda *_: called.append("outcome") or 0)
    assert settle({"user", "role", "resource"}, RULE, CAMPUS) == set()
    assert called == []
    assert settle({"academic_session"}, RULE, CAMPUS) == {"klass"}
    assert called == ["klass", "outcome"]
    assert settle({"result"}, RULE, CAMPUS) == set()
    assert called[2:] == ["outcome"]


def test_a_new_rule_is_applied_when_it_is_described() -> None:
    base("u1")
    take([item("final"), mark("u1", 50)])
    assert describe(CAMPUS, None) == set()
    assert describe(CAMPUS, RULE) == {"outcome"}
    assert found() == {"e-k1-u1": ("failed", False)}
    assert describe(CAMPUS, RULE) == set()
    assert describe(CAMPUS, OutcomeRule("final exam", 40.0)) == {"outcome"}
    assert found() == {"e-k1-u1": ("passed", True)}
    assert describe(CAMPUS, None) == {"outcome"}
    assert found() == {}
    assert profile() == CAMPUS


def test_a_change_of_clocks_moves_what_is_dated_by_day() -> None:
    base("u1")
    take([item("final"), mark("u1", 50)])
    describe(CAMPUS, RULE)
    assert describe(Campus(timezone="UTC"), RULE) == {"outcome"}
    assert Outcome.objects.get().known_at == datetime(2027, 1, 10, 23, 59, 59, 999999, UTC)


@pytest.mark.slow
def test_thirty_thousand_enrollments_take_seconds_and_few_queries(db: Any) -> None:
    take([term(), school.course(), *(klass(f"k{number}") for number in range(30))])
    settle_classes()
    keys = [(f"u{number}", f"k{number % 30}") for number in range(30_000)]
    take([school.user(who) for who, _ in keys], [enrollment(who, where) for who, where in keys])
    take([item(f"final-{number}", f"k{number}") for number in range(30)])
    take([mark(who, number % 100, f"final-{where[1:]}") for number, (who, where) in enumerate(keys)])
    started = time.process_time()
    with CaptureQueriesContext(connection) as queries:
        assert settle_outcomes(RULE, CAMPUS) == 30_000
        assert settle_outcomes(RULE, CAMPUS) == 0
    assert Enrollment.objects.count() == Outcome.objects.count() == 30_000
    assert len(queries) < 40
    assert time.process_time() - started < 10
