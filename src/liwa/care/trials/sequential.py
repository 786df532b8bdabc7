"""Intervals that hold at every look: whoever peeks each week and stops when something shows is still right.

An ordinary 95 % interval is made for one look. A confidence sequence covers the truth at all times together with
the stated probability, so it may be looked at whenever one likes. Ours is the asymptotic confidence sequence of
Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
sequences", Annals of Statistics 52(6), 2024 (arXiv:2103.06476): Robbins's normal mixture, with the variance
estimated. For an estimate after n students with standard error s its half-width is

    s * sqrt((1 + 1/r) * log((1 + r) / alpha^2)),   r = rho^2 * n.

Assumptions: students enter one after another and what becomes of one does not depend on whether another was
offered help; the estimate is a mean of independent parts up to what vanishes, with finite variance. It is
asymptotic: the statement is about late times, so nothing is looked at before `MINIMUM` students of each arm have an
outcome, and at least `EVENTS` of each arm have it and `EVENTS` have it not. For stepped roll-outs the clock is not n
but the information 1/s^2, and the parts are whole classes: there must be `CLUSTERS` of them. How often it errs at
such sizes is simulated in the tests and, at full size, in `bench/trials.py`.
"""

from math import log

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

MINIMUM = 30  # students with an outcome, in each arm, before the first look
EVENTS = 5  # of each arm with the outcome, and without it
CLUSTERS = 10  # classes of a stepped roll-out
ALPHA = 0.05


def tuning(alpha: float = ALPHA) -> float:
    """rho^2 times the planned n: makes the sequence narrowest where the trial is planned to end (ibid., Appendix B)."""
    return -2 * log(alpha) + log(-2 * log(alpha)) + 1


def multiplier(fraction: float | Array, alpha: float = ALPHA) -> Array:
    """How many standard errors wide each side is, when `fraction` of the planned information has come in.

    `fraction` is above 0 and may exceed 1. Never less than what one look would need.
    """
    r = tuning(alpha) * np.asarray(fraction, dtype=float)
    return np.sqrt((1 + 1 / r) * np.log((1 + r) / alpha**2))


def widened(normal: float | Array, df: float | Array) -> Array:
    """The multiplier with the same tail under Student's t: small samples have heavier tails than the normal."""
    from scipy import special  # takes longer to import than all else that a page needs

    tail = special.ndtr(-np.asarray(normal, dtype=float))
    return np.asarray(-special.stdtrit(np.asarray(df, dtype=float), tail), dtype=float)


def interval(
    estimate: float | Array,
    se: float | Array,
    fraction: float | Array,
    df: float | Array,
    alpha: float = ALPHA,
) -> tuple[Array, Array]:
    """(low, high) of the confidence sequence at one look; each argument a number or an array of the same shape."""
    half = widened(multiplier(fraction, alpha), df) * se
    return estimate - half, estimate + half
