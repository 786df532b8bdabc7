"""Who can have a capacity, what takes a place, and that the system gives nobody more than that."""

from contextlib import suppress
from datetime import timedelta
from random import Random

import pytest
from django.http import Http404

from liwa.accounts.models import Duty
from liwa.care import actions
from liwa.care.errors import Refused
from liwa.care.models import Capacity, Case, CaseEvent, CaseOutcome
from liwa.care.moment import instant
from liwa.care.pools import burden
from liwa.care.school import set_for
from liwa.core.errors import LiwaError
from liwa.records.models import Role, User
from tests.care.school import (
    CAMPUS,
    DAY,
    STUDENTS,
    advisers,
    capacity,
    case_of,
    digest,
    scope,
    week,
)

pytestmark = pytest.mark.usefixtures("campus")


@pytest.mark.parametrize(("who", "words"), [("st1", "Nobody"), ("tom", "advises nobody"), ("x", "Nobody")])
def test_only_advisers_have_a_capacity(who: str, words: str) -> None:
    """No student and no teacher, whoever asks for it."""
    with pytest.raises(LiwaError, match=words):
        set_for(who, 3, takes_unassigned=True)
    with pytest.raises(Http404):
        actions.set_capacity(scope(None, Duty.DATA_OFFICE), who, 3, True)
    assert not Capacity.objects.filter(adviser=who).exists()
    assert set_for("ada", 3, takes_unassigned=False).per_week == 3


def test_who_is_no_adviser_any_more_gets_no_students_without_one() -> None:
    Role.objects.filter(user="dee").update(status="tobedeleted")
    week()
    assert advisers().get("st7") is None
    assert User.objects.get(pk="dee").enabled


def test_an_adviser_who_studies_too_never_gets_her_own_case() -> None:
    Role.objects.create(sourced_id="r-st7-c", user_id="st7", org_id="s2", role="counselor", feed="sis")
    Capacity.objects.create(adviser_id="st7", per_week=9, takes_unassigned=True)
    Capacity.objects.filter(pk="dee").update(per_week=0)
    week()
    assert "st7" not in advisers()
    assert actions.ask_for_help(scope("st7"), "").adviser_id == "dee"


Deed = str
DEEDS: tuple[Deed, ...] = (
    "met", "no_answer", "support", "close", "no_need", "snooze", "wake", "hand_over", "reopen",
    "raise", "ask", "take", "capacity", "needs", "gone", "back",
)  # fmt: skip


def do(deed: Deed, chance: Random, after: int) -> None:
    """One deed, by whom and on whom chance decides; where it is refused, it is refused."""
    student, adviser = chance.choice(list(STUDENTS)), chance.choice(["ada", "ben", "cho", "dee"])
    case = Case.objects.filter(student=student).order_by("-pk").first()
    by = scope(case.adviser_id if case else None, after=after)
    number = case.pk if case else 0
    day = DAY + timedelta(days=after)
    deeds = {
        "met": lambda: actions.log_contact(by, number, "met"),
        "no_answer": lambda: actions.log_contact(by, number, "no_answer"),
        "support": lambda: actions.support(by, number),
        "close": lambda: actions.close(by, number, CaseOutcome.IMPROVED),
        "no_need": lambda: actions.close(by, number, CaseOutcome.NO_NEED),
        "snooze": lambda: actions.snooze(by, number, day + timedelta(days=chance.randint(1, 20)), "x"),
        "wake": lambda: actions.wake(by, number),
        "hand_over": lambda: actions.hand_over(by, number, adviser),
        "reopen": lambda: actions.reopen(by, number),
        "raise": lambda: actions.raise_case(scope("tom", after=after), student, "k1", "x"),
        "ask": lambda: actions.ask_for_help(scope(student, after=after), ""),
        "take": lambda: actions.take(scope(adviser, after=after), student),
        "capacity": lambda: capacity(**{adviser: chance.randint(0, 4)}),
        "needs": lambda: digest(**{student: chance.random()}),
        "gone": lambda: User.objects.filter(pk=adviser).update(enabled=False),
        "back": lambda: User.objects.filter(pk=adviser).update(enabled=True),
    }
    with suppress(Refused, Http404):
        deeds[deed]()


@pytest.mark.parametrize("seed", range(12))
def test_random_weeks_keep_to_capacity_and_to_one_case_a_student(seed: int) -> None:
    """Whatever people did in between: the system itself never leads anybody above their places."""
    chance = Random(seed)
    capacity(ada=2, ben=1, cho=2, dee=1)
    opened = 0
    for after in range(0, 60, chance.choice([3, 7])):
        for _deed in range(chance.randint(0, 8)):
            do(chance.choice(DEEDS), chance, after)
        opened += one_week(after)
    assert opened, "so that something was tested"
    assert CaseEvent.objects.filter(kind="escalated").exists() or seed, "overdue cases are among them"


def one_week(after: int) -> int:
    """A refresh, and what must hold after it; how many cases it opened."""
    last = CaseEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    done = week(after=after)
    given = CaseEvent.objects.filter(pk__gt=last, by=None, kind__in=("assigned", "handed_over"))
    has = burden(instant(CAMPUS) + timedelta(days=after))
    places = dict(Capacity.objects.values_list("adviser", "per_week"))
    for to in {event.details["to"] for event in given}:
        assert has[to] <= places[to], (to, after)
    under_way = list(Case.objects.exclude(state="closed").values_list("student", "open_for"))
    assert len(under_way) == len(set(under_way))
    assert all(student == key for student, key in under_way)
    assert not Case.objects.filter(state="closed").exclude(open_for=None).exists()
    for case in Case.objects.exclude(open_for=None).exclude(adviser=None):
        assert set(case.participants.filter(until=None).values_list("person", flat=True)) == {case.adviser_id}
    again = week(after=after).as_dict()
    assert {**again, "no_place": 0} == dict.fromkeys(again, 0), "safe to repeat"
    return done.opened


def test_what_takes_a_place_and_what_does_not() -> None:
    """As docs/care.md says."""
    capacity(ada=2)
    week()
    at = instant(CAMPUS)
    later = at + timedelta(days=8)
    assert (burden(at)["ada"], burden(later)["ada"]) == (2, 2), "who waits, however long"
    actions.snooze(scope("ada"), case_of("st1").pk, DAY + timedelta(days=20), "x")
    actions.support(scope("ada"), case_of("st2").pk)
    assert (burden(at)["ada"], burden(later)["ada"]) == (2, 0), (
        "put off or in support: of the first week alone"
    )
    actions.wake(scope("ada", after=8), case_of("st1").pk)
    assert burden(later)["ada"] == 1
    actions.close(scope("ada", after=8), case_of("st1").pk, "improved")
    assert burden(later)["ada"] == 0


def test_people_are_never_turned_away_and_take_the_place_of_one_that_risk_opens() -> None:
    """What a teacher raises or a student asks for finds somebody where everyone is full; risk then opens fewer."""
    capacity(ada=1)
    actions.raise_case(scope("tom"), "st1", "k1", "x")
    actions.ask_for_help(scope("st2"), "x")
    assert burden(instant(CAMPUS))["ada"] == 2
    week()
    assert Case.objects.filter(adviser="ada", origin="risk").count() == 0
