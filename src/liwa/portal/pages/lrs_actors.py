"""Actors of statements whom the data office ties to users.

What an actor is called and what is searched for is personal data: neither is ever in an address, so searching is a
POST, and an actor is named by a digest.
"""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from liwa.accounts.models import Duty
from liwa.core.errors import LiwaError
from liwa.portal.pages import PageRequest, answer, page
from liwa.portal.questions import actors as ask
from liwa.statements import people

ROWS = 25
MOST_WORDS = 100


@page("lrs-actors", "lrs/actors/", roles={Duty.DATA_OFFICE}, methods=("GET", "POST"))
def lrs_actors(request: PageRequest) -> HttpResponse:
    """The actors nobody answers to; a search for whom one of them is; and those that were tied by hand."""
    given = request.POST
    if "untie" in given:
        return _untie(request, given["untie"])
    if "user" in given:
        return _tie(request, given.get("actor", ""), given["user"])
    shown: dict[str, Any] = {
        "page": Paginator(ask.unmatched(request.scope), ROWS).get_page(request.GET.get("page")),
        "tied": [(people.digest_of(one.pk), one) for one in ask.tied(request.scope)[:ROWS]],
    }
    if "actor" in given:
        words = given.get("words", "").strip()[:MOST_WORDS]
        shown["actor"] = ask.one(request.scope, given["actor"])
        shown["words"], shown["users"] = words, ask.search(request.scope, words)
    return answer(request, "lrs-actors", shown)


def _tie(request: PageRequest, actor: str, user: str) -> HttpResponse:
    found = ask.one(request.scope, actor)
    person = get_object_or_404(ask.users(request.scope), pk=user)
    try:
        people.tie(found.digest, person.pk, request.user.get_username())
    except LiwaError:
        messages.error(request, _("A feed says whose name this is: mend it there."))
    else:
        messages.success(request, _("Tied. What this actor did counts from the next refresh on."))
    return redirect("lrs-actors")


def _untie(request: PageRequest, actor: str) -> HttpResponse:
    people.untie(ask.one(request.scope, actor).digest)
    messages.success(request, _("No longer tied. Pages change with the next refresh."))
    return redirect("lrs-actors")
