"""Reasons in the reader's language: the words are those of `insight.reasons`, translated."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from liwa.insight.reasons import TEMPLATES

# What these reasons rest on lies outside the class: other classes, cards. Advisers see them, teachers do not.
BEYOND_THE_CLASS = ("withdrew_elsewhere", "heavy_load", "not_on_campus")

_HAND_IN = _("Pick the easiest piece of work that is still open and hand that in first.")
_ASK = _("Take your last marked work to the teacher and ask what to try next time.")
_LOOK_IN = _("Set aside half an hour this week to see what is new in the course.")
_PLAN = _("You have taken on a lot this term. Your adviser can help you plan it.")

# What a student can do about a reason.
STEPS: dict[str, str | Promise] = {
    "missing_assignments": _HAND_IN,
    "missing_some": _HAND_IN,
    "nothing_handed_in": _HAND_IN,
    "late_assignments": _("Put the next due days into your calendar, each two days early."),
    "low_marks": _ASK,
    "falling_marks": _ASK,
    "below_class": _ASK,
    "never_active": _LOOK_IN,
    "inactive": _LOOK_IN,
    "less_active": _LOOK_IN,
    "falling_activity": _LOOK_IN,
    "not_on_campus": _("If something keeps you from campus, tell your adviser; there is often a way."),
    "heavy_load": _PLAN,
    "withdrew_elsewhere": _PLAN,
}


def in_words(one: Mapping[str, Any]) -> str:
    """A reason of a digest row as a sentence; a digest written by another version may know other reasons."""
    template = TEMPLATES.get(one["key"])
    if template is None:
        return gettext("Something else that raises the risk")
    return ngettext(template.singular, template.plural, one[template.number]) % one


def next_step(one: Mapping[str, Any]) -> str:
    """What the student can do about a reason, in kind words; empty where nothing is known to say."""
    return str(STEPS.get(one["key"], ""))


def of_the_class(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The reasons that a teacher of the class may see."""
    return [reason for reason in reasons if reason["key"] not in BEYOND_THE_CLASS]
