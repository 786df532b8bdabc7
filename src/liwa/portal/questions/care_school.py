"""What those who lead advisers look after: overdue cases, advisers' room, and the words to students."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from liwa.accounts.scope import Scope
from liwa.care import scope as care
from liwa.care import wordings
from liwa.care.actions import LONGEST_WORDS
from liwa.care.models import Capacity, Case
from liwa.care.school import MOST_A_WEEK
from liwa.core.config import config
from liwa.records.models import User

__all__ = ["LONGEST_WORDS", "MOST_A_WEEK", "Text", "Wording", "advisers", "overdue", "room", "texts"]

# When students read each wording.
WHEN: dict[str, tuple[str | Promise, str | Promise]] = {
    "reach_out": (_("Somebody will reach out"), _("on the student's own page, while a case is open")),
    "contacted": (_("You have been in touch"), _("on the student's own page, after the first contact")),
    "in_support": (_("Support is in place"), _("on the student's own page, while support goes on")),
    "ask": (_("Asking for help"), _("on the student's own page and above the form, where there is no case")),
    "asked": (_("Thanks for asking"), _("after a student asked for help")),
    "private": (_("Who reads it"), _("below the words that a student writes")),
}
NAMES = {"en": "English", "zh-hans": "简体中文"}


@dataclass(frozen=True)
class Text:
    """A wording in one language; `own` where the school has its own."""

    language: str
    name: str
    text: str
    own: bool


@dataclass(frozen=True)
class Wording:
    """What students read, when, in every language."""

    key: str
    title: str | Promise
    when: str | Promise
    texts: Sequence[Text]


def overdue(scope: Scope) -> QuerySet[Case]:
    """Cases for which nobody has reached out in time, or which nobody has, the longest overdue first."""
    return care.overdue(scope).select_related("student", "adviser").order_by("due_on", "pk")


def advisers(scope: Scope) -> QuerySet[User]:
    """To whom an overdue case could be given."""
    return care.advisers(scope.day).order_by("family_name", "given_name", "pk")


def room(scope: Scope) -> QuerySet[User]:
    """Advisers whose capacity the account may set, each with it and with the number of open cases."""
    open_ones = Count("advised_cases", filter=Q(advised_cases__open_for__isnull=False), distinct=True)
    found = care.capacities(scope).annotate(open_cases=open_ones).select_related("capacity")
    return found.order_by("family_name", "given_name", "pk")


def capacity(person: User) -> tuple[int, bool]:
    """(students a week, also those without an adviser): what was set, else what holds for everyone."""
    own: Capacity | None = getattr(person, "capacity", None)
    return (own.per_week, own.takes_unassigned) if own else (int(config()["LIWA_CARE_CAPACITY"]), False)


def texts() -> list[Wording]:
    """Every wording in every language; one query."""
    found: dict[str, list[Text]] = {}
    for one in wordings.wordings():
        name = NAMES.get(one.language, dict(settings.LANGUAGES)[one.language])
        found.setdefault(one.key, []).append(Text(one.language, str(name), one.text, one.own))
    return [Wording(key, *WHEN.get(key, (key, "")), texts) for key, texts in found.items()]
