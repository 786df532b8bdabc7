"""The weekly rhythm: who gets a case, with whom, and that doing it again changes nothing."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liwa.care import actions, trials, weekly
from liwa.care.models import Capacity, Case, CaseEvent, Contact, Participant
from liwa.digest.models import StudentDigest
from liwa.records.models import Advising, Load, User
from tests.care.school import CARD, CUTOFF, DAY, advisers, advising, capacity, case_of, digest, scope, week

pytestmark = pytest.mark.usefixtures("campus")


def everything() -> list[object]:
    """All of care's rows."""
    tables = (Case, CaseEvent, Contact, Participant)
    return [list(model.objects.order_by("pk").values()) for model in tables]


def test_everyone_at_risk_gets_a_case_with_whom_they_belong_to() -> None:
    done = week()
    assert done.opened == 7
    assert done.no_place == 0
    found = advisers()
    assert "st8" not in found, "is not at risk"
    assert (found["st1"], found["st2"], found["st7"]) == ("ada", "ada", "dee")
    pool = [found[student] for student in ("st3", "st4", "st5", "st6")]
    assert sorted(pool, key=str) == ["ben", "ben", "cho", "cho"], "balanced"


def test_the_greatest_need_is_served_where_places_lack() -> None:
    capacity(ada=1, ben=1, cho=1)
    done = week()
    assert (done.opened, done.no_place) == (4, 3)
    assert set(advisers()) == {"st1", "st3", "st4", "st7"}


def test_doing_it_again_changes_nothing() -> None:
    capacity(ben=1, cho=1)
    week()
    before = everything()
    assert week().as_dict() == {**dict.fromkeys(week().as_dict(), 0), "no_place": 2}
    assert everything() == before


def test_closing_cases_makes_no_room_for_more_in_the_same_week() -> None:
    capacity(ada=1)
    week()
    actions.close(scope("ada"), case_of("st1").pk, "improved")
    week()
    assert "st2" not in advisers()
    week(after=7)
    assert advisers()["st2"] == "ada"


def test_cases_that_wait_take_places_and_those_in_support_do_not() -> None:
    capacity(ada=1)
    week()
    assert "st2" not in advisers()
    week(after=7)
    assert "st2" not in advisers(), "nobody has reached st1 yet"
    actions.support(scope("ada", after=8), case_of("st1").pk)
    week(after=9)
    assert advisers()["st2"] == "ada"


def test_what_a_case_says_can_be_traced() -> None:
    load = Load.objects.create(
        feed="lms",
        source="activity",
        file="f",
        sha256="0",
        state="done",
        started_at=CUTOFF,
        finished_at=CUTOFF,
    )
    week()
    case = case_of("st2")
    assert (case.cutoff, case.card, case.loads) == (CUTOFF, CARD, {"lms": load.pk})
    assert (case.risk, case.reasons) == (pytest.approx(0.9), [{"key": "quiet", "days": 1}])
    assert case.due_on == DAY + timedelta(days=7)
    assert list(case.events.order_by("pk").values_list("kind", flat=True)) == ["opened", "assigned"]


def test_a_later_cut_off_updates_what_is_said() -> None:
    week()
    digest(st1=0.5)
    done = week(after=1)
    case = case_of("st1")
    assert (done.updated, done.opened) == (7, 0)
    assert (case.risk, case.cutoff) == (0.5, CUTOFF + timedelta(days=1))


def test_a_look_at_the_past_does_nothing() -> None:
    week(after=7)
    before = everything()
    Capacity.objects.all().delete()
    assert set(week().as_dict().values()) == {0}
    assert everything() == before


@pytest.mark.parametrize(("outcome", "days"), [("no_need", 28), ("improved", 14)])
def test_a_closed_case_is_not_opened_again_at_once(outcome: str, days: int) -> None:
    week()
    actions.close(scope("ada"), case_of("st1").pk, outcome)
    week(after=days - 1)
    assert "st1" not in advisers()
    week(after=days + 1)
    assert "st1" in advisers()


def test_a_case_put_off_is_taken_up_again_on_its_day() -> None:
    week()
    case = case_of("st1")
    actions.snooze(scope("ada"), case.pk, DAY + timedelta(days=10), "On a field trip")
    assert week(after=9).woken == 0
    assert case_of("st1").escalated_at is None, "what is put off is not overdue"
    assert week(after=10).woken == 1
    woken = case_of("st1")
    assert (woken.pk, woken.snoozed_until, woken.due_on) == (case.pk, None, DAY + timedelta(days=17))
    assert woken.snooze_reason == ""


