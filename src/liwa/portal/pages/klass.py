"""One class, for those who teach it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from liwa.digest.models import Band, ClassDigest
from liwa.portal.charts import Chart, Series, Values
from liwa.portal.pages import PageRequest, answer, page
from liwa.portal.questions import klass as ask
from liwa.portal.questions.care_told import raised_states
from liwa.portal.questions.days import day_shown
from liwa.portal.reasons import keep_to_the_class

ROWS = 25
SHARE, MEDIAN = "active_share", "median"

Weeks = Sequence[Mapping[str, Any]]


@page("klass", "class/<id:klass>/", roles={"teacher"})
def klass(request: PageRequest, klass: str) -> HttpResponse:
    """Engagement beside earlier runs, who needs a word, and what was handed in."""
    taught = ask.one_class(request.scope, klass)
    students = ask.students(request.scope, taught.klass)
    bands = ask.bands(students)
    everyone = request.GET.get("who") == "all"
    if not everyone:
        students = students.filter(band__in=ask.IN_NEED)
    figure = MEDIAN if request.GET.get("figure") == MEDIAN else SHARE
    page = Paginator(students, ROWS).get_page(request.GET.get("page"))
    page.object_list = list(page.object_list)
    told = raised_states(request.scope, [row.user_id for row in page.object_list])
    for row in page.object_list:
        row.told = told.get(row.user_id)  # type: ignore[attr-defined]  # for the template
        keep_to_the_class(row)
    shown: dict[str, Any] = {
        "taught": taught,
        "chart": engagement_chart(taught.digest, figure) if taught.digest else None,
        "figure": figure,
        "completed": earlier_completed(taught.digest) if taught.digest else [],
        "bands": bands,
        "in_need": bands[Band.HIGH] + bands[Band.MEDIUM],
        "everyone": everyone,
        "page": page,
        "items": ask.items(taught.digest.items) if taught.digest else [],
        "day": day_shown(request.scope),
    }
    return answer(request, "klass", shown)


def engagement_chart(digest: ClassDigest, figure: str) -> Chart | None:
    """The class week by week beside earlier runs of its course; None where no feed covers the class.

    `figure` is `active_share`, or `median` with the middle half of the class as a band.
    """
    if all(week[figure] is None for week in digest.weeks):
        return None
    earlier = [run for run in digest.earlier if any(week[figure] is not None for week in run["weeks"])]
    last = max(week["week"] for weeks in (digest.weeks, *(run["weeks"] for run in earlier)) for week in weeks)
    is_median = figure == MEDIAN
    return Chart(
        title=_("Engagement in each week, beside earlier runs of the course"),
        axis_name=_("Week of the class"),
        axis=[str(week) for week in range(1, last + 1)],
        series=[
            Series(_("This class"), _values(digest.weeks, figure, last)),
            *(
                Series(run_name(run), _values(run["weeks"], figure, last), role="faint" if place else "peer")
                for place, run in enumerate(earlier)
            ),
        ],
        unit="" if is_median else "percent",
        range_name=_("Middle half of this class") if is_median else "",
        range_low=_values(digest.weeks, "q1", last) if is_median else [],
        range_high=_values(digest.weeks, "q3", last) if is_median else [],
    )


def earlier_completed(digest: ClassDigest) -> list[tuple[str, float]]:
    """(earlier run, share of its students who completed), where that is known."""
    return [(run_name(run), run["completed"]) for run in digest.earlier if run["completed"] is not None]


def _values(weeks: Weeks, figure: str, last: int) -> Values:
    """One value for each week from the first to `last`; a week nothing is known of has none."""
    known = {week["week"]: week[figure] for week in weeks}
    return [known.get(week) for week in range(1, last + 1)]


def run_name(run: Mapping[str, Any]) -> str:
    """An earlier run as title and session; a session given by its first day is shown as month and year."""
    session = str(run["session"])
    day = parse_date(session)
    when = date_format(day, "YEAR_MONTH_FORMAT") if day else session
    return _("%(title)s (%(session)s)") % {"title": run["title"], "session": when}
