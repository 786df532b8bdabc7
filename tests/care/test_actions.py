"""What people do with cases: what changes, what is kept, what is refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import Http404

from liwa.accounts.models import Duty
from liwa.care import actions
from liwa.care.errors import Refused
from liwa.care.models import Case, CaseEvent, Contact, FamilyContact, Wording
from liwa.care.wordings import DEFAULTS, wording, wordings
from tests.care.school import DAY, case_of, scope, week

pytestmark = pytest.mark.usefixtures("campus")


@pytest.fixture
def case() -> Case:
    """st1's case, with ada."""
    week()
    return case_of("st1")


def kinds(case: Case) -> list[str]:
    return list(case.events.order_by("pk").values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("kind", "state"),
    [("met", "contacted"), ("called", "contacted"), ("wrote", "contacted"), ("no_answer", "open")],
)
def test_a_contact_is_logged(case: Case, kind: str, state: str) -> None:
    after = actions.log_contact(scope("ada", after=3), case.pk, kind, " said hello ")
    assert (after.state, after.version) == (state, case.version + 1)
    assert after.due_on == (DAY + timedelta(days=10) if state == "contacted" else case.due_on)
    logged = case.contacts.get()
    assert (logged.kind, logged.note, logged.by.person_id) == (kind, "said hello", "ada")
    assert kinds(case) == ["opened", "assigned", "contacted"]
    assert "hello" not in str(list(case.events.values()))


def test_a_button_pressed_twice_is_one_contact(case: Case) -> None:
    actions.log_contact(scope("ada"), case.pk, "called")
    actions.log_contact(scope("ada"), case.pk, "called")
    actions.log_contact(scope("ada"), case.pk, "met")
    assert case.contacts.count() == 2


def test_from_open_to_the_outcome_and_back(case: Case) -> None:
    ada = scope("ada")
    actions.log_contact(ada, case.pk, "met")
    assert actions.support(ada, case.pk, "meets the tutor").state == "in_support"
    closed = actions.close(ada, case.pk, "improved", "all well")
    assert (closed.state, closed.outcome, closed.open_for) == ("closed", "improved", None)
    assert closed.closed_at is not None
    again = actions.reopen(ada, case.pk)
    assert (again.state, again.outcome, again.open_for) == ("contacted", "", "st1")
    assert kinds(case) == ["opened", "assigned", "contacted", "support", "closed", "reopened"]
    assert set(case.contacts.exclude(note="").values_list("note", flat=True)) == {
        "meets the tutor",
        "all well",
    }


REFUSED: list[tuple[str, tuple[Any, ...]]] = [
    ("log_contact", ("phoned",)),
    ("log_contact", ("note", "  ")),
    ("log_contact", ("met", "x" * 4001)),
    ("close", ("",)),
    ("close", ("cured",)),
    ("snooze", (DAY, "why")),
    ("snooze", (DAY + timedelta(days=61), "why")),
    ("snooze", (DAY + timedelta(days=3), " ")),
    ("hand_over", ("ada",)),
    ("leave", ()),
]


@pytest.mark.parametrize(("name", "given"), REFUSED)
def test_what_a_case_does_not_allow_is_refused_and_changes_nothing(
    case: Case, name: str, given: tuple[Any, ...]
) -> None:
    before = Case.objects.filter(pk=case.pk).values().get()
    with pytest.raises(Refused):
        getattr(actions, name)(scope("ada"), case.pk, *given)
    assert Case.objects.filter(pk=case.pk).values().get() == before
    assert kinds(case) == ["opened", "assigned"]


def test_a_closed_case_takes_a_note_and_nothing_else(case: Case) -> None:
    ada = scope("ada")
    actions.close(ada, case.pk, "other")
    actions.log_contact(ada, case.pk, "note", "she wrote later")
    for refused in (
        lambda: actions.log_contact(ada, case.pk, "met"),
        lambda: actions.support(ada, case.pk),
        lambda: actions.close(ada, case.pk, "improved"),
        lambda: actions.hand_over(ada, case.pk, "ben"),
        lambda: actions.snooze(ada, case.pk, DAY + timedelta(days=1), "why"),
        lambda: actions.join(ada, case.pk, "tom"),
    ):
        with pytest.raises(Refused):
            refused()


CALLS: list[tuple[str, tuple[Any, ...]]] = [
    ("log_contact", ("met",)),
    ("support", ()),
    ("close", ("improved",)),
    ("reopen", ()),
    ("hand_over", ("dee",)),
    ("snooze", (DAY + timedelta(days=1), "why")),
    ("wake", ()),
    ("join", ("tom",)),
    ("leave", ()),
]


@pytest.mark.parametrize(("name", "given"), CALLS)
@pytest.mark.parametrize("who", ["ben", "tom", "hal", "st1", "st2", None, Duty.DATA_OFFICE, Duty.LEADERSHIP])
def test_nobody_else_touches_the_case(case: Case, name: str, given: tuple[Any, ...], who: str | None) -> None:
    outside = scope(None, who) if who in set(Duty) else scope(who)
    with pytest.raises(Http404):
        getattr(actions, name)(outside, case.pk, *given)
    assert kinds(case) == ["opened", "assigned"]


def test_hand_over_keeps_the_history_and_ends_the_part_of_who_gave_it_away(case: Case) -> None:
    actions.log_contact(scope("ada"), case.pk, "met", "a note")
    after = actions.hand_over(scope("ada"), case.pk, "dee")
    assert (after.adviser_id, after.by_hand) == ("dee", True)
    with pytest.raises(Http404):
        actions.log_contact(scope("ada"), case.pk, "met")
    actions.log_contact(scope("dee"), case.pk, "called")
    assert case.contacts.filter(note="a note").exists()
    with pytest.raises(Http404):
        actions.hand_over(scope("dee"), case.pk, "tom")  # is no adviser


