"""How many students each adviser can take on in a week; set by the data office and by who leads an org."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liwa.accounts.models import Duty
from liwa.care import actions
from liwa.care.errors import Refused
from liwa.portal.pages import Menu, PageRequest, answer, page
from liwa.portal.questions import care_school as ask

ROWS = 50


@page(
    "capacities",
    "capacities/",
    roles={Duty.DATA_OFFICE, "supervisor"},
    menu=Menu(gettext_lazy("Advisers' room"), "users", order=55),
    methods=("GET", "POST"),
)
def capacities(request: PageRequest) -> HttpResponse:
    """One line an adviser, each its own form."""
    if request.method == "POST":
        _set(request)
        return redirect(request.get_full_path())
    page = Paginator(ask.room(request.scope), ROWS).get_page(request.GET.get("page"))
    shown: dict[str, Any] = {
        "page": page,
        "rows": [(one, *ask.capacity(one)) for one in page.object_list],
        "most": ask.MOST_A_WEEK,
    }
    return answer(request, "capacities", shown)


def _set(request: PageRequest) -> None:
    given = request.POST.get("per_week", "")
    if not (given.isascii() and given.isdigit()):
        messages.error(request, _("How many students a week? Please give a whole number."))
        return
    try:
        actions.set_capacity(
            request.scope, request.POST.get("adviser", ""), int(given[:9]), "takes_unassigned" in request.POST
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Kept. It holds from the next refresh on."))
