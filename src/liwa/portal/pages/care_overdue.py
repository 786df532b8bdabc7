"""Cases that wait too long, for those who lead the advisers."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from liwa.care import actions
from liwa.care.errors import Refused
from liwa.portal.pages import Menu, PageRequest, answer, page
from liwa.portal.pages.care_week import number
from liwa.portal.questions import care_school as ask

ROWS = 50


@page(
    "overdue",
    "overdue/",
    roles={"supervisor"},
    menu=Menu(_("Overdue cases"), "clock", order=45),
    home_of="supervisor",
    methods=("GET", "POST"),
)
def overdue(request: PageRequest) -> HttpResponse:
    """Who has waited too long; nothing of what is said. Chosen cases can be given to another adviser."""
    if request.method == "POST":
        _hand_over(request)
        return redirect("overdue")
    shown: dict[str, Any] = {
        "page": Paginator(ask.overdue(request.scope), ROWS).get_page(request.GET.get("page")),
        "advisers": ask.advisers(request.scope),
        "today": request.scope.day,
    }
    return answer(request, "overdue", shown)


def _hand_over(request: PageRequest) -> None:
    """Give the chosen cases away, one by one: what one of them does not allow keeps no other back."""
    done = 0
    for case in request.POST.getlist("case")[:ROWS]:
        try:
            actions.hand_over(request.scope, number(case), request.POST.get("adviser", ""))
        except Refused as refused:
            messages.error(request, str(refused))
        except Http404:
            if not done:
                raise
        else:
            done += 1
    if done:
        words = ngettext("%(count)d case is handed over.", "%(count)d cases are handed over.", done)
        messages.success(request, words % {"count": done})
