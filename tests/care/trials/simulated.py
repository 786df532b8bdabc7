"""Trials that never were: whole campuses of students whose outcome without help is known, looked at every week.

Arrays run over trials first, then over students in the order in which they come in, so that the estimators of
`liwa.care.trials.estimate` judge all trials at once.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from liwa.care.trials import design, estimate
from liwa.care.trials.sequential import CLUSTERS, EVENTS, MINIMUM, interval

Array = NDArray[np.float64]
ONE_LOOK = 1.96


class Found(NamedTuple):
    """Of trials looked at weekly: at each look (trials, looks), whether taken, and the interval."""

    taken: NDArray[np.bool_]
    low: Array
    high: Array
    estimate: Array
    se: Array
    truth: float

    def claimed(self) -> float:
        """Share of trials that at some look claimed an effect."""
        return float((self.taken & ((self.low > 0) | (self.high < 0))).any(axis=1).mean())

    def claimed_naively(self) -> float:
        """The same for whoever peeks with ordinary 95 % intervals."""
        return float((self.taken & (np.abs(self.estimate) > ONE_LOOK * self.se)).any(axis=1).mean())

    def covered(self) -> float:
        """Share of trials whose interval held the truth at every look."""
        missed = (self.low > self.truth) | (self.high < self.truth)
        return float(1 - (self.taken & missed).any(axis=1).mean())

    def error(self) -> float:
        """Mean error of the last look's estimate."""
        return float(np.nanmean(self.estimate[:, -1]) - self.truth)


class Setting(NamedTuple):
    """Trials to simulate: students a week, weeks, share with the outcome, the planted effect."""

    trials: int
    weekly: int
    weeks: int
    base: float
    effect: float
    share: float = 0.5
    steps: int = 6
    classes: int = 30
    icc: float = 0.03


def encouragement(setting: Setting, seed: int) -> Found:
    """Students drawn one by one with the same share, judged by regression on the risk."""
    random = np.random.default_rng(seed)
    n = setting.weekly * setting.weeks
    risk, chance = _risk(random, (setting.trials, n), setting)
    offered = (random.random(risk.shape) < setting.share).astype(float)
    y = _outcome(random, chance + setting.effect * offered)

    def look(week: int) -> tuple[estimate.Effect, NDArray[np.bool_]]:
        some = np.s_[:, : setting.weekly * week]
        return estimate.adjusted(y[some], offered[some], risk[some]), _enough(y[some], offered[some])

    return _watched(setting, look, lambda week, effect: np.full_like(effect.se, week / setting.weeks))


def by_week(setting: Setting, seed: int) -> Found:
    """A stepped roll-out in which each student has a week of her own from which help is offered."""
    random = np.random.default_rng(seed)
    periods = setting.steps - 1
    weeks = setting.weeks - setting.weeks % periods
    setting = setting._replace(weeks=weeks)
    n = setting.weekly * weeks
    period = np.arange(n) * periods // n
    risk, chance = _risk(random, (setting.trials, n), setting)
    chance = chance + 0.1 * (period / periods - 0.5)  # the term gets harder
    share = np.array(design.shares_by_period(setting.steps))[period]
    offered = (random.random(risk.shape) < share).astype(float)
    y = _outcome(random, chance + setting.effect * offered)
    planned = design.plan_steps(n, setting.steps, setting.base).information

    def look(week: int) -> tuple[estimate.Effect, NDArray[np.bool_]]:
        some = np.s_[:, : setting.weekly * week]
        found = estimate.within_periods(y[some], offered[some], risk[some], period[: setting.weekly * week])
        return found, _enough(y[some], offered[some])

    return _watched(setting, look, lambda _week, effect: effect.se**-2 / planned)


def by_class(setting: Setting, seed: int) -> Found:
    """A stepped roll-out by class, one period a week; classes differ, each drifts, and the term gets harder."""
    random = np.random.default_rng(seed)
    periods = setting.steps + 1
    size = setting.weekly
    shape = (setting.trials, setting.classes)
    order = random.permuted(np.broadcast_to(np.arange(setting.classes), shape), axis=1)
    step = 1 + order % setting.steps
    period = np.repeat(np.arange(periods), setting.classes * size)
    cluster = np.tile(np.repeat(np.arange(setting.classes), size), periods)
    spread = np.sqrt(setting.icc * setting.base * (1 - setting.base))
    level = random.normal(0, spread, (*shape, 1)) + random.normal(0, spread / 3, (*shape, periods))
    offered = (period >= step[:, cluster]).astype(float)
    risk, chance = _risk(random, offered.shape, setting)
    chance = chance + level[:, cluster, period] + 0.1 * (period / periods - 0.5)
    y = _outcome(random, chance + setting.effect * offered)
    planned = design.plan_classes(setting.classes, size, setting.steps, setting.base, setting.icc).information

    def look(week: int) -> tuple[estimate.Effect, NDArray[np.bool_]]:
        n = setting.classes * size * week
        some = np.s_[:, :n]
        found = estimate.stepped(y[some], risk[some], cluster[:n], period[:n], step)
        enough = _enough(y[some], offered[some]) & np.isfinite(found.se) & (setting.classes >= CLUSTERS)
        return found, enough

    return _watched(setting._replace(weeks=periods), look, lambda _week, effect: effect.se**-2 / planned)


def _risk(random: np.random.Generator, shape: tuple[int, ...], setting: Setting) -> tuple[Array, Array]:
    """(risk at assignment, chance of the outcome without help)."""
    risk = random.beta(4, 3, shape)
    return risk, setting.base - 0.3 * (risk - 4 / 7)


def _outcome(random: np.random.Generator, chance: Array) -> Array:
    return (random.random(chance.shape) < np.clip(chance, 0, 1)).astype(float)


def _enough(y: Array, offered: Array) -> NDArray[np.bool_]:
    enough = np.ones(y.shape[0], dtype=bool)
    for arm in (offered, 1 - offered):
        n, events = arm.sum(axis=1), (arm * y).sum(axis=1)
        enough &= (n >= MINIMUM) & (events >= EVENTS) & (n - events >= EVENTS)
    return enough


def _watched(
    setting: Setting,
    look: Callable[[int], tuple[estimate.Effect, NDArray[np.bool_]]],
    fraction: Callable[[int, estimate.Effect], Array],
) -> Found:
    shape = (setting.trials, setting.weeks)
    taken = np.zeros(shape, dtype=bool)
    low, high, found, errors = (np.full(shape, np.nan) for _ in range(4))
    for week in range(1, setting.weeks + 1):
        effect, enough = look(week)
        at = week - 1
        taken[:, at] = enough
        some = np.where(enough, effect.se, 1.0)
        kept = effect._replace(se=some)
        low[:, at], high[:, at] = interval(
            np.where(enough, effect.estimate, 0.0), some, fraction(week, kept), effect.df
        )
        found[:, at], errors[:, at] = effect.estimate, effect.se
    return Found(taken, low, high, found, errors, setting.effect)
