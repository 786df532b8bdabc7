"""One student, for those who advise or teach them."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from liwa.care.steps import first_step, steps
from liwa.digest.models import EnrollmentDigest
from liwa.portal.actions import note_viewing
from liwa.portal.charts import Chart, Series
from liwa.portal.pages import IN_A_CASE, PageRequest, answer, page
from liwa.portal.questions import student as ask
from liwa.portal.questions.days import day_shown
from liwa.portal.questions.klass import IN_NEED
from liwa.portal.reasons import keep_to_the_class


@page("student", "student/<id:student>/", roles=IN_A_CASE | {"teacher"})
def student(request: PageRequest, student: str) -> HttpResponse:
    """All classes for the adviser; for a teacher the classes taught, and nothing drawn from others."""
    person = ask.one_student(request.scope, student)
    note_viewing(request.scope, person, "student")
    enrollments = ask.visible_enrollments(request.scope, person)
    overall = ask.overall(request.scope, person)
    day = day_shown(request.scope)
    taken = ask.running(enrollments, person, day, request.scope.known_until)
    if overall is None:
        for one in taken:
            keep_to_the_class(one.digest)
    titles = {one.digest.klass_id: one.digest.klass.title for one in taken}
    language = get_language() or settings.LANGUAGE_CODE
    known = steps(language)
    shown: dict[str, Any] = {
        "person": person,
        "overall": overall,
        "taken": [(one, activity_chart(one.digest), _step(one.digest, language, known)) for one in taken],
        "ended": ask.ended(enrollments, request.scope.known_until),
        "timeline": ask.timeline(overall, person, titles),
        "day": day,
        "case": ask.open_case(request.scope, person),
        "can_take": overall is not None,
    }
    return answer(request, "student", shown)


def _step(digest: EnrollmentDigest, language: str, known: dict[str, str]) -> str:
    """What to do first, where the student may need someone."""
    return first_step(digest.reasons, language, known) if digest.band in IN_NEED else ""


def activity_chart(digest: EnrollmentDigest) -> Chart | None:
    """The student's weeks in one class beside the class's median; None where no feed covers the class."""
    if all(week["amount"] is None for week in digest.weeks):
        return None
    return Chart(
        title=_("Activity in each week, beside the middle of the class"),
        axis_name=_("Week of the class"),
        axis=[str(week["week"]) for week in digest.weeks],
        series=[
            Series(_("This student"), [week["amount"] for week in digest.weeks]),
            Series(_("Middle of the class"), [week["class_median"] for week in digest.weeks], role="peer"),
        ],
    )
