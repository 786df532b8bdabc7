"""An adviser takes up one of her students as a case, whatever the figures say."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from liwa.care import actions
from liwa.care.errors import Refused
from liwa.portal.pages import PageRequest, page


@page("take", "student/<id:student>/take/", roles={"adviser"}, methods=("POST",))
def take(request: PageRequest, student: str) -> HttpResponse:
    """To the case, or back with the reason why not; only advisees, others are 404."""
    try:
        case = actions.take(request.scope, student)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("student", student=student)
    return redirect("case", case=case.pk)
