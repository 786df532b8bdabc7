"""Teachers and advisers for a data set that names none: written as files, loaded like any school's."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from liwa.core.names import invented_name
from liwa.records.models import Enrollment, Klass, Org

STUDENTS_AN_ADVISER = 150
Row = Sequence[object]


def write_staff(folder: Path, running_on: date) -> None:
    """Write `<folder>/staff/*.csv` (OneRoster 1.2, delta) and `<folder>/advising.csv`.

    One teacher for each course, in all its classes; an adviser for every 150 students of the classes that run on
    the day, by the students' ids.
    """
    org = Org.objects.filter(status="active").order_by("pk").values_list("pk", flat=True)[0]
    courses = sorted(set(Klass.objects.values_list("course", flat=True)))
    teachers = {course: f"teacher-{course}" for course in courses}
    students = _students(running_on)
    advisers = [f"adviser-{place + 1:03}" for place in range(-(-len(students) // STUDENTS_AN_ADVISER))]
    staff = folder / "staff"
    staff.mkdir(parents=True, exist_ok=True)
    _write(staff / "manifest.csv", ("propertyName", "value"), _manifest())
    _write(staff / "users.csv", _USER, (_user(pk) for pk in [*teachers.values(), *advisers]))
    _write(staff / "roles.csv", _ROLE, _roles(teachers.values(), advisers, org))
    _write(staff / "enrollments.csv", _ENROLLMENT, _teaching(teachers, org))
    _write(folder / "advising.csv", _ADVISING, _advising(students, advisers))


_BASE = ("sourcedId", "status", "dateLastModified")
_USER = (*_BASE, "enabledUser", "username", "givenName", "familyName")
_ROLE = (*_BASE, "userSourcedId", "roleType", "role", "beginDate", "endDate", "orgSourcedId")
_ENROLLMENT = (*_BASE, "classSourcedId", "schoolSourcedId", "userSourcedId", "role")
_ADVISING = ("sourcedId", "adviserSourcedId", "studentSourcedId", "orgSourcedId", "beginDate", "endDate")
_FILES = (
    "academicSessions categories classes classResources courses courseResources demographics lineItems"
    " lineItemLearningObjectiveIds lineItemScoreScales orgs resources resultLearningObjectiveIds results"
    " resultScoreScales scoreScales userProfiles userResources"
).split()


def _manifest() -> Iterable[Row]:
    yield from (("manifest.version", "1.0"), ("oneroster.version", "1.2"))
    yield from ((f"file.{name}", "absent") for name in _FILES)
    yield from ((f"file.{name}", "delta") for name in ("enrollments", "roles", "users"))
    yield from (("source.systemName", "Invented staff"), ("source.systemCode", "invented"))


def _user(pk: str) -> Row:
    given, family = invented_name(pk)
    return (pk, "", "", "true", pk, given, family)


def _roles(teachers: Iterable[str], advisers: Iterable[str], org: str) -> Iterable[Row]:
    kinds = [(pk, "teacher") for pk in teachers] + [(pk, "counselor") for pk in advisers]
    return ((f"role-{pk}", "", "", pk, "primary", kind, "", "", org) for pk, kind in kinds)


def _teaching(teachers: dict[str, str], org: str) -> Iterable[Row]:
    for pk, course in Klass.objects.filter(status="active").order_by("pk").values_list("pk", "course"):
        yield (f"{pk}-{teachers[course]}", "", "", pk, org, teachers[course], "teacher")


def _students(running_on: date) -> list[str]:
    enrolled = Enrollment.objects.filter(
        role="student", status="active", klass__starts_on__lte=running_on, klass__ends_on__gte=running_on
    )
    return list(enrolled.order_by("user").values_list("user", flat=True).distinct())


def _advising(students: Sequence[str], advisers: Sequence[str]) -> Iterable[Row]:
    for place, student in enumerate(students):
        yield ("", advisers[place // STUDENTS_AN_ADVISER], student, "", "", "")


def _write(path: Path, header: Row, rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)
