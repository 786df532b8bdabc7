"""ABROCA against its definition integrated by brute force, and against cases known beforehand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_curve

from liwa.insight.fairness import Curve, Ranked, abroca
from liwa.insight.metrics import Floats


def curve(failed: Floats, score: Floats, weight: Floats | None = None) -> Curve:
    found = Ranked.of(failed, score).curve(np.ones(len(failed)) if weight is None else weight)
    assert found is not None
    return found


def numerically(one: tuple[Floats, Floats], other: tuple[Floats, Floats]) -> float:
    """The area by the midpoint rule on a fine grid of false positive rates, from scikit-learn's curves."""
    grid = (np.arange(200_000) + 0.5) / 200_000
    heights = []
    for failed, score in (one, other):
        false, true, _ = roc_curve(failed, score, drop_intermediate=False)
        heights.append(np.interp(grid, false, true))
    return float(np.abs(heights[0] - heights[1]).mean())


@st.composite
def group(draw: st.DrawFn) -> tuple[Floats, Floats]:
    pairs = draw(st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=2, max_size=40))
    failed = np.array([failed for failed, _ in pairs], dtype=float)
    failed[:2] = 0.0, 1.0
    return failed, np.array([score for _, score in pairs]) / 8


@given(group(), group())
def test_the_area_is_that_of_numeric_integration(
    one: tuple[Floats, Floats], other: tuple[Floats, Floats]
) -> None:
    assert abroca(curve(*one), curve(*other)) == pytest.approx(numerically(one, other), abs=2e-4)


@given(group(), group())
def test_the_area_has_no_side_and_is_zero_for_oneself(
    one: tuple[Floats, Floats], other: tuple[Floats, Floats]
) -> None:
    there, back = abroca(curve(*one), curve(*other)), abroca(curve(*other), curve(*one))
    assert there == pytest.approx(back)
    assert 0 <= there <= 1
    assert abroca(curve(*one), curve(*one)) == 0


def test_of_a_perfect_and_a_blind_ranking_it_is_a_half() -> None:
    failed, flat = np.array([0.0, 1.0]), np.array([0.5, 0.5])
    assert abroca(curve(failed, failed), curve(failed, flat)) == pytest.approx(0.5)
    assert abroca(curve(failed, failed), curve(failed, -failed)) == pytest.approx(1.0)


def test_curves_that_cross_do_not_cancel() -> None:
    """Two curves of the same AUC, one half: one finds the first half early, one the whole late."""
    failed = np.array([1.0, 0.0, 0.0, 1.0])
    early, late = curve(failed, np.array([4.0, 3.0, 2.0, 1.0])), curve(failed, np.array([3.0, 4.0, 1.0, 2.0]))
    assert abroca(early, late) == pytest.approx(0.5)


@given(group(), st.integers(0, 2**32 - 1))
def test_weights_are_repeated_rows(one: tuple[Floats, Floats], seed: int) -> None:
    failed, score = one
    weight = np.random.default_rng(seed).integers(1, 4, len(failed))
    repeated = curve(np.repeat(failed, weight), np.repeat(score, weight))
    assert abroca(curve(failed, score, weight.astype(float)), repeated) == pytest.approx(0, abs=1e-12)


def test_one_kind_of_outcome_has_no_curve() -> None:
    assert Ranked.of(np.ones(3), np.arange(3.0)).curve(np.ones(3)) is None
    assert Ranked.of(np.array([1.0, 0.0]), np.arange(2.0)).curve(np.array([1.0, 0.0])) is None
