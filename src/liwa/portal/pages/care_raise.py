"""A teacher tells the adviser of a student, and sees what becomes of it, never what is said."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liwa.care import actions
from liwa.care.errors import Refused
from liwa.portal.pages import Menu, PageRequest, answer, page
from liwa.portal.questions import care_told as ask

ROWS = 50


@page("raise-case", "student/<id:student>/raise/", roles={"teacher"}, methods=("GET", "POST"))
def raise_case(request: PageRequest, student: str) -> HttpResponse:
    """The form; the class comes in the address or with the form."""
    person, classes = ask.taught(request.scope, student)
    wanted = request.POST.get("klass") or request.GET.get("klass")
    klass = next((one for one in classes if one.pk == wanted), classes[0])
    words = request.POST.get("reason", "").strip()
    error = ""
    if request.method == "POST":
        try:
            actions.raise_case(request.scope, person.pk, klass.pk, words)
        except Refused as refused:
            error = str(refused)
        else:
            messages.success(request, _("The adviser of %(name)s has been told.") % {"name": person.name})
            return redirect("klass", klass=klass.pk)
    shown: dict[str, Any] = {
        "person": person,
        "classes": classes,
        "klass": klass,
        "raised": ask.raised(request.scope).filter(open_for=person.pk).first(),
        "reason": words,
        "error": error,
        "most": ask.LONGEST_WORDS,
    }
    return answer(request, "raise-case", shown, 400 if error else 200)


@page("raised", "raised/", roles={"teacher"}, menu=Menu(gettext_lazy("Raised by me"), "speech", order=25))
def raised(request: PageRequest) -> HttpResponse:
    """Whom the teacher told an adviser about, and where each case stands."""
    found = ask.raised(request.scope)
    shown: dict[str, Any] = {
        "page": Paginator(found, ROWS).get_page(request.GET.get("page")),
        "open": found.filter(open_for__isnull=False).count(),
    }
    return answer(request, "raised", shown)