def test_what_is_overdue_is_escalated_once_and_to_those_who_lead() -> None:
    from liwa.care.scope import overdue

    week()
    head = scope("hal", leads="s1")
    actions.log_contact(scope("ada"), case_of("st1").pk, "no_answer")
    actions.support(scope("ada"), case_of("st2").pk)
    assert week(after=7).escalated == 0
    assert week(after=8).escalated == 6, "all but the one in support"
    assert week(after=9).escalated == 0
    assert set(overdue(head).values_list("student", flat=True)) == {"st1", "st3", "st4", "st5", "st6"}
    actions.log_contact(scope("ada", after=9), case_of("st1").pk, "met")
    assert "st1" not in overdue(head).values_list("student", flat=True)


def test_a_case_follows_the_student_to_a_new_adviser() -> None:
    week()
    Advising.objects.filter(student="st1").update(status="tobedeleted")
    advising("cho", student="st1")
    done = week(after=1)
    case = case_of("st1")
    assert (done.passed_on, case.adviser_id) == (1, "cho")
    assert list(case.participants.filter(until=None).values_list("person", flat=True)) == ["cho"]
    last = case.events.order_by("pk").last()
    assert last is not None
    assert (last.kind, last.by, last.details) == ("handed_over", None, {"from": "ada", "to": "cho"})


def test_a_choice_made_by_a_person_stands() -> None:
    week()
    actions.hand_over(scope("ada"), case_of("st1").pk, "dee")
    assert week(after=1).passed_on == 0
    User.objects.filter(pk="dee").update(enabled=False)
    week(after=2)
    assert advisers()["st1"] == "ada", "dee works here no more"


def test_a_case_without_an_adviser_comes_first_when_there_is_one() -> None:
    Capacity.objects.filter(pk="dee").update(takes_unassigned=False)
    case = actions.ask_for_help(scope("st8"), "I am lost")
    assert case.adviser_id is None
    Capacity.objects.filter(pk="dee").update(takes_unassigned=True, per_week=1)
    week()
    assert advisers()["st8"] == "dee"
    assert "st7" not in advisers()


def test_trials_may_hold_back_cases_opened_by_risk_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def withheld(students: list[str], cutoff: object, places: object = None) -> frozenset[str]:
        asked.append(list(students))
        return frozenset({"st1", "st3"})

    monkeypatch.setattr(weekly, "withheld", withheld)
    actions.raise_case(scope("tom"), "st3", "k1", "Sleeps in class")
    week()
    assert asked == [["st1", "st2", "st4", "st5", "st6", "st7"]]
    assert "st1" not in advisers()
    assert "st3" in advisers()
    assert trials.withheld([], CUTOFF) == frozenset()


def test_somebody_else_opening_a_case_at_the_same_moment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile(students: list[str], cutoff: object, places: object = None) -> frozenset[str]:
        Case.objects.create(
            student_id="st1", open_for="st1", origin="teacher", opened_at=CUTOFF, due_on=DAY, adviser_id="ada"
        ).events.create(kind="opened", at=CUTOFF)
        return frozenset()

    monkeypatch.setattr(weekly, "withheld", meanwhile)
    assert week().opened == 6
    assert case_of("st1").origin == "teacher"


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    places=st.fixed_dictionaries({one: st.integers(0, 3) for one in ("ada", "ben", "cho", "dee")}),
    needs=st.fixed_dictionaries({f"st{n}": st.sampled_from([0.2, 0.5, 0.9]) for n in range(1, 9)}),
    days=st.lists(st.integers(0, 6), max_size=4),
)
def test_nobody_is_over_capacity_and_no_student_twice(
    places: dict[str, int], needs: dict[str, float], days: list[int]
) -> None:
    for model in (CaseEvent, Contact, Participant, Case):
        model.objects.all().delete()
    capacity(**places)
    digest(**needs)
    on = 0
    for step in days:
        on += step
        week(after=on)
        opened = Case.objects.filter(opened_at__gt=CUTOFF + timedelta(days=on - 7, hours=23))
        for adviser, limit in places.items():
            assert Case.objects.filter(adviser=adviser, open_for__isnull=False).count() <= limit
            assert opened.filter(adviser=adviser).count() <= limit
        students = list(Case.objects.exclude(open_for=None).values_list("student", flat=True))
        assert len(students) == len(set(students))
        at_risk = StudentDigest.objects.exclude(band="low").values_list("pk", flat=True)
        assert set(students) <= set(at_risk)


def test_a_date_is_of_the_week_of_its_monday() -> None:
    assert weekly.week_of(date(2026, 11, 22)) == weekly.week_of(DAY) == DAY
