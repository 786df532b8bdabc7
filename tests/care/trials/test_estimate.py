"""Effects and their errors, beside slow arithmetic done another way."""

import numpy as np
import pytest

from liwa.care.trials import estimate


def some_trial(n: int = 120, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.random.Generator]:
    random = np.random.default_rng(seed)
    risk = random.random(n)
    offered = (random.random(n) < 0.4).astype(float)
    y = (random.random(n) < 0.7 - 0.4 * risk + 0.1 * offered).astype(float)
    return y, offered, risk, random


def slow_hc2(columns: list[np.ndarray], y: np.ndarray) -> tuple[float, float]:
    """The first column's coefficient and its HC2 error, by the whole hat matrix."""
    design = np.column_stack(columns)
    inverse = np.linalg.inv(design.T @ design)
    hat = design @ inverse @ design.T
    left = y - hat @ y
    meat = design.T @ np.diag(left**2 / (1 - np.diag(hat))) @ design
    return float((inverse @ design.T @ y)[0]), float(np.sqrt((inverse @ meat @ inverse)[0, 0]))


def test_a_difference_in_means_has_neymans_error() -> None:
    y, offered, _risk, _random = some_trial()
    found = estimate.difference(y, offered)
    one, other = y[offered == 1], y[offered == 0]
    assert found.estimate == pytest.approx(one.mean() - other.mean())
    assert found.se == pytest.approx(np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other)))
    assert found.df == len(y) - 2


def test_adjustment_is_regression_with_a_slope_in_each_arm() -> None:
    y, offered, risk, _random = some_trial()
    centred = risk - risk.mean()
    wanted = slow_hc2([offered, np.ones_like(y), centred, offered * centred], y)
    found = estimate.adjusted(y, offered, risk)
    assert (found.estimate, found.se) == pytest.approx(wanted)
    # The same as predicting each arm's mean at the mean risk.
    lines = [np.polyfit(centred[offered == arm], y[offered == arm], 1)[1] for arm in (1, 0)]
    assert found.estimate == pytest.approx(lines[0] - lines[1])


def test_adjustment_pays_where_the_risk_tells() -> None:
    random = np.random.default_rng(5)
    risk = random.random((200, 300))
    offered = (random.random(risk.shape) < 0.5).astype(float)
    y = (random.random(risk.shape) < 1 - risk).astype(float)
    assert estimate.adjusted(y, offered, risk).se.mean() < 0.85 * estimate.difference(y, offered).se.mean()


def test_periods_are_compared_within_themselves() -> None:
    y, _offered, risk, random = some_trial(200)
    period = np.repeat(np.arange(4), 50)
    offered = (random.random(200) < 0.2 + 0.2 * period).astype(float)
    y = np.clip(y + 10 * period, 0, 100)  # a trend as strong as can be
    columns = [offered, risk - risk.mean(), *((period == one).astype(float) for one in range(4))]
    found = estimate.within_periods(y, offered, risk, period)
    assert (found.estimate, found.se) == pytest.approx(slow_hc2(columns, y))
    assert abs(estimate.difference(y, offered).estimate) > 2


def stepped_trial(classes: int = 8, steps: int = 4, seed: int = 2) -> tuple[np.ndarray, ...]:
    random = np.random.default_rng(seed)
    step = 1 + np.arange(classes) % steps
    cluster = np.repeat(np.arange(classes), 60)
    period = random.integers(0, steps + 1, len(cluster))
    offered = (period >= step[cluster]).astype(float)
    risk = random.random(len(cluster))
    y = (
        0.3 * offered
        + 0.1 * period
        + 0.2 * random.normal(size=classes)[cluster]
        + 0.3 * random.normal(size=480)
    )
    return y, risk, cluster, period, step, offered


def test_a_stepped_roll_out_is_regression_with_classes_and_periods() -> None:
    y, risk, cluster, period, step, offered = stepped_trial()
    found = estimate.stepped(y, risk, cluster, period, step)
    cell = cluster * 5 + period
    inside = risk - np.array([risk[cell == one].mean() for one in cell])
    slope = (inside * y).sum() / (inside * risk).sum()
    dummies = [
        *((cluster == one).astype(float) for one in range(8)),
        *((period == one).astype(float) for one in range(4)),
    ]
    columns = np.column_stack([offered, *dummies])
    wanted = np.linalg.lstsq(columns, y - slope * risk, rcond=None)[0][0]
    assert found.estimate == pytest.approx(wanted)
    assert found.df == 7


def test_a_stepped_roll_outs_error_is_cr2() -> None:
    """Beside CR2 with the whole matrices, class by class, classes' own effects as columns."""
    y, risk, cluster, period, step, _offered = stepped_trial()
    found = estimate.stepped(y, 0 * risk, cluster, period, step)
    cells = [(g, t) for g in range(8) for t in range(5)]
    count = np.array([((cluster == g) & (period == t)).sum() for g, t in cells])
    mean = np.array([y[(cluster == g) & (period == t)].mean() for g, t in cells])
    rows = [
        [float(t >= step[g]), *(float(g == k) for k in range(8)), *(float(t == k) for k in range(1, 5))]
        for g, t in cells
    ]
    root = np.sqrt(count)
    design = np.array(rows) * root[:, None]
    inverse = np.linalg.inv(design.T @ design)
    kept = np.eye(40) - design @ inverse @ design.T
    left = kept @ (mean * root)
    meat = np.zeros((13, 13))
    for g in range(8):
        some = np.s_[5 * g : 5 * g + 5]
        values, vectors = np.linalg.eigh(kept[some, some])
        scale = np.where(values > 1e-9, 1 / np.sqrt(np.maximum(values, 1e-9)), 0)
        score = design[some].T @ vectors @ np.diag(scale) @ vectors.T @ left[some]
        meat += np.outer(score, score)
    assert found.se == pytest.approx(np.sqrt((inverse @ meat @ inverse)[0, 0]), rel=1e-6)


def test_nothing_is_said_before_a_class_has_been_seen_in_both_states() -> None:
    y, risk, cluster, period, step, _offered = stepped_trial()
    found = estimate.stepped(
        y[period == 0], risk[period == 0], cluster[period == 0], period[period == 0], step
    )
    assert np.isnan(found.estimate)


def test_many_trials_at_once_are_each_one_by_itself() -> None:
    random = np.random.default_rng(8)
    y, offered, risk = (random.random((3, 90)) for _ in range(3))
    y, offered = (y < 0.5).astype(float), (offered < 0.5).astype(float)
    together = estimate.adjusted(y, offered, risk)
    for at in range(3):
        alone = estimate.adjusted(y[at], offered[at], risk[at])
        assert (alone.estimate, alone.se) == pytest.approx((together.estimate[at], together.se[at]))
    cluster, period = np.repeat(np.arange(9), 10), np.tile(np.arange(5), 18)
    step = np.array([random.permutation(np.arange(9)) % 4 + 1 for _ in range(3)])
    together = estimate.stepped(y, risk, cluster, period, step)
    for at in range(3):
        alone = estimate.stepped(y[at], risk[at], cluster, period, step[at])
        assert (alone.estimate, alone.se) == pytest.approx((together.estimate[at], together.se[at]))
