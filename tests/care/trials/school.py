"""Many students in many classes, for trials to draw from."""

from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

from liwa.accounts.models import Account
from liwa.care.models import Case, Contact
from liwa.care.trials import actions
from liwa.care.trials import design as drawing
from liwa.care.trials.models import Trial
from liwa.care.trials.terms import Terms
from liwa.digest.models import StudentDigest
from liwa.records.models import CampusProfile, Course, Enrollment, Klass, Outcome, User

STARTS, ENDS = date(2026, 9, 7), date(2027, 1, 15)
MONDAY = datetime(2026, 9, 20, 16, tzinfo=UTC)  # the start of Monday 21 September in Shanghai
LATEST = date(2027, 6, 30)  # no test looks later
WEEK = timedelta(weeks=1)
CLASSES = 12
SEED = "5eed" * 16


def build(students: int = 240) -> list[str]:
    """A school of so many students, in twelve classes in turn, with a need from 0 up; returns their ids."""
    CampusProfile.objects.create(name="Trial campus", timezone="Asia/Shanghai", simulated=True, as_of=LATEST)
    Course.objects.create(sourced_id="c", title="Hydrology", feed="sis")
    Klass.objects.bulk_create(
        Klass(sourced_id=f"k{at}", title=f"k{at}", course_id="c", starts_on=STARTS, ends_on=ENDS, feed="sis")
        for at in range(CLASSES)
    )
    names = [f"st{at:04}" for at in range(students)]
    User.objects.bulk_create(User(sourced_id=name, feed="sis") for name in names)
    Enrollment.objects.bulk_create(
        Enrollment(
            sourced_id=f"e-{name}",
            user_id=name,
            klass_id=f"k{at % CLASSES}",
            role="student",
            begin_date=STARTS,
            feed="sis",
        )
        for at, name in enumerate(names)
    )
    StudentDigest.objects.bulk_create(
        StudentDigest(
            user_id=name,
            top_id=f"e-{name}",
            need=at / students,
            risk=at / students,
            band="high",
            basis="model",
            classes=1,
            classes_at_risk=1,
        )
        for at, name in enumerate(names)
    )
    return names


def begun(design: str = "encouragement", outcome: str = "stayed", **more: object) -> Trial:
    """A trial that began on `MONDAY`, drawn alike every time: one draw in twenty tells what is not so."""
    given: dict[str, object] = {"students": 200, "horizon": 0 if outcome == "success" else 28, **more}
    with patch.object(drawing, "new_seed", return_value=SEED):
        actions.create("autumn", Terms(design=design, outcome=outcome, **given), by="office")  # type: ignore[arg-type]
    return actions.start("autumn", by="office", as_of=MONDAY + timedelta(hours=9))


def leave(students: list[str], day: date) -> None:
    """These leave their class on a day."""
    Enrollment.objects.filter(user__in=students).update(end_date=day)


def ended(students: list[str], success: bool | None) -> None:
    """What became of these in their class."""
    for name in students:
        Outcome.objects.create(enrollment_id=f"e-{name}", success=success, known_at=MONDAY, feed="sis")


def contact(student: str, at: datetime, kind: str = "called") -> None:
    """Somebody reaches out to the student."""
    account, _made = Account.objects.get_or_create(username="somebody")
    case, _made = Case.objects.get_or_create(
        student_id=student, defaults={"origin": "risk", "opened_at": at, "due_on": at.date()}
    )
    Contact.objects.create(case=case, kind=kind, at=at, by=account)
