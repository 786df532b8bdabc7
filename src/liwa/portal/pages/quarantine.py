"""Refused rows. Their cells are personal data as it came in: no copy stays in a browser, no value in an address."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from liwa.accounts.models import Duty
from liwa.portal.pages import Menu, PageRequest, answer, page, wants_part
from liwa.portal.questions import quarantine as ask

ROWS = 50


@page(
    "quarantine",
    "refused/",
    roles={Duty.DATA_OFFICE},
    menu=Menu(_("Refused rows"), "alert", order=52),
)
def quarantine(request: PageRequest) -> HttpResponseBase:
    """The rows waiting to be mended, by reason; `as=csv` sends the same rows as a file."""
    wanted = _wanted(request)
    rows = ask.narrowed(request.scope, wanted)
    groups = ask.groups(rows)
    chosen = ask.for_reason(rows, groups, wanted.reason)
    if request.GET.get("as") == "csv":
        return StreamingHttpResponse(
            ask.as_csv(chosen, request.scope.campus.zone, get_language() or settings.LANGUAGE_CODE),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="refused-rows.csv"'},
        )
    shown: dict[str, Any] = {
        "wanted": wanted,
        "groups": groups[: ask.GROUPS_SHOWN],
        "groups_left": len(groups) - ask.GROUPS_SHOWN,
        "total": sum(group.rows for group in groups),
        "page": Paginator(chosen, ROWS).get_page(request.GET.get("page")),
    }
    if not wants_part(request):
        shown["feeds"], shown["fields"] = ask.choices(request.scope)
    return answer(request, "quarantine", shown)


def _wanted(request: PageRequest) -> ask.Wanted:
    given = request.GET
    load = given.get("load", "")
    return ask.Wanted(
        feed=given.get("feed", ""),
        load=int(load) if load.isascii() and load.isdigit() and len(load) < 16 else None,
        field=given.get("field", ""),
        reason=given.get("reason", ""),
        mended=given.get("mended") == "1",
    )
