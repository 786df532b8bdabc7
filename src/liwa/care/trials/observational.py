"""Comparing students who got help with similar ones who did not: offered only with a warning.

Nobody was drawn, so those helped may differ in what no column says: an adviser's hunch, a wish to stay. Matching
on the propensity score evens out what was measured and nothing else. So the comparison comes with how much the
groups overlap, how far apart they were before and after, and how strong something unmeasured would have to be to
explain the difference away.
"""

from dataclasses import dataclass
from math import exp, isfinite, log, sqrt
from typing import Any

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from liwa.core.errors import LiwaError

Array = NDArray[np.float64]

WARNING: str | Promise = _(
    "This compares students who happened to get help with others; nobody was drawn by chance. The difference may"
    " come from what made some get help. Only a trial can tell whether help helps."
)
TRIMMED = 0.1  # propensities outside 0.1 to 0.9 are left out: Crump et al., Biometrika 96(1), 2009
CALIPER = 0.2  # standard deviations of the propensity's logit: Austin, Pharmaceutical Statistics 10(2), 2011
BALANCED = 0.1  # a standardised mean difference up to this is taken as none
LEAST = 20  # students in each group, and matched pairs
BINS = 10


@dataclass(frozen=True)
class Comparison:
    """What is found. Shares are between 0 and 1.

    overlap: students helped and not, by tenth of the propensity; kept: both counts after trimming; balance: name ->
    (standardised mean difference before, after); difference with `low` and `high`: helped less matched others;
    ratio (of shares) with its interval; e_value, e_value_limit: see `e_value`.
    """

    helped: int
    others: int
    overlap: list[tuple[int, int]]
    kept: tuple[int, int]
    pairs: int
    balance: dict[str, tuple[float, float]]
    difference: float
    low: float
    high: float
    ratio: float
    ratio_low: float
    ratio_high: float
    e_value: float
    e_value_limit: float

    @property
    def balanced(self) -> bool:
        """Whether no measured covariate is still further apart than `BALANCED`."""
        return all(abs(after) <= BALANCED for _before, after in self.balance.values())

    def as_json(self) -> dict[str, Any]:
        """All figures, and the warning with them."""
        return {"warning": str(WARNING), "balanced": self.balanced, **self.__dict__}


def compare(helped: Array, outcome: Array, covariates: Array, names: list[str]) -> Comparison:
    """Match each student helped with one who was not and had about the same chance of being helped.

    helped, outcome: (n,) of 0 and 1; covariates: (n, k), all known before help began. Raises LiwaError where the
    groups are too small or too different to be compared.
    """
    _check(helped, outcome, covariates)
    treated = helped > 0.5
    score = _propensity(treated, covariates)
    inside = (score >= TRIMMED) & (score <= 1 - TRIMMED)
    kept = int((inside & treated).sum()), int((inside & ~treated).sum())
    first, second = _pairs(score, treated, inside)
    if len(first) < LEAST:
        raise LiwaError(
            f"Only {len(first)} of the students helped have a counterpart who was not: nothing can be compared.",
            remedy="The groups hardly overlap. Plan a trial instead: liwa trial create.",
        )
    low, high, ratio = _effect(outcome[first], outcome[second])
    return Comparison(
        int(treated.sum()),
        int((~treated).sum()),
        _overlap(score, treated),
        kept,
        len(first),
        _balance(covariates, names, treated, first, second),
        float(outcome[first].mean() - outcome[second].mean()),
        low,
        high,
        *ratio,
        e_value(ratio[0]),
        _limit(*ratio),
    )


def e_value(ratio: float) -> float:
    """How strong an unmeasured common cause would have to be, as a risk ratio with both help and outcome.

    ratio + sqrt(ratio (ratio - 1)), the reciprocal taken first where it is below 1 (VanderWeele & Ding, "Sensitivity
    analysis in observational research: introducing the E-value", Annals of Internal Medicine 167(4), 2017). 1 means
    that nothing is needed; inf that nothing could.
    """
    if ratio <= 0:
        return float("inf")
    ratio = max(ratio, 1 / ratio)
    return ratio + sqrt(ratio * (ratio - 1)) if isfinite(ratio) else ratio


def _limit(ratio: float, low: float, high: float) -> float:
    """The E-value of the interval's end nearer to no difference; 1 where that is inside."""
    if low <= 1 <= high:
        return 1.0
    return e_value(low if ratio > 1 else high)


