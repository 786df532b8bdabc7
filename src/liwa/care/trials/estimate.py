"""What an offer of help did, by intention to treat: everyone counts in the arm they were drawn for.

All functions take arrays whose last axis is the students (or cells) and may have axes for many trials before it,
so that simulations run through the very code that judges a real trial. `y` is the outcome (0 or 1), `offered` is 1
for those offered help, `x` the covariate fixed before the start: the risk at assignment.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
TINY = 1e-9


class Effect(NamedTuple):
    """Share with the outcome among those offered help, less the share among the others.

    `se` is its robust standard error, `df` the degrees of freedom of Student's t that fits it.
    """

    estimate: Array
    se: Array
    df: Array


def difference(y: Array, offered: Array) -> Effect:
    """Difference in means, with Neyman's standard error (which is HC2 without covariates)."""
    return _ols(np.stack([offered, np.ones_like(offered)], axis=-1), y)


def adjusted(y: Array, offered: Array, x: Array) -> Effect:
    """Difference in means adjusted by the covariate, with HC2 standard errors.

    Regression with a slope of the covariate in each arm (Lin, "Agnostic notes on regression adjustments to
    experimental data", Annals of Applied Statistics 7(1), 2013): never less precise than the plain difference in
    large samples, whatever the true relation is. With one slope it would be CUPED (Deng et al., WSDM 2013).
    """
    centred = x - x.mean(axis=-1, keepdims=True)
    return _ols(np.stack([offered, np.ones_like(offered), centred, offered * centred], axis=-1), y)


def within_periods(y: Array, offered: Array, x: Array, period: NDArray[np.int64]) -> Effect:
    """The effect where the share that is offered help differs by period of entry: compared within periods.

    Adjusted by the covariate; HC2. It weights periods by n p (1 - p), p the share offered help.
    """
    centred = x - x.mean(axis=-1, keepdims=True)
    periods = np.unique(period)
    columns = [offered, centred, *(np.where(period == one, 1.0, 0.0) for one in periods)]
    return _ols(np.stack(np.broadcast_arrays(*columns), axis=-1), y)


def stepped(
    y: Array, x: Array, cluster: NDArray[np.int64], period: NDArray[np.int64], step: NDArray[np.int64]
) -> Effect:
    """The effect in a stepped roll-out by class, compared within classes and within periods.

    cluster: each student's class, 0 to G - 1; period: of entry, from 0; step[..., G]: the period from which a class is
    offered help. Means of the covariate-adjusted outcome by class and period are regressed, weighted by students, on
    the offer with an effect of each class and period (Hussey & Hughes, Contemporary Clinical Trials 28, 2007, with
    fixed classes); standard errors are robust to any correlation within a class (CR2: Bell & McCaffrey 2002;
    Pustejovsky & Tipton, JBES 36(4), 2018), with G - 1 degrees of freedom. The effect is nan where no class has
    been seen in both states.
    """
    periods = int(period.max()) + 1
    count, mean = _cells(y, x, cluster, period, step.shape[-1], periods)
    treated = (np.arange(periods) >= step[..., None]).astype(float)
    times = np.broadcast_to(np.eye(periods), (*treated.shape, periods))
    columns = np.concatenate(
        [np.broadcast_to(treated, count.shape)[..., None], np.broadcast_to(times, (*count.shape, periods))],
        axis=-1,
    )
    root = np.sqrt(count)[..., None]
    design = root * _demeaned(columns, count)
    target = root[..., 0] * _demeaned(mean[..., None], count)[..., 0]
    return _clustered(design, target, (count.sum(axis=-1) > 0).sum(axis=-1))


def _ols(design: Array, y: Array) -> Effect:
    """The first column's coefficient with its HC2 error (MacKinnon & White 1985). design: (..., n, k)."""
    inverse = np.linalg.pinv(np.swapaxes(design, -1, -2) @ design, hermitian=True)
    found = (inverse @ (np.swapaxes(design, -1, -2) @ y[..., None]))[..., 0]
    left = y - (design @ found[..., None])[..., 0]
    projected = design @ inverse
    leverage = (projected * design).sum(axis=-1)
    squares = projected[..., 0] ** 2 * left**2 / np.maximum(1 - leverage, TINY)
    n, k = design.shape[-2:]
    estimate = found[..., 0]
    return Effect(estimate, np.sqrt(squares.sum(axis=-1)), np.full_like(estimate, max(n - k, 1)))


def _cells(
    y: Array, x: Array, cluster: NDArray[np.int64], period: NDArray[np.int64], clusters: int, periods: int
) -> tuple[Array, Array]:
    """(students, mean outcome adjusted by the covariate) by class and period: (..., G, T) each."""
    shape = y.shape[:-1]
    trials = int(np.prod(shape, dtype=int))
    within = np.broadcast_to(cluster * periods + period, y.shape).reshape(trials, -1)
    cell = (within + np.arange(trials)[:, None] * clusters * periods).ravel()

    def total(values: Array) -> Array:
        summed = np.bincount(cell, np.ascontiguousarray(values).ravel(), trials * clusters * periods)
        return summed.astype(float).reshape(*shape, clusters, periods)

    x = np.broadcast_to(x, y.shape)
    count, sum_y, sum_x, sum_xy, sum_xx = (total(one) for one in (np.ones_like(y), y, x, x * y, x * x))
    some = np.maximum(count, 1)
    spread = (sum_xx - sum_x**2 / some).sum(axis=(-1, -2), keepdims=True)
    slope = (sum_xy - sum_x * sum_y / some).sum(axis=(-1, -2), keepdims=True) / np.maximum(spread, TINY)
    return count, (sum_y - slope * sum_x) / some


def _demeaned(columns: Array, weight: Array) -> Array:
    """Columns (..., G, T, k) less their weighted means by class."""
    some = np.maximum(weight.sum(axis=-1), TINY)[..., None, None]
    means: Array = (weight[..., None] * columns).sum(axis=-2, keepdims=True) / some
    return columns - means


def _clustered(design: Array, target: Array, clusters: NDArray[np.int64]) -> Effect:
    """The first column's coefficient with its CR2 error. design: (..., G, T, k), target: (..., G, T)."""
    crossed = np.einsum("...gtk,...gtl->...kl", design, design)
    inverse = np.linalg.pinv(crossed, rcond=TINY, hermitian=True)
    found = np.einsum("...kl,...gtl,...gt->...k", inverse, design, target, optimize=True)
    left = target - np.einsum("...gtk,...k->...gt", design, found)
    projected = np.einsum("...gtk,...kl->...gtl", design, inverse)
    kept = np.eye(design.shape[-2]) - projected @ np.swapaxes(design, -1, -2)
    values, vectors = np.linalg.eigh(kept)
    scale = np.where(values > 1e-6, 1 / np.sqrt(np.maximum(values, 1e-6)), 0.0)
    adjusted = (vectors * scale[..., None, :]) @ (np.swapaxes(vectors, -1, -2) @ left[..., None])
    scores = (projected[..., 0] * adjusted[..., 0]).sum(axis=-1)
    se = np.sqrt((scores**2).sum(axis=-1))
    known = np.einsum("...kl,...lm->...km", inverse, crossed)[..., 0, 0] > 0.999
    estimate = np.where(known, found[..., 0], np.nan)
    return Effect(estimate, np.where(known, se, np.nan), np.maximum(clusters - 1, 1).astype(float))
