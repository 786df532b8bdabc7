"""A student asks for help first, in own words or in none."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from liwa.care import actions
from liwa.care.errors import Refused
from liwa.portal.pages import PageRequest, answer, page
from liwa.portal.questions import care_told as ask


@page("help", "help/", roles={"student"}, methods=("GET", "POST"))
def ask_for_help(request: PageRequest) -> HttpResponse:
    """The form, and who looks after the student already."""
    words = request.POST.get("words", "").strip()
    error = ""
    if request.method == "POST":
        try:
            actions.ask_for_help(request.scope, words)
        except Refused as refused:
            error = str(refused)
        else:
            messages.success(request, ask.wording("asked"))
            return redirect("me")
    shown: dict[str, Any] = {
        "own": ask.own(request.scope),
        "welcome": ask.wording("ask"),
        "private": ask.wording("private"),
        "words": words,
        "error": error,
        "most": ask.LONGEST_WORDS,
    }
    return answer(request, "help", shown, 400 if error else 200)
