"""How good predictions are: ranking, calibration, and how sure one can be of it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from liwa.insight.risk.calibration import fit_sigmoid

Floats = NDArray[np.float64]
RESAMPLES = 500
BINS = 10


def auc(failed: Floats, score: Floats, weight: Floats | None = None) -> float:
    """Chance that someone who failed has a higher score than someone who did not; ties count half."""
    weight = np.ones((1, len(failed))) if weight is None else weight.reshape(1, -1)
    return float(_aucs(failed, score, weight)[0])


def _aucs(failed: Floats, score: Floats, weight: Floats) -> Floats:
    """One AUC per row of `weight` (resamples, n); NaN where a resample has one kind only."""
    order = np.argsort(score, kind="stable")
    failed, score, weight = failed[order], score[order], weight[:, order]
    starts = np.flatnonzero(np.r_[True, score[1:] != score[:-1]])
    bad = np.add.reduceat(weight * failed, starts, axis=1)
    good = np.add.reduceat(weight * (1 - failed), starts, axis=1)
    below = np.cumsum(good, axis=1) - good / 2
    pairs = bad.sum(axis=1) * good.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return (bad * below).sum(axis=1) / pairs


def auc_interval(
    failed: Floats, score: Floats, users: Sequence[str], resamples: int = RESAMPLES, seed: int = 1
) -> tuple[float, float]:
    """95 % bootstrap interval of the AUC. Students are drawn, each with all their rows."""
    _, person = np.unique(np.asarray(users), return_inverse=True)
    people = int(person.max()) + 1
    random = np.random.default_rng(seed)
    found = []
    # In blocks, so that memory stays small whatever the number of rows.
    block = max(1, 4_000_000 // max(len(failed), 1))
    for begin in range(0, resamples, block):
        size = min(block, resamples - begin)
        drawn = random.multinomial(people, np.full(people, 1 / people), size=size)
        found.append(_aucs(failed, score, drawn[:, person].astype(np.float64)))
    low, high = np.nanquantile(np.concatenate(found), [0.025, 0.975])
    return float(low), float(high)


def average_precision(failed: Floats, score: Floats) -> float:
    """Area under the precision-recall curve as the mean precision over those who failed; ties taken together."""
    order = np.argsort(-score, kind="stable")
    failed, score = failed[order], score[order]
    ends = np.flatnonzero(np.r_[score[1:] != score[:-1], True])
    hits = np.cumsum(failed)[ends]
    return float(np.sum(np.diff(np.r_[0.0, hits]) * hits / (ends + 1)) / hits[-1])


def brier(failed: Floats, risk: Floats) -> float:
    """Mean squared difference between probability and what happened."""
    return float(np.mean((risk - failed) ** 2))


def ece(failed: Floats, risk: Floats, bins: int = BINS) -> float:
    """Expected calibration error: mean gap between risk and outcome over `bins` bins of equally many rows."""
    order = np.argsort(risk, kind="stable")
    parts = np.array_split(order, min(bins, len(order)))
    return float(sum(abs(risk[part].mean() - failed[part].mean()) * len(part) for part in parts) / len(order))


def calibration_slope(failed: Floats, risk: Floats) -> float:
    """Slope of a logistic regression of the outcome on the log-odds of the risk; 1 is ideal, below 1 overconfident."""
    inside = np.clip(risk, 1e-6, 1 - 1e-6)
    return fit_sigmoid(np.log(inside / (1 - inside)), failed).slope
