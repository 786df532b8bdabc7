"""How good predictions are: ranking, calibration, and what a list of limited length finds.

Every measure takes rows (n,) and weights (resamples, n) and answers one value per resample, so that a bootstrap is
one call; the plain functions weigh every row once. Nothing here loops over rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from liwa.insight.risk.calibration import fit_sigmoid

Floats = NDArray[np.float64]
BINS = 10


def auc(failed: Floats, score: Floats, weight: Floats | None = None) -> float:
    """Chance that someone who failed has a higher score than someone who did not; ties count half."""
    weight = np.ones((1, len(failed))) if weight is None else weight.reshape(1, -1)
    return float(aucs(failed, score, weight)[0])


def average_precision(failed: Floats, score: Floats) -> float:
    """Area under the precision-recall curve as the mean precision over those who failed; ties taken together."""
    return float(Ranking.of(failed, score, np.ones((1, len(failed)))).average_precision()[0])


def brier(failed: Floats, risk: Floats) -> float:
    """Mean squared difference between probability and what happened."""
    return float(np.mean((risk - failed) ** 2))


def ece(failed: Floats, risk: Floats, bins: int = BINS) -> float:
    """Expected calibration error: mean gap between risk and outcome over `bins` bins of exactly equal mass."""
    return float(Ranking.of(failed, risk, np.ones((1, len(failed)))).ece(bins)[0])


def calibration_slope(failed: Floats, risk: Floats) -> float:
    """Slope of a logistic regression of the outcome on the log-odds of the risk; 1 is ideal, below 1 overconfident."""
    return fit_sigmoid(log_odds(risk), failed).slope


def log_odds(risk: Floats) -> Floats:
    """log(p / (1 - p)), kept finite."""
    inside = np.clip(risk, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside / (1 - inside)))


@dataclass(frozen=True)
class Ranking:
    """Rows by score, lowest first, those of one score together: the mass of those who failed (`bad`) and of those
    who did not (`good`) at each distinct score, (resamples, scores). What all measures of an order are made from.
    """

    score: Floats
    bad: Floats
    good: Floats

    @classmethod
    def of(cls, failed: Floats, score: Floats, weight: Floats) -> "Ranking":
        """Rows (n,) with their weights (resamples, n); quickest where the rows are in order of score already."""
        if (score[1:] < score[:-1]).any():
            order = np.argsort(score, kind="stable")
            failed, score, weight = failed[order], score[order], weight[:, order]
        bad = weight * failed
        good = weight - bad
        starts = np.flatnonzero(np.r_[True, score[1:] != score[:-1]])
        if len(starts) < len(score):
            bad, good = (np.add.reduceat(one, starts, axis=1) for one in (bad, good))
        return cls(score[starts], bad, good)

    @cached_property
    def bad_up_to(self) -> Floats:
        """How much failed up to each score."""
        return np.cumsum(self.bad, axis=1)

    @cached_property
    def up_to(self) -> Floats:
        """How much there is up to each score."""
        return np.cumsum(self.bad + self.good, axis=1)

    def auc(self) -> Floats:
        """NaN where a resample has one kind of outcome only."""
        good_up_to = np.cumsum(self.good, axis=1)
        below = np.einsum("ij,ij->i", self.bad, good_up_to) - np.einsum("ij,ij->i", self.bad, self.good) / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(below / (self.bad.sum(axis=1) * good_up_to[:, -1]))

    def average_precision(self) -> Floats:
        """NaN where nobody failed."""
        # From the highest score down, each score's own mass included.
        listed = self.up_to[:, -1:] - self.up_to + self.bad + self.good
        hits = self.bad_up_to[:, -1:] - self.bad_up_to + self.bad
        with np.errstate(invalid="ignore", divide="ignore"):
            precision = np.where(listed > 0, hits / listed, 0.0)
            return np.asarray(np.einsum("ij,ij->i", self.bad, precision) / self.bad_up_to[:, -1])

    def reliability(self, bins: int = BINS) -> tuple[Floats, Floats, Floats]:
        """Sums over `bins` bins of equal mass by score: (mass, score, outcome), each (resamples, bins)."""
        parts = np.arange(1, bins + 1) / bins
        places = _places(self.up_to, parts)
        stated = np.cumsum((self.bad + self.good) * self.score, axis=1)
        mass, said, happened = (
            np.diff(_read(one, places), axis=1, prepend=0.0) for one in (self.up_to, stated, self.bad_up_to)
        )
        return mass, said, happened

    def ece(self, bins: int = BINS) -> Floats:
        """Rows of one score share its outcomes evenly where a bin parts them."""
        mass, stated, happened = self.reliability(bins)
        return np.asarray(np.abs(stated - happened).sum(axis=1) / mass.sum(axis=1))

    def top(self, share: float) -> tuple[Floats, Floats]:
        """(precision, recall) of the list of the `share` highest scores.

        Of those who tie for the last places a part counts, as drawing lots among them would give on average.
        """
        failed, everyone = self.bad_up_to[:, -1], self.up_to[:, -1]
        below = _read(self.bad_up_to, _places(self.up_to, np.array([1 - share])))[:, 0]
        caught = failed - below
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(caught / (share * everyone)), np.asarray(caught / failed)


def aucs(failed: Floats, score: Floats, weight: Floats) -> Floats:
    """One AUC per row of `weight`; NaN where a resample has one kind of outcome only."""
    return Ranking.of(failed, score, weight).auc()


def briers(failed: Floats, risk: Floats, weight: Floats) -> Floats:
    """One Brier score per row of `weight`."""
    return np.asarray(weight @ (risk - failed) ** 2 / weight.sum(axis=1))


def sloping(failed: Floats, risk: Floats) -> Callable[[Floats], Floats]:
    """From weights to one calibration slope per row of them: one Newton step from the slope of all rows.

    The one-step bootstrap of Moulton and Zeger (1991, doi:10.1016/0167-9473(91)90052-4): as good as fitting each
    resample anew to the order that a bootstrap has itself.
    """
    odds = log_odds(risk)
    fitted = fit_sigmoid(odds, failed)
    at = fitted(odds)
    bend, lean = at * (1 - at), failed - at
    moments = np.column_stack([lean, lean * odds, bend, bend * odds, bend * odds**2])

    def slopes(weight: Floats) -> Floats:
        lean0, lean1, bend0, bend1, bend2 = (weight @ moments).T
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(fitted.slope + (bend0 * lean1 - bend1 * lean0) / (bend0 * bend2 - bend1**2))

    return slopes


Places = tuple[NDArray[np.intp], Floats]


def _places(mass: Floats, shares: Floats) -> Places:
    """Where the running `mass` reaches each share of all of it: (place, part of the way there), (resamples, shares)."""
    after = np.empty((len(mass), len(shares)), dtype=np.intp)
    wanted = shares * mass[:, -1:]
    for row, (running, at) in enumerate(zip(mass, wanted, strict=True)):
        after[row] = np.searchsorted(running, at)
    after = np.minimum(after, mass.shape[1] - 1)
    here = np.take_along_axis(mass, after, axis=1)
    before = np.where(after > 0, np.take_along_axis(mass, np.maximum(after - 1, 0), axis=1), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return after, np.where(here > before, (wanted - before) / (here - before), 1.0)


def _read(total: Floats, places: Places) -> Floats:
    """The running `total` at these places."""
    after, part = places
    there = np.take_along_axis(total, after, axis=1)
    gone = np.where(after > 0, np.take_along_axis(total, np.maximum(after - 1, 0), axis=1), 0.0)
    return np.asarray(gone + part * (there - gone))