def _check(helped: Array, outcome: Array, covariates: Array) -> None:
    binary = all(np.isin(column, (0, 1)).all() for column in (helped, outcome))
    if not binary or not np.isfinite(covariates).all():
        raise LiwaError(
            "Help and outcome are given as 0 or 1, the other columns as numbers.",
            remedy="Mend or leave out the rows where they are not.",
        )
    if min(helped.sum(), (1 - helped).sum()) < LEAST:
        raise LiwaError(f"There are fewer than {LEAST} students in a group: too few to compare.")
    if not covariates.shape[1]:
        raise LiwaError(
            "Nothing is known of the students by which they could be matched.",
            remedy="Give at least one column that was known before help began, such as the risk.",
        )


def _propensity(treated: NDArray[np.bool_], covariates: Array) -> Array:
    """Each student's chance of having been helped, by a lightly penalised logistic regression."""
    spread = covariates.std(axis=0)
    scaled = (covariates - covariates.mean(axis=0)) / np.where(spread > 0, spread, 1)
    design = np.column_stack([np.ones(len(scaled)), scaled])
    penalty = np.diag([0.0, *np.full(scaled.shape[1], 1e-3)])
    weights = np.zeros(design.shape[1])
    for _round in range(50):
        chance = _chance(design @ weights)
        slope = design.T @ (treated - chance) - penalty @ weights
        step = np.linalg.solve((design * (chance * (1 - chance))[:, None]).T @ design + penalty, slope)
        weights += np.clip(step, -4, 4)
        if np.abs(step).max() < 1e-8:
            break
    return _chance(design @ weights)


def _chance(logit: Array) -> Array:
    return 1 / (1 + np.exp(-np.clip(logit, -30, 30)))


def _pairs(score: Array, treated: NDArray[np.bool_], inside: NDArray[np.bool_]) -> tuple[Any, Any]:
    """Places of matched students: nearest logit first come, within the caliper, each used once.

    Those helped are matched from the highest propensity down, as for them counterparts are rarest.
    """
    logit = np.log(score / (1 - score))
    caliper = CALIPER * float(logit.std())
    helped = np.flatnonzero(treated & inside)
    free = np.flatnonzero(~treated & inside)
    free = free[np.argsort(logit[free], kind="stable")]
    unused = np.ones(len(free), dtype=bool)
    first, second = [], []
    for one in helped[np.argsort(-logit[helped], kind="stable")]:
        begin, end = np.searchsorted(logit[free], (logit[one] - caliper, logit[one] + caliper))
        near = begin + np.flatnonzero(unused[begin:end])
        if len(near):
            best = near[np.argmin(np.abs(logit[free[near]] - logit[one]))]
            unused[best] = False
            first.append(one)
            second.append(free[best])
    return np.array(first, dtype=int), np.array(second, dtype=int)


def _overlap(score: Array, treated: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.linspace(0, 1, BINS + 1)
    with_help, _edges = np.histogram(score[treated], edges)
    without, _edges = np.histogram(score[~treated], edges)
    return [(int(one), int(other)) for one, other in zip(with_help, without, strict=True)]


def _balance(
    covariates: Array, names: list[str], treated: NDArray[np.bool_], first: Any, second: Any
) -> dict[str, tuple[float, float]]:
    """Differences of means in standard deviations (of both groups before matching, so that the two compare)."""
    with_help, without = covariates[treated], covariates[~treated]
    spread = np.sqrt((with_help.var(axis=0) + without.var(axis=0)) / 2)
    spread = np.where(spread > 0, spread, 1)
    before = (with_help.mean(axis=0) - without.mean(axis=0)) / spread
    after = (covariates[first].mean(axis=0) - covariates[second].mean(axis=0)) / spread
    return {name: (float(one), float(two)) for name, one, two in zip(names, before, after, strict=True)}


def _effect(with_help: Array, without: Array) -> tuple[float, float, tuple[float, float, float]]:
    """(low, high) of the difference in pairs, and the ratio of shares with its interval; 95 %."""
    apart = with_help - without
    n = len(apart)
    half = 1.96 * float(apart.std(ddof=1)) / sqrt(n)
    middle = float(apart.mean())
    # Half a student more on each side where a group has none with the outcome, or all.
    a, b = float(with_help.sum()), float(without.sum())
    some = 0.5 if min(a, b) == 0 or max(a, b) == n else 0.0
    p, q = (a + some) / (n + 2 * some), (b + some) / (n + 2 * some)
    error = sqrt((1 - p) / (p * n) + (1 - q) / (q * n))
    ratio = log(p / q)
    return middle - half, middle + half, (exp(ratio), exp(ratio - 1.96 * error), exp(ratio + 1.96 * error))
