"""What a trial has found, in a plain sentence that promises no more than the interval does."""

from collections.abc import Mapping
from math import ceil, floor

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from liwa.care.trials.judging import FEW_CLASSES, FEW_EVENTS, FEW_STUDENTS, NOT_COMPARABLE
from liwa.care.trials.models import Look, Trial
from liwa.care.trials.sequential import CLUSTERS, EVENTS, MINIMUM
from liwa.care.trials.terms import CLASSES, CONTACTED, ENCOURAGEMENT, STAYED, SUCCESS, WEEKS

Words = Mapping[str, str | Promise]

DESIGNS: Words = {
    ENCOURAGEMENT: gettext_lazy("Offered by lot"),
    WEEKS: gettext_lazy("Stepped roll-out by week"),
    CLASSES: gettext_lazy("Stepped roll-out by class"),
}
STATES: Words = {
    Trial.State.PLANNED: gettext_lazy("planned"),
    Trial.State.RUNNING: gettext_lazy("running"),
    Trial.State.ENDED: pgettext_lazy("a trial", "ended"),
}
EARLY: Words = {
    FEW_STUDENTS: gettext_lazy(
        "Too early to say: the outcome of at least %(students)d students of each group must be known."
    ),
    FEW_EVENTS: gettext_lazy(
        "Too early to say: in each group there must be at least %(events)d students with the outcome and"
        " %(events)d without."
    ),
    FEW_CLASSES: gettext_lazy(
        "Too early to say: students of at least %(classes)d classes must have an outcome."
    ),
    NOT_COMPARABLE: gettext_lazy("Too early to say: no class has been seen both before and after its turn."),
}
MORE: Words = {
    SUCCESS: gettext_lazy(
        "Of 100 students offered contact, between %(low)s and %(high)s more completed the class."
    ),
    STAYED: gettext_lazy(
        "Of 100 students offered contact, between %(low)s and %(high)s more were still registered after %(days)s days."
    ),
    CONTACTED: gettext_lazy(
        "Of 100 students offered contact, between %(low)s and %(high)s more were contacted within %(days)s days."
    ),
}
FEWER: Words = {
    SUCCESS: gettext_lazy(
        "Of 100 students offered contact, between %(low)s and %(high)s fewer completed the class."
    ),
    STAYED: gettext_lazy(
        "Of 100 students offered contact, between %(low)s and %(high)s fewer were still registered after %(days)s days."
    ),
    CONTACTED: gettext_lazy(
        "Of 100 students offered contact, between %(low)s and %(high)s fewer were contacted within %(days)s days."
    ),
}
OUTCOMES: Words = {
    SUCCESS: gettext_lazy("completed the class"),
    STAYED: gettext_lazy("still registered after %(days)s days"),
    CONTACTED: gettext_lazy("contacted within %(days)s days"),
}


def sentence(trial: Trial, look: Look | None) -> str:
    """What the look tells, in the reader's language."""
    if look is None:
        return _("Nobody has looked yet.")
    if look.why or look.low is None or look.high is None:
        limits = {"students": MINIMUM, "events": EVENTS, "classes": CLUSTERS}
        return str(EARLY.get(look.why, EARLY[FEW_STUDENTS])) % limits
    terms = trial.laid_down
    if not look.tells:
        return _(
            "No difference can be told yet: of 100 students offered contact, anything from %(fewer)s fewer to %(more)s"
            " more with the outcome fits what was seen."
        ) % {"fewer": _outward(-look.low), "more": _outward(look.high)}
    words, low, high = (MORE, look.low, look.high) if look.low > 0 else (FEWER, -look.high, -look.low)
    return str(words[terms.outcome]) % {"low": _inward(low), "high": _outward(high), "days": terms.horizon}


def outcome(trial: Trial) -> str:
    """What the trial watches for."""
    return str(OUTCOMES[trial.laid_down.outcome]) % {"days": trial.laid_down.horizon}


def plan(trial: Trial) -> str:
    """What the trial can show, said before it starts; empty where that is only known at its start."""
    if trial.laid_down.design == CLASSES and not trial.classes:
        return ""
    found = trial.plan
    if found.always >= 1:
        return _("With %(students)s students nothing can be told, however much the help does: too few.") % {
            "students": found.students
        }
    return _(
        "With %(students)s students, a true difference of %(always)s in 100 is found by the planned end with a chance of"
        " %(power)s in 100; a single look at the end would find %(effect)s."
    ) % {
        "students": found.students,
        "always": _outward(found.always),
        "effect": _outward(found.effect),
        "power": round(trial.laid_down.power * 100),
    }


def _inward(share: float) -> str:
    """In 100, towards no difference, so that nothing is claimed that the interval does not hold."""
    whole = floor(round(share * 100, 6))
    return str(whole) if whole else number_format(floor(round(share * 1000, 6)) / 10, 1)


def _outward(share: float) -> int:
    return ceil(round(share * 100, 6))
