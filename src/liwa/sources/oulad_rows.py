"""The rows one line of the OULAD stands for."""

from datetime import date, timedelta
from typing import NamedTuple

from liwa.core.names import invented_name
from liwa.core.rows import (
    AcademicSession,
    Course,
    Demographics,
    Enrollment,
    EventRow,
    Klass,
    Org,
    Record,
    Result,
    User,
)
from liwa.sources.fields import number, whole
from liwa.sources.oulad_days import Calendar, Presentation
from liwa.sources.tables import Row

ORG = Org(sourced_id="open-university", name="The Open University")


def text(row: Row, place: int) -> str:
    """A field, trimmed; '?' is how the data set says that a value is missing."""
    value = row[place].strip()
    return "" if value == "?" else value


class Attempt(NamedTuple):
    """A line of studentAssessment.csv: handed in `on` a day, marked `marking` later; `banked` from an earlier run."""

    key: str
    item: str
    user: str
    run: Presentation
    on: date | None
    score: float | None
    banked: bool
    marking: timedelta


def result_of(one: Attempt, calendar: Calendar) -> Result:
    """Its row. A result without a day was not handed in."""
    marked = one.on is not None and one.score is not None
    return Result(
        sourced_id=one.key,
        line_item=one.item,
        student=one.user,
        score_status="fully graded" if one.score is not None else "submitted" if one.on else "not submitted",
        score=one.score,
        score_date=one.on + one.marking if one.on is not None and marked else None,
        submitted_at=None if one.on is None else calendar.start(one.on),
        metadata={"banked": True} if one.banked else {},
    )


def result_events(one: Attempt, calendar: Calendar) -> tuple[EventRow, ...]:
    """`banked`, or `submitted` and, if there is a mark, `scored`."""
    if one.on is None:
        return ()
    if one.banked:
        return (_event("banked", one, one.on, one.score, calendar),)
    submitted = _event("submitted", one, one.on, None, calendar)
    if one.score is None:
        return (submitted,)
    return submitted, _event("scored", one, one.on + one.marking, one.score, calendar)


def _event(verb: str, one: Attempt, on: date, score: float | None, calendar: Calendar) -> EventRow:
    scored = "" if score is None else f"|{score}"
    return EventRow(
        f"{verb}|{one.key}|{on}{scored}",
        calendar.start(on),
        calendar.end(on),
        one.user,
        verb,
        one.item,
        "line_item",
        one.run.klass,
        score,
        None if score is None else "point",
    )


def course_of(one: Presentation, last_day: date) -> tuple[Record, ...]:
    """The presentation all its modules share, the term of this one's own length, the course and the class."""
    year = str(one.ends_on.year)
    shared = AcademicSession(
        sourced_id=one.code,
        title=one.code,
        type="semester",
        starts_on=one.starts_on,
        ends_on=last_day,
        school_year=str(last_day.year),
    )
    own = AcademicSession(
        sourced_id=one.klass,
        title=f"{one.module} {one.code}",
        type="term",
        starts_on=one.starts_on,
        ends_on=one.ends_on,
        parent=one.code,
        school_year=year,
    )
    course = Course(sourced_id=one.module, title=one.module, course_code=one.module, org=ORG.sourced_id)
    klass = Klass(
        sourced_id=one.klass,
        title=f"{one.module} {one.code}",
        class_code=one.klass,
        course=one.module,
        school=ORG.sourced_id,
        terms=[one.klass],
    )
    return shared, own, course, klass


def user_of(user: str, names: bool) -> User:
    """The data set names nobody; a demo may show invented `names` in their place."""
    given, family = invented_name(user) if names else ("", "")
    return User(
        sourced_id=user,
        username=user,
        given_name=given,
        family_name=family,
        identifier=user,
        primary_org=ORG.sourced_id,
    )


def demographics_of(user: str, row: Row, places: tuple[int, ...]) -> Demographics:
    """What a line of studentInfo.csv says of the person; `places` are its columns in the order of `FILES`."""
    disability = text(row, places[10])
    deprivation = text(row, places[6])
    return Demographics(
        sourced_id=user,
        sex={"M": "male", "F": "female"}.get(text(row, places[3]), text(row, places[3])),
        age_band=text(row, places[7]),
        disability=disability == "Y" if disability else None,
        # One band of the data set lacks the sign all others have.
        deprivation=f"{deprivation}%" if deprivation and not deprivation.endswith("%") else deprivation,
        region=text(row, places[4]),
    )


def enrollment_of(
    key: str,
    user: str,
    run: Presentation,
    days: tuple[date | None, date | None],
    row: Row,
    places: tuple[int, ...],
) -> Enrollment:
    """What a line of studentInfo.csv and the first and last of the `days` of a registration say together."""
    return Enrollment(
        sourced_id=key,
        klass=run.klass,
        user=user,
        school=ORG.sourced_id,
        begin_date=days[0],
        end_date=days[1],
        credits=number("studied_credits", text(row, places[9])),
        earlier_attempts=whole("num_of_prev_attempts", text(row, places[8])),
        prior_education=text(row, places[5]),
    )
