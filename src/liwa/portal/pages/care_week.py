"""An adviser's week: the cases to be taken up, and a contact logged in two clicks."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liwa.care import actions
from liwa.care.errors import Refused
from liwa.care.models import Contact
from liwa.portal.pages import IN_A_CASE, Menu, PageRequest, answer, page, wants_part
from liwa.portal.questions import care as ask
from liwa.portal.questions.days import day_shown
from liwa.portal.templatetags.care import CONTACTS


@page(
    "week",
    "week/",
    roles=IN_A_CASE,
    menu=Menu(gettext_lazy("This week"), "calendar", order=5),
    home_of="adviser",
    methods=("GET", "POST"),
)
def week(request: PageRequest) -> HttpResponse:
    """The list; a contact comes by POST, and htmx is given the list as it is after it."""
    if request.method == "POST":
        log(request, number(request.POST.get("case", "")))
        if not wants_part(request):
            return redirect("week")
    shown: dict[str, Any] = {
        "week": ask.week(request.scope),
        "kinds": CONTACTS,
        "day": day_shown(request.scope),
        "today": request.scope.day,
        "is_part": wants_part(request),
    }
    return answer(request, "week", shown)


def log(request: PageRequest, case: int) -> None:
    """Keep a contact and say so; what is not the account's is 404."""
    kind = request.POST.get("kind", "")
    try:
        done = actions.log_contact(request.scope, case, kind, request.POST.get("note", "").strip())
    except Refused as refused:
        messages.error(request, str(refused))
        return
    messages.success(
        request,
        _("%(name)s: %(kind)s – kept.") % {"name": done.student.name, "kind": Contact.Kind(kind).label},
    )


def number(text: str) -> int:
    """A case's number, or one that no case has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
