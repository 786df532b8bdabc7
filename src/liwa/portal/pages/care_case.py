"""One case, for those who are in it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liwa.care import actions
from liwa.care.errors import Refused
from liwa.care.models import CaseOutcome
from liwa.portal.actions import note_viewing
from liwa.portal.pages import IN_A_CASE, PageRequest, answer, page
from liwa.portal.pages.care_week import log
from liwa.portal.questions import care as ask
from liwa.portal.templatetags.care import CONTACTS

PUT_OFF = timedelta(days=7)  # the day the form suggests
LONGEST = timedelta(days=60)


@page("case", "case/<int:case>/", roles=IN_A_CASE, methods=("GET", "POST"))
def case(request: PageRequest, case: int) -> HttpResponse:
    """History, notes and what can be done; each thing done comes by POST and leads back here."""
    row = ask.one_case(request.scope, case)
    if request.method == "POST":
        return _do(request, case)
    note_viewing(request.scope, row.case.student, "case")
    today = request.scope.day
    shown: dict[str, Any] = {
        "row": row,
        "case": row.case,
        "others": ask.others(row.case),
        "history": ask.history(request.scope, row.case),
        "advisers": ask.advisers(request.scope, row.case),
        "helpers": ask.helpers(request.scope, row.case),
        "family": ask.family(request.scope, row.case),
        "loads": ask.loads(row.case),
        "sees_student": ask.sees_student(request.scope, row.case),
        "kinds": CONTACTS,
        "ends": CaseOutcome.choices,
        "today": today,
        "can_leave": row.case.adviser_id != request.scope.person,
        "earliest": today + timedelta(days=1),
        "usual": today + PUT_OFF,
        "latest": today + LONGEST,
    }
    return answer(request, "case", shown)


def _do(request: PageRequest, case: int) -> HttpResponse:
    """Do what the form says and come back; to the week where the account is in the case no more."""
    what = request.POST.get("do", "")
    if what == "contact":
        log(request, case)
        return redirect("case", case=case)
    if what not in DEEDS:
        raise Http404
    try:
        DEEDS[what](request, case)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("case", case=case)
    messages.success(request, SAID[what])
    still = ask.is_mine(request.scope, case)
    return redirect("case", case=case) if still else redirect("week")


def _close(request: PageRequest, case: int) -> None:
    actions.close(request.scope, case, request.POST.get("outcome", ""), _text(request, "note"))


def _snooze(request: PageRequest, case: int) -> None:
    until = _day(request, "until")
    if until is None:
        raise Refused(_("Say until which day."))
    actions.snooze(request.scope, case, until, _text(request, "reason"))


def _family(request: PageRequest, case: int) -> None:
    allowed = request.POST["do"] == "family_yes"
    consent = _day(request, "consent_on") if allowed else None
    student = ask.one_case(request.scope, case).case.student_id
    actions.record_family_contact(request.scope, student, allowed, consent)


def _text(request: PageRequest, name: str) -> str:
    return request.POST.get(name, "").strip()


def _day(request: PageRequest, name: str) -> date | None:
    """A day of the form; None where it is none."""
    try:
        return parse_date(request.POST.get(name, ""))
    except ValueError:
        return None


DEEDS: dict[str, Callable[[PageRequest, int], object]] = {
    "support": lambda request, case: actions.support(request.scope, case, _text(request, "note")),
    "close": _close,
    "reopen": lambda request, case: actions.reopen(request.scope, case),
    "hand_over": lambda request, case: actions.hand_over(request.scope, case, _text(request, "person")),
    "join": lambda request, case: actions.join(request.scope, case, _text(request, "person")),
    "snooze": _snooze,
    "leave": lambda request, case: actions.leave(request.scope, case),
    "wake": lambda request, case: actions.wake(request.scope, case),
    "family_yes": _family,
    "family_no": _family,
}

SAID = {
    "support": gettext_lazy("Kept: support is in place."),
    "close": gettext_lazy("The case is closed."),
    "reopen": gettext_lazy("The case is open again."),
    "hand_over": gettext_lazy("The case is handed over."),
    "join": gettext_lazy("Your colleague is in the case now."),
    "snooze": gettext_lazy("Put off."),
    "leave": gettext_lazy("You are no longer in the case."),
    "wake": gettext_lazy("Back on the list."),
    "family_yes": gettext_lazy("Kept."),
    "family_no": gettext_lazy("Kept."),
}
