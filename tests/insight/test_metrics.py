"""Our measures against scikit-learn's and against what can be said beforehand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

from liwa.insight import metrics
from liwa.insight.risk.calibration import Sigmoid, fit_sigmoid


@st.composite
def judged(draw: st.DrawFn) -> tuple[metrics.Floats, metrics.Floats]:
    pairs = draw(st.lists(st.tuples(st.booleans(), st.integers(0, 12)), min_size=2, max_size=60))
    failed = np.array([failed for failed, _ in pairs], dtype=float)
    failed[:2] = 0.0, 1.0
    return failed, np.array([score for _, score in pairs]) / 12


@given(judged())
def test_ranking_is_as_scikit_learn_says(drawn: tuple[metrics.Floats, metrics.Floats]) -> None:
    failed, score = drawn
    assert metrics.auc(failed, score) == pytest.approx(roc_auc_score(failed, score))
    assert metrics.average_precision(failed, score) == pytest.approx(average_precision_score(failed, score))


@given(judged(), st.integers(0, 2**32 - 1))
def test_weights_are_repeated_rows(drawn: tuple[metrics.Floats, metrics.Floats], seed: int) -> None:
    failed, score = drawn
    weight = np.random.default_rng(seed).integers(1, 4, len(failed))
    expected = metrics.auc(np.repeat(failed, weight), np.repeat(score, weight))
    assert metrics.auc(failed, score, weight.astype(float)) == pytest.approx(expected)


@given(judged(), st.integers(0, 2**32 - 1))
def test_each_resample_is_measured_as_repeated_rows(
    drawn: tuple[metrics.Floats, metrics.Floats], seed: int
) -> None:
    failed, score = drawn
    weight = np.random.default_rng(seed).integers(0, 4, (3, len(failed)))
    weight[:, :2] += 1
    for place, times in enumerate(weight):
        rows = np.repeat(failed, times), np.repeat(score, times)
        each = weight.astype(float)
        ranking = metrics.Ranking.of(failed, score, each)
        assert ranking.average_precision()[place] == pytest.approx(average_precision_score(*rows))
        assert metrics.briers(failed, score, each)[place] == pytest.approx(metrics.brier(*rows))
        assert ranking.ece()[place] == pytest.approx(metrics.ece(*rows))
        alone = metrics.Ranking.of(*rows, np.ones((1, len(rows[0]))))
        for found, expected in zip(ranking.top(0.3), alone.top(0.3), strict=True):
            assert found[place] == pytest.approx(expected[0])


def test_ten_bins_of_equal_mass_are_the_sorted_rows_cut_in_ten() -> None:
    rng = np.random.default_rng(7)
    risk = rng.permutation(np.linspace(0.01, 0.99, 1000))
    failed = (rng.uniform(size=1000) < risk**2).astype(float)
    parts = np.array_split(np.argsort(risk), 10)
    by_hand = np.mean([abs(risk[part].mean() - failed[part].mean()) for part in parts])
    assert metrics.ece(failed, risk) == pytest.approx(by_hand)
    assert metrics.ece(np.array([1.0, 0.0] * 20), np.full(40, 0.3)) == pytest.approx(0.2)


def test_what_a_list_finds() -> None:
    failed, score = np.array([1.0, 0.0, 1.0, 1.0, 0.0]), np.array([0.9, 0.8, 0.7, 0.2, 0.1])
    ones = np.ones((1, 5))
    assert [float(one[0]) for one in metrics.Ranking.of(failed, score, ones).top(0.6)] == pytest.approx(
        [2 / 3, 2 / 3]
    )
    # Of three who tie for two places two thirds are counted.
    tied = np.array([0.5, 0.5, 0.5, 0.2, 0.1])
    assert [float(one[0]) for one in metrics.Ranking.of(failed, tied, ones).top(0.4)] == pytest.approx(
        [2 / 3, 4 / 9]
    )


def test_slopes_of_resamples_are_close_to_those_of_fits_anew() -> None:
    rng = np.random.default_rng(8)
    risk = rng.uniform(0.02, 0.98, size=2000)
    failed = (rng.uniform(size=2000) < risk).astype(float)
    weight = rng.multinomial(2000, np.full(2000, 1 / 2000), size=20).astype(float)
    quick = metrics.sloping(failed, risk)(weight)
    anew = [
        metrics.calibration_slope(np.repeat(failed, one.astype(int)), np.repeat(risk, one.astype(int)))
        for one in weight
    ]
    assert quick == pytest.approx(anew, abs=0.02)


def test_calibration_error() -> None:
    rng = np.random.default_rng(4)
    risk = rng.uniform(size=50_000)
    failed = (rng.uniform(size=50_000) < risk).astype(float)
    assert metrics.ece(failed, risk) < 0.01
    assert metrics.ece(failed, np.clip(risk + 0.1, 0, 1)) == pytest.approx(0.095, abs=0.01)
    assert metrics.calibration_slope(failed, risk) == pytest.approx(1, abs=0.05)
    assert metrics.brier(np.array([1.0, 0.0]), np.array([0.8, 0.4])) == pytest.approx(0.1)


def test_a_sigmoid_is_found_again() -> None:
    rng = np.random.default_rng(5)
    raw = rng.normal(size=100_000) * 2
    failed = (rng.uniform(size=raw.size) < Sigmoid(0.6, -0.8)(raw)).astype(float)
    fitted = fit_sigmoid(raw, failed)
    assert fitted.slope == pytest.approx(0.6, abs=0.03)
    assert fitted.intercept == pytest.approx(-0.8, abs=0.03)


def test_a_slope_of_one_whose_odds_are_far_off_is_found() -> None:
    rng = np.random.default_rng(6)
    risk = rng.uniform(0.01, 0.99, size=3000)
    failed = (rng.uniform(size=risk.size) < risk**6).astype(float)
    slope = metrics.calibration_slope(failed, risk)
    odds = np.log(risk / (1 - risk)).reshape(-1, 1)
    assert slope == pytest.approx(LogisticRegression(C=1e9).fit(odds, failed).coef_[0, 0], rel=0.02)


def test_scores_that_part_outcomes_perfectly_stay_finite() -> None:
    raw = np.linspace(-3, 3, 50)
    fitted = fit_sigmoid(raw, (raw > 0).astype(float))
    assert np.isfinite([fitted.slope, fitted.intercept]).all()
    assert (np.diff(fitted(raw)) > 0).all()
