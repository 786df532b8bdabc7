"""A student's own page.

It shows no band and no risk. A word such as "needs help now" is meant for somebody trained to act on it; told to
the student it tends to become true. What the reasons say is turned into next steps that the student can take, and
what is going well is said too. Everything the figures rest on is shown: work, marks, own activity, who looked.
"""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liwa.digest.models import EnrollmentDigest
from liwa.portal.charts import Chart, Series
from liwa.portal.pages import Menu, PageRequest, answer, page
from liwa.portal.questions.care_told import own as care_of
from liwa.portal.questions.days import day_shown
from liwa.portal.questions.own import Own, own
from liwa.portal.reasons import next_step

STEPS_SHOWN = 4
UPCOMING_SHOWN = 8


@page(
    "me", "me/", roles={"student"}, menu=Menu(gettext_lazy("My courses"), "book", order=30), home_of="student"
)
def me(request: PageRequest) -> HttpResponse:
    """Own courses, progress, what is due, next steps, and who saw the data."""
    found = own(request.scope, request.scope.day, day_shown(request.scope))
    shown: dict[str, Any] = {
        "own": found,
        "classes": [(digest, found.work[digest.klass_id], own_chart(digest)) for digest in found.digests],
        "upcoming": found.upcoming[:UPCOMING_SHOWN],
        "steps": next_steps(found),
        "today": request.scope.day,
        "care": care_of(request.scope),
    }
    return answer(request, "me", shown)


def next_steps(found: Own) -> list[tuple[str, str]]:
    """(what to do, in which class), from the reasons of the classes that need it most; each step once."""
    steps: dict[str, str] = {}
    for digest in sorted(found.digests, key=lambda digest: -digest.need):
        for reason in digest.reasons:
            words = next_step(reason)
            if words:
                steps.setdefault(words, digest.klass.title)
    return list(steps.items())[:STEPS_SHOWN]


def own_chart(digest: EnrollmentDigest) -> Chart | None:
    """The student's own weeks, beside nobody's."""
    if all(week["amount"] is None for week in digest.weeks):
        return None
    return Chart(
        title=_("My activity in each week"),
        axis_name=_("Week of the class"),
        axis=[str(week["week"]) for week in digest.weeks],
        series=[Series(_("My activity"), [week["amount"] for week in digest.weeks])],
        kind="bars",
    )
