"""Who sees which case, by every queryset, for every role; notes are for those in the case alone."""

from typing import Any

import pytest

from liwa.accounts.models import Duty
from liwa.accounts.scope import Scope
from liwa.care import actions
from liwa.care import scope as scopes
from liwa.care.models import Case
from tests.care.school import case_of, scope, week

pytestmark = pytest.mark.usefixtures("campus")

NOBODY: set[str] = set()


@pytest.fixture(autouse=True)
def cases(campus: None) -> None:
    """tom raised st3, st1 asked; everyone else at risk has a case; st3 is with ben, and tom has a note on nothing.

    st1's case is overdue, st2's was handed to dee, who brought hal in.
    """
    actions.raise_case(scope("tom"), "st3", "k1", "secret of tom")
    week()
    actions.ask_for_help(scope("st1"), "secret of st1")
    actions.hand_over(scope("ada"), case_of("st2").pk, "dee")
    actions.join(scope("dee"), case_of("st2").pk, "hal")
    for student in ("st1", "st2", "st3"):
        adviser = str(case_of(student).adviser_id)
        actions.log_contact(scope(adviser), case_of(student).pk, "met", f"secret of {adviser}")
    Case.objects.filter(student="st1").update(escalated_at="2026-11-16T00:00:00Z")


def someone(name: str) -> Scope:
    """The account of that name in the table below."""
    duties = {
        "office": Duty.DATA_OFFICE,
        "lead": Duty.LEADERSHIP,
        "registrar": Duty.REGISTRAR,
        "researcher": Duty.RESEARCHER,
    }
    if name in duties:
        return scope(None, duties[name])
    if name.endswith("-head"):
        return scope(None, leads=name.removesuffix("-head"))
    return scope(None if name == "none" else name)


def students(rows: Any) -> set[str]:
    found = list(rows.values_list("student", flat=True))
    assert len(found) == len(set(found))
    return set(found)


SEES: dict[str, dict[str, set[str]]] = {
    "ada": {"cases": {"st1"}},
    "dee": {"cases": {"st2", "st7"}},
    "hal": {"cases": {"st2"}},
    "tom": {"raised": {"st3"}},
    "st1": {"own_cases": {"st1"}},
    "st2": {"own_cases": {"st2"}},
    "st8": {},
    "uni-head": {"overdue": {"st1"}},
    "s1-head": {"overdue": {"st1"}},
    "s2-head": {},
    "d1-head": {},
    "office": {},
    "lead": {},
    "registrar": {},
    "researcher": {},
    "none": {},
}


@pytest.mark.parametrize("name", SEES)
@pytest.mark.parametrize("question", ["cases", "raised", "own_cases", "overdue"])
def test_every_role_sees_its_cases_and_no_other(name: str, question: str) -> None:
    rows = getattr(scopes, question)(someone(name))
    assert students(rows) == SEES[name].get(question, NOBODY)


@pytest.mark.parametrize("name", SEES)
def test_notes_and_history_are_for_those_in_the_case(name: str) -> None:
    who = someone(name)
    own = SEES[name].get("cases", NOBODY)
    assert set(scopes.contacts(who).values_list("case__student", flat=True)) <= own
    assert set(scopes.events(who).values_list("case__student", flat=True)) == own
    notes = set(scopes.contacts(who).exclude(note="").values_list("note", flat=True))
    expected = {"ada": {"secret of st1", "secret of ada"}, "dee": {"secret of dee"}, "hal": {"secret of dee"}}
    assert {note for note in notes if note.startswith("secret")} == expected.get(name, NOBODY)


@pytest.mark.parametrize("name", SEES)
@pytest.mark.parametrize("question", ["raised", "own_cases", "overdue"])
def test_who_is_not_in_a_case_is_given_its_status_without_words(name: str, question: str) -> None:
    for case in getattr(scopes, question)(someone(name)):
        assert {"reason", "snooze_reason", "reasons", "risk", "outcome"} <= case.get_deferred_fields()


def test_a_student_never_reads_her_own_case_as_one_of_those_in_it() -> None:
    case = case_of("st1")
    case.participants.create(person_id="st1", since=case.opened_at)
    assert students(scopes.cases(scope("st1"))) == NOBODY


def test_who_left_the_case_reads_nothing_more() -> None:
    case = case_of("st2")
    actions.leave(scope("hal"), case.pk)
    assert students(scopes.cases(scope("hal"))) == NOBODY
    assert not scopes.contacts(scope("hal")).exists()


def test_who_works_here_no_more_reads_nothing() -> None:
    from liwa.records.models import User

    User.objects.filter(pk="ada").update(enabled=False)
    assert students(scopes.cases(scope("ada"))) == NOBODY


def test_capacities_are_set_by_the_data_office_and_by_heads() -> None:
    def seen(who: Scope) -> set[str]:
        return set(scopes.capacities(who).values_list("pk", flat=True))

    assert seen(someone("office")) == {"ada", "ben", "cho", "dee"}
    assert seen(someone("s1-head")) == {"ada", "ben", "cho"}
    assert seen(someone("s2-head")) == {"dee"}
    for name in ("lead", "registrar", "researcher", "ada", "tom", "st1", "none"):
        assert seen(someone(name)) == NOBODY, name


def test_staff_are_neither_students_nor_families() -> None:
    from liwa.records.models import User
    from tests.care.school import DAY, GIVEN, role

    User.objects.create(sourced_id="mum", **GIVEN)
    role("mum", "s1", "parent")
    assert set(scopes.staff(DAY).values_list("pk", flat=True)) == {"ada", "ben", "cho", "dee", "tom", "hal"}
