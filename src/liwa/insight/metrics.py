"""How good predictions are: ranking, calibration, and what a list of limited length finds.

Every measure takes rows (n,) and weights (resamples, n) and answers one value per resample, so that a bootstrap is
one call; the plain functions weigh every row once. Nothing here loops over rows.
"""

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
    return float(average_precisions(failed, score, np.ones((1, len(failed))))[0])


def brier(failed: Floats, risk: Floats) -> float:
    """Mean squared difference between probability and what happened."""
    return float(np.mean((risk - failed) ** 2))


def ece(failed: Floats, risk: Floats, bins: int = BINS) -> float:
    """Expected calibration error: mean gap between risk and outcome over `bins` bins of exactly equal mass."""
    return float(eces(failed, risk, np.ones((1, len(failed))), bins)[0])


def calibration_slope(failed: Floats, risk: Floats) -> float:
    """Slope of a logistic regression of the outcome on the log-odds of the risk; 1 is ideal, below 1 overconfident."""
    return fit_sigmoid(log_odds(risk), failed).slope


def log_odds(risk: Floats) -> Floats:
    """log(p / (1 - p)), kept finite."""
    inside = np.clip(risk, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside / (1 - inside)))


def aucs(failed: Floats, score: Floats, weight: Floats) -> Floats:
    """One AUC per row of `weight`; NaN where a resample has one kind of outcome only."""
    _, bad, good = _by_score(failed, score, weight)
    below = np.cumsum(good, axis=1) - good / 2
    pairs = bad.sum(axis=1) * good.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((bad * below).sum(axis=1) / pairs)


def average_precisions(failed: Floats, score: Floats, weight: Floats) -> Floats:
    """One average precision per row of `weight`; NaN where nobody failed."""
    _, bad, good = _by_score(failed, -score, weight)
    hits = np.cumsum(bad, axis=1)
    listed = hits + np.cumsum(good, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(listed > 0, hits / listed, 0.0)
        return np.asarray((bad * precision).sum(axis=1) / hits[:, -1])


def briers(failed: Floats, risk: Floats, weight: Floats) -> Floats:
    """One Brier score per row of `weight`."""
    return np.asarray(weight @ (risk - failed) ** 2 / weight.sum(axis=1))


def eces(failed: Floats, risk: Floats, weight: Floats, bins: int = BINS) -> Floats:
    """One calibration error per row of `weight`. Rows of one risk share its outcomes evenly where a bin parts them."""
    mass, stated, happened = reliability(failed, risk, weight, bins)
    return np.asarray(np.abs(stated - happened).sum(axis=1) / mass.sum(axis=1))


def reliability(
    failed: Floats, risk: Floats, weight: Floats, bins: int = BINS
) -> tuple[Floats, Floats, Floats]:
    """Sums over `bins` bins of equal mass by risk: (mass, risk, outcome), each (resamples, bins)."""
    unique, bad, good = _by_score(failed, risk, weight)
    mass = np.cumsum(bad + good, axis=1)
    parts = np.arange(1, bins + 1) / bins
    sums = [_up_to(mass, some, parts) for some in (mass, np.cumsum((bad + good) * unique, axis=1))]
    sums.append(_up_to(mass, np.cumsum(bad, axis=1), parts))
    below, stated, happened = (np.diff(one, axis=1, prepend=0.0) for one in sums)
    return below, stated, happened


def slopes(failed: Floats, risk: Floats, weight: Floats) -> Floats:
    """One calibration slope per row of `weight`: one Newton step from the slope of all rows.

    The one-step bootstrap of Moulton and Zeger (1991, doi:10.1016/0167-9473(91)90052-4): as good as fitting each
    resample anew to the order that a bootstrap has itself.
    """
    odds = log_odds(risk)
    fitted = fit_sigmoid(odds, failed)
    at = fitted(odds)
    bend, lean = at * (1 - at), failed - at
    moments = np.column_stack([lean, lean * odds, bend, bend * odds, bend * odds**2])
    lean0, lean1, bend0, bend1, bend2 = (weight @ moments).T
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(fitted.slope + (bend0 * lean1 - bend1 * lean0) / (bend0 * bend2 - bend1**2))


def found_in_top(failed: Floats, score: Floats, weight: Floats, share: float) -> tuple[Floats, Floats]:
    """(precision, recall) of the list of the `share` highest scores, one per row of `weight`.

    Of those who tie for the last places a part counts, as drawing lots among them would give on average.
    """
    _, bad, good = _by_score(failed, -score, weight)
    hits = np.cumsum(bad, axis=1)
    mass = np.cumsum(bad + good, axis=1)
    caught = _up_to(mass, hits, np.array([share]))[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(caught / (share * mass[:, -1])), np.asarray(caught / hits[:, -1])


def _by_score(failed: Floats, score: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Distinct scores, lowest first, and the mass of those who failed and who did not at each, per resample."""
    order = np.argsort(score, kind="stable")
    failed, score, weight = failed[order], score[order], weight[:, order]
    starts = np.flatnonzero(np.r_[True, score[1:] != score[:-1]])
    bad = np.add.reduceat(weight * failed, starts, axis=1)
    good = np.add.reduceat(weight * (1 - failed), starts, axis=1)
    return score[starts], bad, good


def _up_to(mass: Floats, total: Floats, shares: Floats) -> Floats:
    """The running `total` when the running `mass` reaches each share of all mass: (resamples, shares)."""
    found = np.empty((len(mass), len(shares)))
    rows = np.arange(len(mass))
    for place, share in enumerate(shares):
        wanted = share * mass[:, -1]
        after = np.minimum((mass < wanted[:, None]).sum(axis=1), mass.shape[1] - 1)
        here, there = mass[rows, after], total[rows, after]
        before = np.where(after > 0, mass[rows, after - 1], 0.0)
        gone = np.where(after > 0, total[rows, after - 1], 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            part = np.where(here > before, (wanted - before) / (here - before), 1.0)
        found[:, place] = gone + part * (there - gone)
    return found
