"""Intervals against what is known of them."""

import numpy as np
import pytest

from liwa.insight import metrics
from liwa.insight.evaluation.resampling import Draws, interval, with_interval
from liwa.insight.metrics import Floats


def auc_interval(failed: Floats, score: Floats, users: list[str]) -> Floats:
    values = Draws.of(users).values(users, lambda weight: {"auc": metrics.aucs(failed, score, weight)})
    return interval(values["auc"])


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(5, 2, size=1000)
    users = [str(number) for number in range(1000)]
    draws = Draws.of(users, resamples=2000)
    found = draws.figures(users, lambda weight: {"mean": weight @ values / weight.sum(axis=1)})
    assert found["mean"] == pytest.approx(values.mean())
    low, high = found["mean_low"], found["mean_high"]
    half = 1.96 * values.std() / np.sqrt(1000)
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=half / 8)


def test_every_draw_is_of_as_many_students_as_there_are() -> None:
    draws = Draws.of(["a", "b", "b", "c"], resamples=50)
    assert draws.times.shape == (50, 3)
    assert (draws.times.sum(axis=1) == 3).all()


def test_the_interval_holds_the_value_and_widens_with_repeated_students() -> None:
    rng = np.random.default_rng(3)
    score = rng.uniform(size=400)
    failed = (rng.uniform(size=400) < score).astype(float)
    alone = [str(number) for number in range(400)]
    low, high = auc_interval(failed, score, alone)
    assert low < metrics.auc(failed, score) < high
    assert tuple(auc_interval(failed, score, alone)) == (low, high)
    four = np.repeat(np.arange(100), 4)
    names = [str(number) for number in four]
    narrow = auc_interval(failed[four], score[four], alone)
    wide = auc_interval(failed[four], score[four], names)
    assert wide[1] - wide[0] > 1.5 * (narrow[1] - narrow[0])


def test_an_interval_holds_the_truth_as_often_as_it_says() -> None:
    """The AUC of two normal distributions one apart is known; 95 % of 200 samples' intervals should hold it."""
    rng = np.random.default_rng(4)
    truth = 0.7602499
    held = 0
    for _ in range(200):
        failed = (rng.uniform(size=120) < 0.4).astype(float)
        low, high = auc_interval(failed, rng.normal(size=120) + failed, [str(one) for one in range(120)])
        held += low <= truth <= high
    assert 180 <= held <= 198


def test_what_is_not_known_is_none() -> None:
    assert np.isnan(interval(np.array([np.nan, np.nan]))).all()
    found = with_interval("auc", float("nan"), np.array([np.nan, 0.5]))
    assert found == {"auc": None, "auc_low": None, "auc_high": 0.5}
