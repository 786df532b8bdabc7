"""Whether predictions serve groups of students alike: ABROCA, gaps in recall and in calibration.

ABROCA, the absolute area between two groups' ROC curves, is of Gardner, Brooks and Baker (2019,
doi:10.1145/3303772.3303791). Here the curves' difference is integrated exactly between all of their corners.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liwa.insight.metrics import Floats


@dataclass(frozen=True)
class Curve:
    """An ROC curve as a function of the false positive rate: `at` ascending from 0 to 1 without repeats, the true
    positive rate when it is reached (`from_below`) and when it is left (`above`); between corners it is a line.
    """

    at: Floats
    from_below: Floats
    above: Floats

    def between(self, edges: Floats) -> tuple[Floats, Floats]:
        """The curve's value just after each edge and just before the next, for edges that hold all of its corners."""
        place = np.searchsorted(self.at, (edges[:-1] + edges[1:]) / 2, side="right") - 1
        place = np.clip(place, 0, len(self.at) - 2)
        width = self.at[place + 1] - self.at[place]
        lean = (self.from_below[place + 1] - self.above[place]) / width
        return (
            self.above[place] + lean * (edges[:-1] - self.at[place]),
            self.above[place] + lean * (edges[1:] - self.at[place]),
        )


@dataclass(frozen=True)
class Ranked:
    """A group's rows by score, highest first, ready for any weights: where rows of one score begin."""

    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    failed: Floats

    @classmethod
    def of(cls, failed: Floats, score: Floats, where: NDArray[np.intp] | None = None) -> "Ranked":
        """Order the rows once: all of them, or the group of those at the places `where`."""
        where = np.arange(len(score)) if where is None else where
        order = where[np.argsort(-score[where], kind="stable")]
        sorted_score = score[order]
        starts = np.flatnonzero(np.r_[True, sorted_score[1:] != sorted_score[:-1]])
        return cls(order, starts, failed[order])

    def curve(self, weight: Floats) -> Curve | None:
        """The ROC curve with each row counted `weight` times; None where only one kind of outcome is left."""
        weight = weight[self.order]
        bad = np.add.reduceat(weight * self.failed, self.starts)
        good = np.add.reduceat(weight * (1 - self.failed), self.starts)
        if not bad.sum() or not good.sum():
            return None
        true = np.r_[0.0, np.cumsum(bad) / bad.sum()]
        false = np.r_[0.0, np.cumsum(good) / good.sum()]
        first = np.flatnonzero(np.r_[True, np.diff(false) > 0])
        last = np.r_[first[1:] - 1, len(false) - 1]
        return Curve(false[first], true[first], true[last])


def abroca(one: Curve, other: Curve) -> float:
    """The area between two ROC curves, whichever is above: 0 for the same curve, at most 1."""
    edges = np.unique(np.concatenate([one.at, other.at]))
    (begin, end), (other_begin, other_end) = one.between(edges), other.between(edges)
    before, after = begin - other_begin, end - other_end
    size = np.abs(before) + np.abs(after)
    # Where the lines cross, two triangles; else a trapezium.
    crossing = before * after < 0
    with np.errstate(invalid="ignore", divide="ignore"):
        height = np.where(crossing, (before**2 + after**2) / size, size)
    return float(np.sum(np.diff(edges) * np.nan_to_num(height)) / 2)
