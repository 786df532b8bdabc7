"""The stability index against its formula, drift of planted shifts, and the checks of a model."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liwa.insight.drift import (
    LEAST_ROWS,
    MAX_ECE,
    NOT_A_NUMBER,
    TOO_FEW,
    UNCALIBRATED,
    WORSE,
    came_true,
    checks,
    drift,
    profile,
    stability,
)
from liwa.insight.features import Column, Feature
from liwa.insight.risk.matrix import Rows

COLUMNS = (
    Column("amount", "activity", "amount"),
    Column("count", "missing", "count"),
    Column("word", "load", "word", kind="category"),
)
FEATURE = Feature("made", lambda _campus, spine: spine, COLUMNS)


def rows(amount: Any, count: Any, word: list[str | None], week: Any) -> Rows:
    table = {
        "amount": pa.array(amount, pa.float64(), from_pandas=True),
        "count": pa.array(count, pa.int64()),
        "word": pa.array(word, pa.string()),
        "week": pa.array(week, pa.int64()),
    }
    return Rows(pa.table(table), (FEATURE,))


def made(seed: int, n: int = 4000, shift: float = 0.0, unknown: float = 0.1, words: str = "abc") -> Rows:
    rng = np.random.default_rng(seed)
    amount = rng.normal(shift, 1, n)
    amount[rng.uniform(size=n) < unknown] = np.nan
    week = rng.choice([2, 4], n)
    return rows(amount, rng.poisson(0.5 * week), rng.choice(list(words), n).tolist(), week)


def by_name(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in found["columns"]}


def test_the_index_is_its_formula() -> None:
    then, now = np.array([500.0, 300.0, 200.0]), np.array([200.0, 300.0, 500.0])
    by_hand = (0.2 - 0.5) * np.log(0.2 / 0.5) + (0.5 - 0.2) * np.log(0.5 / 0.2)
    assert stability(then * 1000, now * 1000) == pytest.approx(by_hand, rel=1e-4)


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=12))
def test_it_is_zero_for_the_same_and_never_negative(counts: list[int]) -> None:
    then = np.array(counts, dtype=float)
    assert stability(then, then) == pytest.approx(0)
    assert stability(then, then[::-1]) >= 0


def test_students_like_those_of_before_have_not_moved() -> None:
    found = drift(profile(made(1)), made(2))
    assert found["rows"] == 4000
    assert found["moved"] == 0
    assert all(one["psi"] < 0.02 for one in found["columns"])


def test_what_moved_comes_first() -> None:
    found = drift(profile(made(1)), made(2, shift=1.5))
    assert found["columns"][0]["name"] == "amount"
    assert found["moved"] == 1
    silent = by_name(drift(profile(made(1)), made(2, unknown=0.9)))["amount"]
    assert silent["psi"] > 0.25
    assert silent["unknown_then"] == pytest.approx(0.1, abs=0.03)
    assert silent["unknown_now"] == pytest.approx(0.9, abs=0.03)
    assert by_name(drift(profile(made(1)), made(2, words="abz")))["word"]["psi"] > 0.25


def test_a_week_is_held_against_its_own_week() -> None:
    """Counts grow with the weeks: that alone is no drift."""
    late = made(2)
    late = late.take(late.number("week") == 4)
    found = by_name(drift(profile(made(1)), late))
    assert found["count"]["psi"] < 0.02
    early = profile(made(1).take(made(1).number("week") == 2))
    assert by_name(drift(early, late))["count"]["psi"] > 0.1


def test_few_rows_say_nothing() -> None:
    assert drift(profile(made(1)), made(2, n=100)) == {"rows": 0, "left_out": 100, "moved": 0, "columns": []}
    assert drift({}, made(2, n=300))["columns"] == []


def account(**changed: Any) -> dict[str, Any]:
    record = {"n": 400, "auc": 0.7, "ece": 0.02, "brier": 0.2} | changed
    return {"basis": "model", "calibration": {"plain": {"slope": 1.0}}, "evaluation": [record] * 3}


def test_a_good_model_passes() -> None:
    assert checks(account()) == []
    assert checks({"basis": "rules"}) == []
    assert checks({"basis": "model", "calibration": {}, "evaluation": []}) == []


def test_a_bad_model_does_not() -> None:
    assert checks(account(ece=MAX_ECE + 0.01)) == [UNCALIBRATED]
    assert checks(account(n=20)) == [TOO_FEW]
    assert checks(account(auc=None)) == [NOT_A_NUMBER]
    assert checks(account(brier=float("nan"))) == [NOT_A_NUMBER]
    assert checks(account() | {"calibration": {"plain": {"slope": float("inf")}}}) == [NOT_A_NUMBER]


def test_worse_than_a_simpler_means_is_said_beyond_doubt_only() -> None:
    def beside(*highs: float | None) -> list[str]:
        others = [{"name": "failing average", "gain_high": high} for high in highs]
        return checks(account() | {"baselines": others})

    assert beside(-0.01, -0.02, 0.03) == [WORSE]
    assert beside(-0.01, 0.02, 0.03) == []
    assert beside(None, None, None) == []


def test_what_came_true_is_held_against_what_was_stated() -> None:
    stated = np.full(1000, 0.1)
    as_stated = np.arange(1000) < 110
    far = np.arange(1000) < 130
    assert came_true(stated, as_stated.astype(float)) == {
        "rows": 1000,
        "stated": pytest.approx(0.1),
        "happened": pytest.approx(0.11),
        "apart": False,
    }
    assert (came_true(stated, far.astype(float)) or {})["apart"] is True


def test_what_is_not_known_yet_is_left_out_and_few_say_nothing() -> None:
    happened = np.zeros(LEAST_ROWS)
    assert came_true(np.full(LEAST_ROWS, 0.01), happened) is not None
    happened[0] = np.nan
    assert came_true(np.full(LEAST_ROWS, 0.01), happened) is None
    assert came_true(np.full(LEAST_ROWS, np.nan), np.zeros(LEAST_ROWS)) is None
