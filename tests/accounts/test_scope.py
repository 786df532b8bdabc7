"""Whom an account may see: every queryset gives what is in scope and nothing else."""

from datetime import date
from typing import Any

import pytest

from liwa.accounts.models import Account, Duty, Grant
from liwa.accounts.scope import Scope
from liwa.records.models import (
    AcademicSession,
    Advising,
    Course,
    Enrollment,
    Klass,
    Org,
    Role,
    User,
)

DAY = date(2026, 11, 16)
ENDS = date(2027, 1, 15)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def campus() -> None:
    """A university of a school (with a department, with a section) and another; two classes; seven people."""
    given = {"feed": "sis", "status": "active"}
    for key, parent in (("uni", None), ("s1", "uni"), ("d1", "s1"), ("sec1", "d1"), ("s2", "uni")):
        Org.objects.create(sourced_id=key, name=key, parent_id=parent, **given)
    AcademicSession.objects.create(
        sourced_id="t1", title="Autumn", starts_on=date(2026, 9, 7), ends_on=ENDS, **given
    )
    Course.objects.create(sourced_id="c1", title="Rivers", **given)
    for key in ("k1", "k2"):
        Klass.objects.create(
            sourced_id=key, title=key, course_id="c1", starts_on="2026-09-07", ends_on=ENDS, **given
        )
    people = ("st1", "st2", "st3", "st4", "teach", "other", "advise")
    User.objects.bulk_create(User(sourced_id=key, **given) for key in people)
    for student, org in (("st1", "s1"), ("st2", "d1"), ("st3", "sec1"), ("st4", "s2")):
        Role.objects.create(sourced_id=f"r-{student}", user_id=student, org_id=org, role="student", **given)
    for who, klass in (("st1", "k1"), ("st2", "k1"), ("st3", "k2"), ("st4", "k2"), ("st1", "k2")):
        enrolled(who, klass)
    enrolled("teach", "k1", role="teacher")
    enrolled("other", "k2", role="aide")


def enrolled(who: str, klass: str, **given: Any) -> None:
    given = {"role": "student", "feed": "sis", **given}
    Enrollment.objects.create(sourced_id=f"e-{klass}-{who}", user_id=who, klass_id=klass, **given)


def advising(**given: Any) -> None:
    key = f"a{Advising.objects.count()}"
    Advising.objects.create(**{"sourced_id": key, "adviser_id": "advise", "feed": "advising", **given})


def scope(person: str | None, day: date = DAY, *duties: str) -> Scope:
    account = Account.objects.create_user(f"account-{person}-{Account.objects.count()}", person_id=person)
    Grant.objects.bulk_create(Grant(account=account, duty=duty) for duty in duties)
    return Scope(account, day)


def keys(rows: Any) -> set[str]:
    found = list(rows.values_list("pk", flat=True))
    assert len(found) == len(set(found)), "each once"
    return set(found)


NOTHING: set[str] = set()


def test_an_account_that_is_nobody_sees_nobody() -> None:
    nobody = scope(None)
    assert nobody.roles == frozenset()
    for rows in (
        nobody.own_enrollments(),
        nobody.advisees(),
        nobody.advisee_enrollments(),
        nobody.taught_classes(),
        nobody.taught_enrollments(),
        nobody.enrollments(),
    ):
        assert keys(rows) == NOTHING
    assert not nobody.sees_campus
    assert not nobody.sees_feeds


def test_a_student_sees_only_self() -> None:
    student = scope("st1")
    assert student.roles == {"student"}
    assert keys(student.own_enrollments()) == keys(student.enrollments()) == {"e-k1-st1", "e-k2-st1"}
    assert keys(student.advisees()) == keys(student.taught_classes()) == NOTHING


def test_a_teacher_sees_the_own_classes() -> None:
    teacher = scope("teach")
    assert teacher.roles == {"teacher"}
    assert keys(teacher.taught_classes()) == {"k1"}
    assert keys(teacher.taught_enrollments()) == keys(teacher.enrollments()) == {"e-k1-st1", "e-k1-st2"}
    assert keys(teacher.own_enrollments()) == NOTHING
    assert keys(scope("other").taught_classes()) == {"k2"}


@pytest.mark.parametrize(
    ("end_date", "teaches"),
    [(None, True), (DAY, True), (date(2026, 11, 15), False), (date(2027, 6, 1), True)],
)
def test_a_teacher_who_was_replaced_sees_the_class_no_longer(end_date: date | None, teaches: bool) -> None:
    Enrollment.objects.filter(user="teach").update(end_date=end_date)
    teacher = scope("teach")
    assert keys(teacher.taught_classes()) == ({"k1"} if teaches else NOTHING)
    assert ("teacher" in teacher.roles) is teaches


def test_a_teacher_goes_on_seeing_classes_taught_to_their_end() -> None:
    Enrollment.objects.filter(user="teach").update(end_date=ENDS)
    assert keys(scope("teach", date(2027, 9, 1)).taught_classes()) == {"k1"}


