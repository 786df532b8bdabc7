"""Venn–Abers intervals: between what two probabilities the truth lies, from scores whose outcomes are known.

For a new score, isotonic regression is fitted to the known scores and outcomes with the new one added, once as if it
had failed and once as if it had not; its two fitted values are the ends. One of the two is calibrated whatever the
scores are worth, if the known and the new are alike. Both are steps in the score, worked out beforehand, so that a
look-up is a search. Vovk and Petej, Venn–Abers predictors, UAI 2014; the sweep over the diagram of cumulative sums
is that of Vovk, Petej and Fedorova, Large-scale probabilistic predictors, NIPS 2015.
"""

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Point = tuple[float, float]


class Steps(msgspec.Struct, frozen=True):
    """The two ends as steps in the score.

    The upper end is `high[k]` for scores up to `until[k]` (and above `until[k - 1]`), 1 above the last; the lower is
    `low[k]` from `since[k]` on (and below `since[k + 1]`), 0 below the first.
    """

    until: list[float]
    high: list[float]
    since: list[float]
    low: list[float]

    def __call__(self, scores: Floats) -> tuple[Floats, Floats]:
        """The lower and the upper end for each score."""
        low = np.concatenate([[0.0], self.low])[np.searchsorted(self.since, scores, side="right")]
        high = np.concatenate([self.high, [1.0]])[np.searchsorted(self.until, scores, side="left")]
        return low, high


def fit_steps(scores: Floats, failed: Floats) -> Steps:
    """The steps for known scores and outcomes (1 or 0), in any order."""
    found, place = np.unique(scores, return_inverse=True)
    count = np.bincount(place, minlength=len(found)).astype(float)
    total = np.bincount(place, failed, minlength=len(found)).astype(float)
    high = _upper(count, total)
    # What holds for failing upwards holds for not failing downwards.
    low = 1.0 - _upper(count[::-1], (count - total)[::-1])[::-1]
    last = np.append(np.diff(high) != 0, True)
    first = np.append(True, np.diff(low) != 0)
    return Steps(found[last].tolist(), high[last].tolist(), found[first].tolist(), low[first].tolist())


def _upper(count: Floats, total: Floats) -> Floats:
    """For each distinct score, ascending, the value isotonic regression gives to one more outcome of 1 there.

    The greatest convex minorant of the diagram of cumulative sums; the added outcome, a step (1, 1), moves through it
    from left to right, and corners are put in and taken out as it goes.
    """
    points: list[Point] = [(-1.0, -1.0), (0.0, 0.0)]
    points += list(zip(np.cumsum(count).tolist(), np.cumsum(total).tolist(), strict=True))
    corners = _minorant(points)[::-1]
    found = np.empty(len(count))
    for place in range(len(count)):
        start, end = corners[-1], corners[-2]
        found[place] = (end[1] - start[1]) / (end[0] - start[0])
        before, here, after = points[place : place + 3]
        moved = (before[0] + after[0] - here[0], before[1] + after[1] - here[1])
        points[place + 1] = moved
        if _turn(start, end, moved) >= 0:
            continue
        corners.pop()
        while len(corners) > 1 and _turn(moved, corners[-1], corners[-2]) <= 0:
            corners.pop()
        corners.append(moved)
    return found


def _minorant(points: Sequence[Point]) -> list[Point]:
    """Corners of the greatest convex minorant, left to right."""
    corners: list[Point] = []
    for point in points:
        while len(corners) > 1 and _turn(corners[-2], corners[-1], point) <= 0:
            corners.pop()
        corners.append(point)
    return corners


def _turn(one: Point, two: Point, three: Point) -> float:
    """Positive where going from one by two to three turns left."""
    return (two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0])
