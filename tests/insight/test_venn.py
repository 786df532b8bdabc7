"""The ends of the interval are what isotonic regression gives with the new score added."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.isotonic import IsotonicRegression

from liwa.insight.risk.venn import fit_steps

Known = list[tuple[int, bool]]


def _isotonic(scores: NDArray[np.float64], failed: NDArray[np.float64], score: float, added: float) -> float:
    fitted = IsotonicRegression().fit(np.append(scores, score), np.append(failed, added))
    return float(fitted.predict([score])[0])


@given(st.lists(st.tuples(st.integers(-8, 8), st.booleans()), min_size=1, max_size=40))
def test_the_ends_are_those_of_isotonic_regression(known: Known) -> None:
    scores, failed = (np.array(column, dtype=float) for column in zip(*known, strict=True))
    asked = np.arange(-9.0, 9.5, 0.5)
    low, high = fit_steps(scores, failed)(asked)
    for place, score in enumerate(asked):
        assert abs(low[place] - _isotonic(scores, failed, score, 0.0)) < 1e-9
        assert abs(high[place] - _isotonic(scores, failed, score, 1.0)) < 1e-9


def test_more_evidence_makes_the_interval_narrower() -> None:
    rng = np.random.default_rng(7)
    asked = np.linspace(0.2, 0.8, 50)
    widths = []
    for count in (100, 1_000, 10_000):
        scores = rng.random(count)
        low, high = fit_steps(scores, (rng.random(count) < scores).astype(float))(asked)
        assert (low <= high).all()
        widths.append((high - low).mean())
    assert widths[0] > 2 * widths[1] > 4 * widths[2]


def test_scores_that_say_nothing_are_calibrated_all_the_same() -> None:
    rng = np.random.default_rng(11)
    failed = (rng.random(4_000) < 0.3).astype(float)
    low, high = fit_steps(rng.random(4_000), failed)(np.array([0.5]))
    assert abs(low[0] - 0.3) < 0.03
    assert abs(high[0] - 0.3) < 0.03
