"""A teacher's classes: those that run first, then those that ended."""

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from liwa.portal.pages import Menu, PageRequest, answer, page
from liwa.portal.questions.classes import classes as ask


@page(
    "classes",
    "classes/",
    roles={"teacher"},
    menu=Menu(_("My classes"), "book", order=20),
    home_of="teacher",
)
def classes(request: PageRequest) -> HttpResponse:
    """Each class with its week, its engagement, missing work, and how many students need a word."""
    found = ask(request.scope)
    in_need = sum(one.in_need for one in found.running)
    return answer(request, "classes", {"classes": found, "in_need": in_need})
