"""What to do first, by reason: a table that the school edits, with defaults in every language of the pages.

Where the defaults come from is told in docs/next-steps.md. They speak to the adviser, who knows the student; they
are one small thing to do, never a verdict.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, override
from django.utils.translation import gettext_noop as _

from liwa.accounts.models import Duty
from liwa.accounts.scope import Scope
from liwa.care.errors import Refused
from liwa.care.models import FirstStep
from liwa.db.retrying import retryable

# What to do where no reason stands out.
NO_REASON = "no_reason"
EDITORS = frozenset({Duty.LEADERSHIP, Duty.DATA_OFFICE})
LONGEST = 400

# Reason -> the first step, in English; the catalogs have the other languages.
DEFAULTS: Mapping[str, str] = {
    "missing_assignments": _(
        "Look at the open work together, pick the piece that takes least time, and agree the day, hour and place for it."
    ),
    "missing_some": _("Ask what got in the way, and agree a day on which it will be handed in."),
    "nothing_handed_in": _(
        "Meet or call rather than write: ask what the student hopes to get from this class, and which small piece of"
        " work could come first."
    ),
    "late_assignments": _(
        "Put the next two due days into the calendar together, each with an earlier day of the student's own choice."
    ),
    "low_marks": _(
        "Read the comments on the latest work together, and let the student choose one thing to do differently."
    ),
    "falling_marks": _(
        "Ask what was different when the marks were better, and which part of it can come back."
    ),
    "below_class": _(
        "Ask which part is hardest, and name one place for help with it: the teacher's hour, a tutor, a study group."
    ),
    "never_active": _(
        "Call, and open the course online together: signing in, the first page, where the work is handed in."
    ),
    "inactive": _("Ask first how the student is, then agree one short sitting this week, with day and hour."),
    "less_active": _(
        "Find two fixed half hours a week for this class, each tied to something that happens anyway."
    ),
    "falling_activity": _(
        "Ask what changed in the last weeks, and look together at what can be moved, shared or dropped."
    ),
    "not_on_campus": _(
        "Ask what makes coming hard, such as travel, work, health or money, and go together to the one office that helps."
    ),
    "heavy_load": _(
        "Lay all classes and other duties of the coming four weeks side by side, and find what can wait or go."
    ),
    "due_soon": _(
        "List what is due in the coming two weeks by weight, and start with the largest piece for twenty minutes."
    ),
    "irregular": _("Choose two fixed times a week for this class and put them in the calendar."),
    "last_minute": _("For the next piece of work, agree a small first part and a day well before it is due."),
    "no_forum": _("Show where classmates ask their questions, and send or answer one together."),
    "no_video": _(
        "Pick the one recording that helps most with the next piece of work, and when to watch it."
    ),
    "withdrew_elsewhere": _("Ask what led to leaving the other class, and whether the same holds here."),
    NO_REASON: _(
        "Write two friendly lines: that you would like to hear how the term is going, and when you have time."
    ),
}


def steps(language: str) -> dict[str, str]:
    """Reason -> first step in the language: the school's own words, or else the default; one query."""
    own = FirstStep.objects.filter(language=language).values_list("reason", "text")
    return defaults(language) | {reason: text for reason, text in own if reason in DEFAULTS}


def defaults(language: str) -> dict[str, str]:
    """Reason -> first step as Liwa brings it along."""
    with override(language):
        return {reason: gettext(text) for reason, text in DEFAULTS.items()}


def first_step(
    reasons: Iterable[Mapping[str, Any]], language: str, known: Mapping[str, str] | None = None
) -> str:
    """What to do first for these reasons of a digest row or case, the strongest of them first.

    For many rows, ask `steps` once and give its answer as `known`.
    """
    known = steps(language) if known is None else known
    return next((known[one["key"]] for one in reasons if one["key"] in known), known[NO_REASON])


@retryable
def reword(scope: Scope, reason: str, texts: Mapping[str, str]) -> None:
    """Make `texts` (language -> words) the school's first step for the reason.

    The default's own words, or none, bring the default of that language back. Raises Refused for those who may not,
    and for what is no reason or language, or too long.
    """
    _may(scope)
    if reason not in DEFAULTS or not set(texts) <= set(dict(settings.LANGUAGES)):
        raise Refused(_("There is no such reason."))
    for language, words in texts.items():
        text = " ".join(words.replace("\0", "").split())
        if len(text) > LONGEST:
            raise Refused(_("A first step is short: at most 400 characters."))
        if text in ("", defaults(language)[reason]):
            FirstStep.objects.filter(reason=reason, language=language).delete()
        else:
            FirstStep.objects.update_or_create(reason=reason, language=language, defaults={"text": text})


@retryable
def restore(scope: Scope, reason: str) -> None:
    """Bring the default of a reason back, in every language. Raises Refused for those who may not."""
    _may(scope)
    FirstStep.objects.filter(reason=reason).delete()


def _may(scope: Scope) -> None:
    if not scope.duties & EDITORS:
        raise Refused(_("Leadership and the data office word the first steps."))