def test_an_adviser_by_student() -> None:
    advising(student_id="st1")
    advising(student_id="st4")
    adviser = scope("advise")
    assert adviser.roles == {"adviser"}
    assert keys(adviser.advisees()) == {"st1", "st4"}
    assert keys(adviser.advisee_enrollments()) == {"e-k1-st1", "e-k2-st1", "e-k2-st4"}
    assert keys(adviser.enrollments()) == keys(adviser.advisee_enrollments())
    assert keys(adviser.taught_classes()) == NOTHING


@pytest.mark.parametrize(
    ("org", "students"),
    [
        ("uni", {"st1", "st2", "st3", "st4"}),
        ("s1", {"st1", "st2", "st3"}),
        ("d1", {"st2", "st3"}),
        ("sec1", {"st3"}),
        ("s2", {"st4"}),
    ],
)
def test_an_adviser_by_org_and_those_below(org: str, students: set[str]) -> None:
    advising(org_id=org)
    assert keys(scope("advise").advisees()) == students


def test_an_adviser_by_student_and_org_sees_each_once() -> None:
    advising(org_id="d1")
    advising(org_id="sec1")
    advising(student_id="st2")
    advising(student_id="st1")
    assert keys(scope("advise").advisees()) == {"st1", "st2", "st3"}


def test_orgs_that_go_round_in_a_circle() -> None:
    Org.objects.filter(pk="uni").update(parent="sec1")
    advising(org_id="d1")
    assert keys(scope("advise").advisees()) == {"st1", "st2", "st3", "st4"}


@pytest.mark.parametrize(
    ("begin", "end", "advises"),
    [
        (None, None, True),
        (DAY, DAY, True),
        (date(2026, 11, 17), None, False),
        (None, date(2026, 11, 15), False),
        (date(2026, 1, 1), date(2026, 12, 31), True),
    ],
)
@pytest.mark.parametrize("how", [{"student_id": "st1"}, {"org_id": "s1"}])
def test_advising_from_a_day_to_a_day(
    how: dict[str, str], begin: date | None, end: date | None, advises: bool
) -> None:
    advising(**how, begin_date=begin, end_date=end)
    adviser = scope("advise")
    assert ("st1" in keys(adviser.advisees())) is advises
    assert ("adviser" in adviser.roles) is advises


def test_who_has_left_the_org_is_no_advisee_of_it() -> None:
    advising(org_id="d1")
    Role.objects.filter(user="st2").update(end_date=date(2026, 11, 15))
    Role.objects.filter(user="st3").update(role="teacher")
    assert keys(scope("advise").advisees()) == NOTHING


@pytest.mark.parametrize("model", [User, Enrollment, Advising, Klass, Org, Role])
def test_what_was_removed_is_out_of_scope(model: Any) -> None:
    advising(org_id="s1")
    model.objects.update(status="tobedeleted")
    adviser, student, teacher = scope("advise"), scope("st1"), scope("teach")
    if model in (User, Advising, Role):
        assert keys(adviser.advisees()) == NOTHING
    if model is Org:
        assert keys(adviser.advisees()) == {"st1"}  # named; its departments are gone
    if model in (Enrollment, Klass):
        assert keys(teacher.taught_classes()) == NOTHING
    if model is Enrollment:
        assert keys(student.own_enrollments()) == keys(adviser.advisee_enrollments()) == NOTHING


def test_one_person_may_be_several() -> None:
    enrolled("teach", "k2")
    advising(student_id="st4", adviser_id="teach")
    both = scope("teach", DAY, Duty.LEADERSHIP)
    assert both.roles == {"teacher", "student", "adviser", "leadership"}
    assert keys(both.enrollments()) == {"e-k1-st1", "e-k1-st2", "e-k2-teach", "e-k2-st4"}


@pytest.mark.parametrize(
    ("duty", "campus_", "feeds"),
    [
        (Duty.DATA_OFFICE, True, True),
        (Duty.LEADERSHIP, True, False),
        (Duty.REGISTRAR, True, False),
        (Duty.RESEARCHER, False, False),
    ],
)
def test_duties_show_figures_and_no_persons(duty: str, campus_: bool, feeds: bool) -> None:
    office = scope(None, DAY, duty)
    assert office.roles == {duty}
    assert (office.sees_campus, office.sees_feeds) == (campus_, feeds)
    assert keys(office.enrollments()) == NOTHING


def test_who_has_left_the_school_sees_nothing() -> None:
    advising(student_id="st4", adviser_id="teach")
    for change in ({"status": "tobedeleted"}, {"status": "active", "enabled": False}):
        User.objects.filter(pk="teach").update(**change)
        gone = scope("teach") if not Account.objects.exists() else Scope(Account.objects.get(), DAY)
        assert gone.person is None
        assert gone.roles == frozenset()
        assert keys(gone.enrollments()) == keys(gone.taught_classes()) == keys(gone.advisees()) == NOTHING


def test_a_duty_for_one_org_is_none_for_the_campus() -> None:
    office = scope(None)
    Grant.objects.create(account=office.account, duty=Duty.DATA_OFFICE, org_id="s1")
    assert office.duties == frozenset()
    assert not office.sees_feeds
