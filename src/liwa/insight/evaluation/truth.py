"""Scores against the risk that a simulated campus planted."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from liwa.insight import metrics
from liwa.insight.metrics import Floats


def evaluate_against_truth(
    scores: Mapping[str, float], truth: Mapping[str, float], *, probable: bool = True
) -> dict[str, Any]:
    """How well the scores of enrollments find the risk planted in a simulated campus.

    `truth` gives each enrollment's true probability of not completing. Returns {n, correlation (of ranks), auc
    (against a true risk of at least one half), ece (against the true risk itself)}; values that cannot be computed
    are None. Scores that are no probabilities, as the points of rules, are not `probable` and have no ece.
    """
    both = [one for one in scores if one in truth]
    true = np.array([truth[one] for one in both], dtype=np.float64)
    score = np.array([scores[one] for one in both], dtype=np.float64)
    high = (true >= 0.5).astype(np.float64)
    apart = len(both) > 1 and np.ptp(true) > 0 and np.ptp(score) > 0
    return {
        "n": len(both),
        "correlation": float(np.corrcoef(_ranks(true), _ranks(score))[0, 1]) if apart else None,
        "auc": metrics.auc(high, score) if both and 0 < high.mean() < 1 else None,
        "ece": metrics.ece(true, score) if both and probable else None,
    }


def _ranks(values: Floats) -> Floats:
    """Ranks, ties sharing their mean."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place], dtype=np.float64)
