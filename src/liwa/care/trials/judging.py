"""From outcomes to what a look says."""

from typing import Any, NamedTuple

import numpy as np

from liwa.care.trials import estimate
from liwa.care.trials.outcomes import Observed
from liwa.care.trials.sequential import CLUSTERS, EVENTS, MINIMUM, interval
from liwa.care.trials.terms import CLASSES, ENCOURAGEMENT, Terms

# Why nothing is said yet.
FEW_STUDENTS, FEW_EVENTS, FEW_CLASSES, NOT_COMPARABLE = "students", "events", "classes", "comparable"


class Verdict(NamedTuple):
    """The effect with its always-valid interval at a share of the planned information."""

    effect: float
    se: float
    low: float
    high: float
    fraction: float


def too_early(data: Observed, design: str) -> str:
    """Why it is too early to look; empty where it is not."""
    for arm in (data.offered == 1, data.offered == 0):
        n, events = int(arm.sum()), int(data.y[arm].sum())
        if n < MINIMUM:
            return FEW_STUDENTS
        if min(events, n - events) < EVENTS:
            return FEW_EVENTS
    if design == CLASSES and len(np.unique(data.cluster[data.cluster >= 0])) < CLUSTERS:
        return FEW_CLASSES
    return ""


def judge(data: Observed, terms: Terms, steps: list[int]) -> Verdict | None:
    """The effect of being offered help, by intention to treat; None where the arms cannot be compared.

    `steps`: of the classes design, the period from which each class of the trial's list is offered help.
    """
    plan = terms.plan(len(steps))
    found = _effect(data, terms, steps)
    effect, se, df = (float(one) for one in found)
    if not np.isfinite(se) or se <= 0:
        return None
    information = se**-2 / plan.information
    fraction = len(data.y) / plan.students if terms.design == ENCOURAGEMENT else information
    low, high = interval(effect, se, fraction, df, terms.alpha)
    return Verdict(effect, se, max(float(low), -1.0), min(float(high), 1.0), fraction)


def shares(data: Observed) -> dict[str, Any]:
    """How many in each arm, which share of them had the outcome, and which was contacted."""
    arms = {"offered": data.offered == 1, "others": data.offered == 0}
    said: dict[str, Any] = {name: int(arm.sum()) for name, arm in arms.items()}
    for name, arm in arms.items():
        some = bool(arm.any())
        said[f"share_{name}"] = float(data.y[arm].mean()) if some else None
        said[f"contacted_{name}"] = float(data.contacted[arm].mean()) if some else None
    return said


def _effect(data: Observed, terms: Terms, steps: list[int]) -> estimate.Effect:
    if terms.design == ENCOURAGEMENT:
        return estimate.adjusted(data.y, data.offered, data.risk)
    if terms.design != CLASSES:
        return estimate.within_periods(data.y, data.offered, data.risk, data.period)
    some = data.cluster >= 0
    return estimate.stepped(
        data.y[some], data.risk[some], data.cluster[some], data.period[some], np.array(steps, dtype=np.int64)
    )
