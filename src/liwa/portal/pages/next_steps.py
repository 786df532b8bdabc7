"""The first steps that pages suggest by reason, worded by the school."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from liwa.care import steps as care
from liwa.core.errors import LiwaError
from liwa.insight.reasons import KEYS
from liwa.portal.pages import Menu, PageRequest, answer, page
from liwa.portal.reasons import sample

KINDS = {
    "missing": gettext_lazy("Missing work"),
    "late": gettext_lazy("Late work"),
    "marks": gettext_lazy("Marks"),
    "activity": gettext_lazy("Activity"),
    "trend": gettext_lazy("Change in activity"),
    "campus": gettext_lazy("Seen on campus"),
    "load": gettext_lazy("Study load"),
    "due": gettext_lazy("Work soon due"),
    "regularity": gettext_lazy("Regularity"),
    "deadline": gettext_lazy("Work before deadlines"),
    "forum": gettext_lazy("Forum"),
    "video": gettext_lazy("Videos"),
}


@dataclass(frozen=True)
class Wording:
    """A first step in one language; `is_own` where the school has worded it."""

    language: str
    name: str
    text: str
    is_own: bool


@dataclass(frozen=True)
class Row:
    """One reason, in words with made-up numbers, and its first step in each language."""

    key: str
    words: str
    wordings: list[Wording]

    @property
    def is_own(self) -> bool:
        """Whether the school has worded it in any language."""
        return any(one.is_own for one in self.wordings)


@page(
    "next-steps",
    "next-steps/",
    roles=care.EDITORS,
    menu=Menu(gettext_lazy("First steps"), "compass", order=70),
    methods=("GET", "POST"),
)
def next_steps(request: PageRequest) -> HttpResponse:
    """The table of reasons and first steps; a form for each."""
    if request.method == "POST":
        return _change(request)
    shown: dict[str, Any] = {"kinds": _kinds(), "longest": care.LONGEST}
    return answer(request, "next-steps", shown)


def _change(request: PageRequest) -> HttpResponse:
    reason = request.POST.get("reason", "")
    if reason not in care.DEFAULTS:
        raise Http404
    try:
        if "restore" in request.POST:
            care.restore(request.scope, reason)
        else:
            care.reword(
                request.scope,
                reason,
                {code: request.POST.get(code, "") for code, _name in settings.LANGUAGES},
            )
    except LiwaError as error:
        messages.error(request, _(error.message))
    else:
        messages.success(request, _("Kept. Pages say it like this from now on."))
    return redirect(f"{reverse('next-steps')}#{reason}")


def _kinds() -> list[tuple[str, list[Row]]]:
    """(kind of reason, its rows), and last what is said where no reason stands out; one query a language."""
    own = {code: (care.steps(code), care.defaults(code)) for code, _name in settings.LANGUAGES}
    kinds = [
        (str(name), [_row(key, sample(key), own) for key in KEYS[group]]) for group, name in KINDS.items()
    ]
    none = _row(care.NO_REASON, _("Several small signs together; none stands out."), own)
    return [*kinds, (_("No single reason"), [none])]


def _row(key: str, words: str, own: dict[str, tuple[dict[str, str], dict[str, str]]]) -> Row:
    return Row(
        key,
        words,
        [
            Wording(code, get_language_info(code)["name_local"], said[key], said[key] != default[key])
            for code, (said, default) in own.items()
        ],
    )
