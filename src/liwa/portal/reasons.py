"""Reasons in the reader's language, what they rest on, and what changed: the words are those of `insight.reasons`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from liwa.digest.models import EnrollmentDigest
from liwa.insight.reasons import TEMPLATES, group_of

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
    "due_soon": _("Begin with what is due first: twenty minutes today are enough to start."),
    "irregular": _("Choose two fixed times a week for this class."),
    "last_minute": _("Begin the next piece of work a few days earlier, with a small part of it."),
    "no_forum": _("Look into the forum: somebody may have asked your question already."),
    "no_video": _("Watch the one recording that helps with your next piece of work."),
    "heavy_load": _PLAN,
    "withdrew_elsewhere": _PLAN,
}

# Where the student's page shows what a group of reasons rests on: a part of the class's card, which the link marks.
SHOWN_BY = {
    "missing": "missing",
    "late": "late",
    "marks": "marks",
    "activity": "activity",
    "trend": "activity",
    "due": "coming",
    "regularity": "activity",
    "deadline": "activity",
    "forum": "activity",
    "video": "activity",
}
# The same where it is shown once for all classes.
SHOWN_ONCE = {"campus": "weeks", "load": "classes"}
NOTABLE = 5  # points
PLAIN = re.compile(r"[A-Za-z0-9_-]{1,40}")
# Numbers to show the words of a reason with, where no student is meant.
SAMPLE = {"count": 2, "days": 12, "mean": 41, "last": 38, "points": 14, "percent": 30, "weeks": 8}


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


def keep_to_the_class(digest: EnrollmentDigest) -> None:
    """Take out of a row, before it is shown, what a teacher of the class may not see; of this week and the last."""
    digest.reasons = of_the_class(digest.reasons)
    digest.changed = [key for key in digest.changed if key not in BEYOND_THE_CLASS]
    if digest.before:
        digest.before = {**digest.before, "reasons": of_the_class(digest.before.get("reasons", []))}


def sample(key: str) -> str:
    """A reason in words with made-up numbers."""
    template = TEMPLATES[key]
    return ngettext(template.singular, template.plural, SAMPLE[template.number]) % SAMPLE


def anchor(part: str, klass: str) -> str:
    """The id of a part of a class's card on the student's page. Whatever the class's key looks like, it is one word."""
    return f"{part}-{klass if PLAIN.fullmatch(klass) else sha256(klass.encode()).hexdigest()[:12]}"


def evidence(one: Mapping[str, Any], klass: str, student: str) -> str:
    """The address of what the reason rests on: the student's page at the chart, table or list that shows it."""
    group = group_of(one["key"])
    page = reverse("student", kwargs={"student": student})
    if group in SHOWN_ONCE:
        return f"{page}#{SHOWN_ONCE[group]}"
    return f"{page}#{anchor(SHOWN_BY.get(group, 'class'), klass)}"


@dataclass(frozen=True)
class Change:
    """What is different from the week before.

    `points` is how far the risk, in whole percent as pages show it, went up (or down, if negative) from `before`;
    None where one of the two weeks has none. `gone` are reasons of the week before of whose kind there is none left.
    """

    before: float | None
    points: int | None
    gone: Sequence[Mapping[str, Any]]

    @property
    def is_any(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.points or self.gone)

    @property
    def is_notable(self) -> bool:
        """Whether the risk moved far enough to be told in a list."""
        return self.by >= NOTABLE

    @property
    def by(self) -> int:
        """The points without their sign."""
        return abs(self.points or 0)


def change(digest: EnrollmentDigest) -> Change:
    """What changed since the week before; nothing where the student was in no list then."""
    risk = digest.before.get("risk")
    known = risk is not None and digest.risk is not None
    kinds = {group_of(one["key"]) for one in digest.reasons}
    gone = [one for one in digest.before.get("reasons", []) if group_of(one["key"]) not in kinds]
    return Change(risk, _percent(digest.risk) - _percent(risk) if known else None, gone)


def _percent(risk: float | None) -> int:
    return round(100 * (risk or 0.0))
