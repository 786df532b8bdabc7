"""All of an adviser's students, those in greatest need first."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _

from liwa.digest.models import Band
from liwa.portal.pages import Menu, PageRequest, answer, page, wants_part
from liwa.portal.questions import advisees
from liwa.portal.questions.days import day_shown
from liwa.portal.words import BANDS

ROWS = 50


@page(
    "adviser",
    "students/",
    roles={"adviser"},
    menu=Menu(_("My students"), "users", order=10),
    methods=("GET", "POST"),
)
def adviser(request: PageRequest) -> HttpResponse:
    """Filters come in the address; a name is personal data and comes by POST, so that no log keeps it."""
    students = request.scope.advisees()
    wanted = _wanted(request)
    rows = Paginator(advisees.by_need(students, wanted), ROWS)
    shown: dict[str, Any] = {
        "page": rows.get_page(request.GET.get("page")),
        "wanted": wanted,
        "is_search": request.method == "POST",
        "is_part": wants_part(request),
        "day": day_shown(request.scope),
    }
    if not wants_part(request):
        shown["summary"] = advisees.summary(students)
        shown["courses"] = advisees.courses(students)
        shown["orgs"] = advisees.orgs(students)
        shown["bands"] = [(band.value, BANDS[band].label) for band in Band]
    return answer(request, "adviser", shown)


def _wanted(request: PageRequest) -> advisees.Wanted:
    given: QueryDict = request.POST if request.method == "POST" else request.GET
    return advisees.Wanted(
        band=given.get("band", "") if given.get("band") in Band.values else "",
        course=given.get("course", ""),
        org=given.get("org", ""),
        name=request.POST.get("name", "").strip(),
    )
