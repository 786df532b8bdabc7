"""Rows for the tests of the records."""

from datetime import UTC, date, datetime
from typing import Any

from liwa.core.rows import (
    AcademicSession,
    Course,
    Enrollment,
    Klass,
    LineItem,
    Org,
    Outcome,
    Record,
    Result,
    Role,
    User,
)
from liwa.records.intake import LINE_BITS, Intake, Refused, Removal

STARTS, ENDS = date(2026, 9, 7), date(2027, 1, 15)


def org(key: str, parent: str | None = None) -> Org:
    return Org(sourced_id=key, name=key, parent=parent)


def term(key: str = "t1", starts: date = STARTS, ends: date = ENDS) -> AcademicSession:
    return AcademicSession(sourced_id=key, title=key, starts_on=starts, ends_on=ends)


def course(key: str = "c1") -> Course:
    return Course(sourced_id=key, title=key)


def klass(key: str = "k1", terms: tuple[str, ...] = ("t1",), of: str = "c1") -> Klass:
    return Klass(sourced_id=key, title=key, course=of, terms=list(terms))


def user(key: str, **given: Any) -> User:
    return User(sourced_id=key, **given)


def role(key: str, who: str, where: str) -> Role:
    return Role(sourced_id=key, user=who, org=where, role="student")


def enrollment(who: str, where: str = "k1", **given: Any) -> Enrollment:
    return Enrollment(sourced_id=f"e-{where}-{who}", klass=where, user=who, **given)


def item(key: str, where: str = "k1", **given: Any) -> LineItem:
    return LineItem(sourced_id=key, title=given.pop("title", "Final exam"), klass=where, **given)


def mark(who: str, score: float | None, item: str = "final", **given: Any) -> Result:
    given = {"score_date": date(2027, 1, 10), **given}
    return Result(sourced_id=f"x-{item}-{who}", line_item=item, student=who, score=score, **given)


def outcome(who: str, value: str = "pass", where: str = "k1") -> Outcome:
    known = datetime(2027, 1, 20, tzinfo=UTC)
    return Outcome(sourced_id=f"e-{where}-{who}", value=value, success=value == "pass", known_at=known)


def take(
    *parts: list[Record],
    feed: str = "sis",
    mistakes: tuple[int, ...] = (),
    complete: tuple[tuple[str, ...], ...] = (),
    kept: dict[str, set[str]] | None = None,
) -> tuple[list[Refused], list[Removal]]:
    """Take parts of one row a line, the first on line 2; gives what was refused and what was removed."""
    with Intake(feed) as intake:
        for number, rows in enumerate(parts):
            for line, row in enumerate(rows, start=2):
                intake.add(number << LINE_BITS | line, [row])
        intake.staged()
        refused = list(intake.refuse(mistakes).values())
        removals = intake.removals(complete, kept or {})
        intake.apply(removals)
    return refused, removals


def base(*people: str) -> None:
    """An org, a term, a course, a class, and these people enrolled in it."""
    rows: list[Record] = [org("o1"), term(), course(), klass()]
    take([*rows, *map(user, people), *map(enrollment, people)])
