"""A school small enough to know by heart.

Orgs: `uni` above `s1` (with department `d1`) and `s2`. `ada` advises st1 and st2 by name; `ben` and `cho` are the pool of
`s1` (st3 to st6; st6 through `d1`); `dee` takes whoever has no adviser (st7, st8 of `s2`). `tom` teaches all of them
in `k1`. The need falls from st1 (0.95) by 0.05 a student; st8 is not at risk.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from liwa.accounts.models import Account, Duty, Grant
from liwa.accounts.scope import Scope
from liwa.care.models import Capacity, Case
from liwa.care.weekly import Done, open_cases
from liwa.core.feeds import Campus
from liwa.digest.models import Band, Refresh, StudentDigest
from liwa.records.models import AcademicSession, Advising, Course, Enrollment, Klass, Org, Role, User

DAY = date(2026, 11, 16)
CAMPUS = Campus(name="Test school", timezone="Asia/Shanghai", as_of=DAY)
CUTOFF = datetime(2026, 11, 15, 16, tzinfo=UTC)  # the start of DAY in Shanghai
CARD = "risk-2026-11-16"
STUDENTS = {
    "st1": "s1",
    "st2": "s1",
    "st3": "s1",
    "st4": "s1",
    "st5": "s1",
    "st6": "d1",
    "st7": "s2",
    "st8": "s2",
}
STAFF = ("ada", "ben", "cho", "dee", "tom", "hal")
GIVEN = {"feed": "sis", "status": "active"}


def build() -> None:
    """Fill an empty database."""
    for key, parent in (("uni", None), ("s1", "uni"), ("d1", "s1"), ("s2", "uni")):
        Org.objects.create(sourced_id=key, name=key, type="school", parent_id=parent, **GIVEN)
    AcademicSession.objects.create(
        sourced_id="t1", title="Autumn", starts_on="2026-09-07", ends_on="2027-01-15", **GIVEN
    )
    Course.objects.create(sourced_id="c1", title="Rivers", **GIVEN)
    Klass.objects.create(
        sourced_id="k1", title="Rivers", course_id="c1", starts_on="2026-09-07", ends_on="2027-01-15", **GIVEN
    )
    for key in (*STUDENTS, *STAFF):
        User.objects.create(sourced_id=key, given_name=key, family_name="Moss", email=f"{key}@s.edu", **GIVEN)
    for key, org in STUDENTS.items():
        role(key, org, "student")
        enrolled(key, "student")
    for key in ("ada", "ben", "cho", "dee"):
        role(key, "s2" if key == "dee" else "s1", "counselor")
    role("tom", "s1", "teacher")
    role("hal", "s1", "principal")
    enrolled("tom", "teacher")
    advising("ada", student="st1")
    advising("ada", student="st2")
    advising("ben", org="s1")
    advising("cho", org="s1")
    Capacity.objects.create(adviser_id="dee", per_week=5, takes_unassigned=True)
    digest()


def role(user: str, org: str, kind: str) -> None:
    Role.objects.create(sourced_id=f"r-{user}", user_id=user, org_id=org, role=kind, **GIVEN)


def enrolled(user: str, kind: str) -> None:
    Enrollment.objects.create(sourced_id=f"e-{user}", user_id=user, klass_id="k1", role=kind, **GIVEN)


def advising(adviser: str, *, student: str | None = None, org: str | None = None, **more: Any) -> None:
    Advising.objects.create(
        sourced_id=f"a-{adviser}-{student or org}",
        adviser_id=adviser,
        student_id=student,
        org_id=org,
        **GIVEN,
        **more,
    )


def digest(**needs: float) -> None:
    """What the last refresh said: as above, or other needs."""
    Refresh.objects.update_or_create(
        pk="current", defaults={"as_of": CUTOFF, "finished_at": CUTOFF, "basis": "model", "card": CARD}
    )
    for number, key in enumerate(STUDENTS):
        need = needs.get(key, 0.95 - 0.05 * number)
        band = Band.LOW if key == "st8" else Band.HIGH
        values = {
            "top_id": f"e-{key}",
            "need": need,
            "risk": need,
            "band": band,
            "basis": "model",
            "classes": 1,
            "classes_at_risk": 1,
        }
        reasons = [{"key": "quiet", "days": number}]
        StudentDigest.objects.update_or_create(user_id=key, defaults={**values, "reasons": reasons})


def capacity(**per_week: int) -> None:
    for adviser, places in per_week.items():
        Capacity.objects.update_or_create(adviser_id=adviser, defaults={"per_week": places})


def week(after: int = 0) -> Done:
    """What the system does `after` days from DAY."""
    moved = timedelta(days=after)
    campus = Campus(name="Test school", timezone="Asia/Shanghai", as_of=DAY + moved)
    return open_cases(CUTOFF + moved, campus, CARD)


def scope(person: str | None, *duties: str, leads: str = "", after: int = 0) -> Scope:
    """An account of the person; the same one each time."""
    account, _new = Account.objects.get_or_create(
        username=f"account-{person}{''.join(duties)}{leads}", defaults={"person_id": person}
    )
    for duty in duties:
        Grant.objects.get_or_create(account=account, duty=duty, org=None)
    if leads:
        Grant.objects.get_or_create(account=account, duty=Duty.LEADERSHIP, org_id=leads)
    day = DAY + timedelta(days=after)
    return Scope(account, day, Campus(name="Test school", timezone="Asia/Shanghai", as_of=day))


def advisers() -> dict[str, str | None]:
    """{student: adviser} of all cases that are not closed."""
    return dict(Case.objects.exclude(open_for=None).values_list("student", "adviser"))


def case_of(student: str) -> Case:
    return Case.objects.get(open_for=student)
