"""The data office's learning record store: how it is used and how fast it answers."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liwa.accounts.models import Duty
from liwa.portal.charts import Chart, Series
from liwa.portal.pages import Menu, PageRequest, answer, page
from liwa.portal.questions import lrs as ask
from liwa.statements import meter


@page(
    "lrs",
    "lrs/",
    roles={Duty.DATA_OFFICE},
    menu=Menu(gettext_lazy("Learning record store"), "pulse", order=56),
)
def lrs(request: PageRequest) -> HttpResponse:
    """Rate, errors, slow questions, actors nobody answers to, and keys with their last use."""
    meter.flush()  # what this process has counted and not yet written
    kinds = ask.kinds(request.scope)
    actors, their_statements = ask.unmatched_total(request.scope)
    shown: dict[str, Any] = {
        "hour": ask.last_hour(request.scope),
        "chart": hours_chart(ask.by_hour(request.scope)) if kinds else None,
        "resources": ask.by_resource(kinds),
        "slowest": ask.slowest(kinds),
        "unmatched": ask.unmatched(request.scope),
        "unmatched_actors": actors,
        "unmatched_statements": their_statements,
        "keys": [one for one in ask.keys(request.scope) if not one.revoked_at],
    }
    return answer(request, "lrs", shown)


def hours_chart(found: list[tuple[datetime, ask.Figures]]) -> Chart:
    """Requests of each hour, answered, refused and failed."""
    answered = [one.requests - one.refused - one.failed for _hour, one in found]
    return Chart(
        title=_("Requests in each hour"),
        axis_name=_("Hour"),
        axis=[f"{localtime(hour):%H:%M}" for hour, _figures in found],
        series=[
            Series(_("Answered"), list(answered)),
            Series(_("Refused"), [one.refused for _hour, one in found], role="medium"),
            Series(_("Failed"), [one.failed for _hour, one in found], role="high"),
        ],
        kind="bars",
        stacked=True,
    )
