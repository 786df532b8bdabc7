"""Advisers' lists: each no longer than its adviser can see to, each student once."""

import numpy as np
import pytest

from liwa.insight.evaluation.advisers import Lists, at_capacity
from liwa.insight.evaluation.resampling import Draws


def test_each_adviser_sees_the_top_of_their_own_students() -> None:
    users = ["a", "b", "c", "d", "e", "e", "f"]
    risk = np.array([0.9, 0.8, 0.7, 0.3, 0.2, 0.6, 0.99])
    failed = np.array([1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0])
    lists = Lists({"a": "x", "b": "x", "c": "x", "d": "y", "e": "y", "f": "z"}, {"x": 2, "y": 1})
    found = at_capacity(failed, risk, users, Draws.of(users, 50), lists)
    assert found is not None
    # Of x a and b, of y e with the higher of two risks; z has no capacity, so f is nobody's.
    assert (found["advisers"], found["students"], found["listed"]) == (2, 5, 3)
    assert found["precision"] == pytest.approx(2 / 3)
    assert found["recall"] == pytest.approx(2 / 3)


def test_without_capacity_nothing_is_said() -> None:
    users, values = ["a", "b"], np.array([1.0, 0.0])
    assert at_capacity(values, values, users, Draws.of(users, 5), Lists({"a": "x"}, {})) is None
