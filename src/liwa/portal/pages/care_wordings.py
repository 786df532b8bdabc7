"""What students read about care, in the school's own words."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liwa.accounts.models import Duty
from liwa.care import actions
from liwa.portal.pages import Menu, PageRequest, answer, page
from liwa.portal.questions import care_school as ask


@page(
    "wordings",
    "wordings/",
    roles={Duty.DATA_OFFICE, Duty.LEADERSHIP},
    menu=Menu(gettext_lazy("Words to students"), "speech", order=56),
    methods=("GET", "POST"),
)
def wordings(request: PageRequest) -> HttpResponse:
    """Each wording in each language, each its own form."""
    if request.method == "POST":
        given = request.POST
        actions.word(request.scope, given.get("key", ""), given.get("language", ""), given.get("text", ""))
        messages.success(request, _("Kept. Students read it from now on."))
        return redirect("wordings")
    shown: dict[str, Any] = {"wordings": ask.texts(), "most": ask.LONGEST_WORDS}
    return answer(request, "wordings", shown)