def test_a_head_hands_over_what_is_overdue_and_nothing_else(case: Case) -> None:
    head = scope("hal", leads="s1")
    with pytest.raises(Http404):
        actions.hand_over(head, case.pk, "ben")
    week(after=8)
    assert actions.hand_over(head, case.pk, "ben").adviser_id == "ben"
    assert case_of("st1").escalated_at is None
    for refused in ("close", "log_contact"):
        with pytest.raises(Http404):
            getattr(actions, refused)(head, case.pk, "met")


def test_who_joins_is_in_the_case_until_leaving(case: Case) -> None:
    actions.join(scope("ada"), case.pk, "tom")
    actions.join(scope("ada"), case.pk, "tom")
    actions.log_contact(scope("tom"), case.pk, "met")
    actions.leave(scope("tom"), case.pk)
    with pytest.raises(Http404):
        actions.log_contact(scope("tom"), case.pk, "met")
    assert kinds(case) == ["opened", "assigned", "joined", "contacted", "left"]
    with pytest.raises(Http404):
        actions.join(scope("ada"), case.pk, "st1")


def test_a_teacher_raises_a_case_with_her_reason() -> None:
    case = actions.raise_case(scope("tom"), "st3", "k1", " Sleeps in class ")
    assert (case.origin, case.reason, case.klass_id, case.adviser_id in {"ben", "cho"}) == (
        "teacher",
        "Sleeps in class",
        "k1",
        True,
    )
    assert case.risk is not None
    assert kinds(case) == ["opened", "assigned", "raised"]
    with pytest.raises(Http404):
        actions.raise_case(scope("ada"), "st3", "k1", "No class of hers")
    with pytest.raises(Refused):
        actions.raise_case(scope("tom"), "st4", "k1", " ")
    assert Case.objects.count() == 1, "a refusal leaves nothing"


def test_a_teacher_and_the_student_speak_up_in_the_case_that_is_there(case: Case) -> None:
    actions.snooze(scope("ada"), case.pk, DAY + timedelta(days=20), "exams")
    actions.raise_case(scope("tom"), "st1", "k1", "Sleeps in class")
    after = actions.ask_for_help(scope("st1"), "I cannot sleep")
    assert (after.pk, after.snoozed_until, after.reason) == (case.pk, None, "")
    assert set(case.contacts.values_list("note", flat=True)) == {
        "exams",
        "Sleeps in class",
        "I cannot sleep",
    }
    assert kinds(case)[-2:] == ["raised", "asked"]


def test_a_student_asks_for_help_without_words() -> None:
    case = actions.ask_for_help(scope("st8"))
    assert (case.origin, case.adviser_id, case.reason) == ("student", "dee", "")
    for who in ("ada", "tom", None):
        with pytest.raises(Http404):
            actions.ask_for_help(scope(who))


def test_an_adviser_takes_a_student_of_hers() -> None:
    case = actions.take(scope("ben"), "st3")
    assert (case.adviser_id, case.origin) == ("ben", "adviser")
    assert actions.take(scope("ben"), "st3").pk == case.pk
    with pytest.raises(Refused):
        actions.take(scope("cho"), "st3")
    with pytest.raises(Http404):
        actions.take(scope("dee"), "st1")


def test_capacities_families_and_words_are_kept_by_those_who_may() -> None:
    office = scope(None, Duty.DATA_OFFICE)
    assert actions.set_capacity(office, "ada", 12, False).per_week == 12
    for wrong in (-1, 501):
        with pytest.raises(Refused):
            actions.set_capacity(office, "ada", wrong, False)
    with pytest.raises(Http404):
        actions.set_capacity(scope("ada"), "ada", 1, False)
    with pytest.raises(Refused):
        actions.record_family_contact(scope("ada"), "st1", True, None)
    with pytest.raises(Refused):
        actions.record_family_contact(scope("ada"), "st1", True, DAY + timedelta(days=1))
    actions.record_family_contact(scope("ada"), "st1", True, DAY)
    with pytest.raises(Http404):
        actions.record_family_contact(scope("dee"), "st1", False, None)
    assert FamilyContact.objects.get().allowed


def test_words_are_the_schools_own_until_they_are_emptied() -> None:
    lead = scope(None, Duty.LEADERSHIP)
    actions.word(lead, "asked", "en", "Thanks, we are on it.")
    assert wording("asked", "en") == "Thanks, we are on it."
    assert wording("asked", "fr") == "Thanks, we are on it."
    assert wording("asked", "zh-hans") == DEFAULTS["asked"]["zh-hans"]
    assert [one.key for one in wordings() if one.own] == ["asked"]
    actions.word(lead, "asked", "en", " ")
    assert not Wording.objects.exists()
    for who, key in ((scope("ada"), "asked"), (lead, "unknown")):
        with pytest.raises(Http404):
            actions.word(who, key, "en", "x")


def test_all_defaults_are_in_both_languages() -> None:
    assert all(set(texts) == {"en", "zh-hans"} and all(texts.values()) for texts in DEFAULTS.values())


def test_no_event_ever_holds_words(case: Case) -> None:
    ada = scope("ada")
    actions.log_contact(ada, case.pk, "note", "SECRET")
    actions.snooze(ada, case.pk, DAY + timedelta(days=2), "SECRET")
    actions.wake(ada, case.pk)
    actions.support(ada, case.pk, "SECRET")
    actions.close(ada, case.pk, "other", "SECRET")
    actions.ask_for_help(scope("st1"), "SECRET")
    assert "SECRET" not in str(list(CaseEvent.objects.values()))
    assert Contact.objects.filter(note="SECRET").count() == 4
