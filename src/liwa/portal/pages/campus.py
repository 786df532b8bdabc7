"""The campus at a glance: figures with no person in them, each with the sentence that says how it was made."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from liwa.accounts.models import Duty
from liwa.portal.charts import Chart, Series
from liwa.portal.pages import Menu, PageRequest, answer, page
from liwa.portal.questions import figures as ask

Row = Mapping[str, Any]


@page(
    "campus",
    "campus/",
    roles={Duty.LEADERSHIP, Duty.DATA_OFFICE, Duty.REGISTRAR},
    menu=Menu(gettext_lazy("Campus"), "chart", order=40),
    home_of="leadership",
)
def campus(request: PageRequest) -> HttpResponse:
    """Counts, students by need, active students by week, schools, courses and outcomes."""
    found = ask.figures(request.scope)
    groups = [
        (name, heading, noun, found[name])
        for name, heading, noun in (
            ("by_org", _("By school or group"), _("School or group")),
            ("by_course", _("By course"), _("Course")),
        )
        if name in found
    ]
    shown: dict[str, Any] = {
        "figures": found,
        "counts": counts(found["counts"].value) if "counts" in found else [],
        "chart": weekly_chart(found["weekly"].value) if "weekly" in found else None,
        "groups": groups,
        "outcomes": outcomes(found["outcomes"].value) if "outcomes" in found else [],
    }
    return answer(request, "campus", shown)


def counts(value: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """(icon, what is counted, how many), in the order in which they are read."""
    words = (
        ("students", "users", _("Students")),
        ("staff", "user", _("Staff")),
        ("orgs", "home", _("Schools and groups")),
        ("courses", "book", _("Courses")),
        ("classes_running", "calendar", _("Classes running")),
        ("classes_ended", "check", _("Classes ended")),
        ("enrollments", "join", _("Enrollments")),
        ("events", "line", _("Events")),
    )
    return [(icon, label, value[name]) for name, icon, label in words if name in value]


def weekly_chart(found: list[Row]) -> Chart | None:
    """Active students by week; None where no week can be shown."""
    weeks = ask.every_week([dict(one) for one in found])
    if not weeks:
        return None
    short_day = pgettext("format of a day of the year", "M j")
    return Chart(
        title=_("Students active in each week"),
        axis_name=_("Week from"),
        axis=[date_format(week, short_day) for week, _active, _events in weeks],
        series=[Series(_("Active students"), [active for _week, active, _events in weeks])],
    )


def outcomes(found: list[Row]) -> list[tuple[str, float, int]]:
    """(session, share that completed, of how many), the latest first."""
    return [(_session(one["session"]), one["completed"], one["n"]) for one in reversed(found)]


def _session(text: str) -> str:
    """A session by its title, or, where it is given by its first day, as month and year."""
    day = parse_date(text)
    return date_format(day, "YEAR_MONTH_FORMAT") if day else text
