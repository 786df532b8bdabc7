"""The data office's feeds: what came in, whether it is fresh, and one feed with all its loads."""

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liwa.accounts.models import Duty
from liwa.core import clock
from liwa.digest.models import FeedDigest
from liwa.portal.charts import Chart, Series
from liwa.portal.pages import Menu, PageRequest, answer, page
from liwa.portal.questions import intake as ask

ROWS = 25


@page(
    "feeds",
    "feeds/",
    roles={Duty.DATA_OFFICE},
    menu=Menu(gettext_lazy("Feeds"), "inbox", order=50),
    home_of="data_office",
)
def feeds(request: PageRequest) -> HttpResponse:
    """Every feed with its last load, its rows, its freshness and its events."""
    found = ask.feeds(request.scope, clock.now())
    shown: dict[str, Any] = {
        "feeds": found,
        "in_need": sum(one.needs_someone for one in found),
        "waiting": sum(one.waiting for one in found),
        "unmatched": sum(one.held.unmatched for one in found if one.held),
        "today": request.scope.day,
    }
    return answer(request, "feeds", shown)


@page("feed", "feed/<id:feed>/", roles={Duty.DATA_OFFICE})
def feed(request: PageRequest, feed: str) -> HttpResponse:
    """One feed: what the lake holds of it by month, and its loads, the newest first."""
    row = ask.one_feed(request.scope, feed, clock.now())
    loads = ask.loads(request.scope).filter(feed=row.name).order_by("-pk")
    shown: dict[str, Any] = {
        "feed": row,
        "chart": months_chart(row.held) if row.held and row.held.months else None,
        "page": Paginator(loads, ROWS).get_page(request.GET.get("page")),
    }
    return answer(request, "feed", shown)


def months_chart(held: FeedDigest) -> Chart:
    """The feed's events by month."""
    days = [date.fromisoformat(f"{one['month']}-01") for one in held.months]
    return Chart(
        title=_("Events in each month"),
        axis_name=_("Month"),
        axis=[date_format(day, "YEAR_MONTH_FORMAT") for day in days],
        series=[Series(_("Events"), [one["events"] for one in held.months])],
        kind="bars",
    )
