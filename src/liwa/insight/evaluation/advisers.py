"""What advisers' lists find, each no longer than its adviser can see to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from liwa.insight.evaluation.measures import Record
from liwa.insight.evaluation.resampling import Draws
from liwa.insight.metrics import Floats


@dataclass(frozen=True)
class Lists:
    """Whose list a student is on, and how many students each adviser can see in a week."""

    adviser: Mapping[str, str]
    capacity: Mapping[str, int]


def at_capacity(
    failed: Floats, risk: Floats, users: Sequence[str], draws: Draws, lists: Lists
) -> Record | None:
    """Precision and recall of all advisers' lists together, each the top of its adviser's students.

    {advisers, students, listed, precision, recall, each with _low and _high}. A student counts once, with the
    highest risk; failing is failing in any class tested. Intervals are over students, the lists as they are. None
    where none of the rows' students has an adviser whose capacity is known.
    """
    need: dict[str, float] = {}
    lost: dict[str, float] = {}
    for user, value, bad in zip(users, risk.tolist(), failed.tolist(), strict=True):
        if lists.capacity.get(lists.adviser.get(user, ""), 0) > 0:
            need[user] = max(need.get(user, 0.0), value)
            lost[user] = max(lost.get(user, 0.0), bad)
    if not need or not any(lost.values()):
        return None
    chosen, taken = set(), dict.fromkeys(lists.capacity, 0)
    for user in sorted(need, key=lambda one: (-need[one], one)):
        adviser = lists.adviser[user]
        if taken[adviser] < lists.capacity[adviser]:
            taken[adviser] += 1
            chosen.add(user)
    names = sorted(need)
    bad, listed = np.array([lost[one] for one in names]), np.array([float(one in chosen) for one in names])
    hit = bad * listed

    def figures(weight: Floats) -> dict[str, Floats]:
        hits = weight @ hit
        with np.errstate(invalid="ignore", divide="ignore"):
            return {"precision": hits / (weight @ listed), "recall": hits / (weight @ bad)}

    return {
        "advisers": sum(1 for count in taken.values() if count),
        "students": len(names),
        "listed": len(chosen),
        **draws.figures(names, figures),
    }
