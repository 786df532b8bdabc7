"""What share of a class is to be expected not to complete."""

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.special import expit

from liwa.insight.population import runs, weekly
from liwa.insight.risk import Model
from liwa.insight.risk.expected import Ended, History, history
from liwa.insight.risk.matrix import Rows, columns_of, matrix, rows_at
from liwa.insight.tables import Campus
from tests.insight.campus import ZONE, at, event, tables

AUTUMN, SPRING = date(2024, 9, 30), date(2025, 2, 3)
PAST = History(
    {
        "A-1": Ended("A", AUTUMN, 0.2),
        "A-2": Ended("A", SPRING, 0.6),
        "B-1": Ended("B", AUTUMN, 0.4),
    }
)


def test_the_same_season_counts_three_times_and_all_classes_once() -> None:
    mean = (0.2 + 0.6 + 0.4) / 3
    assert PAST.share("A-3", "A", date(2025, 10, 6)) == pytest.approx((3 * 0.2 + 0.6 + mean) / 5)
    assert PAST.share("C-1", "C", AUTUMN) == pytest.approx(mean)


def test_a_class_says_nothing_of_itself() -> None:
    assert PAST.share("A-1", "A", AUTUMN) == pytest.approx((0.6 + 0.5) / 2)
    alone = History({"A-1": Ended("A", AUTUMN, 0.2)})
    assert alone.share("A-1", "A", AUTUMN) == pytest.approx(0.2)


def test_the_turn_of_the_year_parts_no_season() -> None:
    past = History({"A-1": Ended("A", date(2024, 12, 28), 0.9), "A-2": Ended("A", date(2025, 7, 1), 0.1)})
    assert past.share("A-3", "A", date(2026, 1, 4)) == pytest.approx((3 * 0.9 + 0.1 + 0.5) / 5)


@pytest.mark.parametrize(("left", "expected"), [(0.0, 0.45), (0.2, 0.3125), (0.44, 0.05), (0.9, 0.05)])
def test_who_has_left_already_does_not_leave_again(left: float, expected: float) -> None:
    table = {"klass": ["A-3"], "course": ["A"], "starts_on": [SPRING], "left_share": [left]}
    rows = Rows(pa.table(table), ())
    past = History({"A-1": Ended("A", SPRING, 0.45), "A-2": Ended("A", SPRING, 0.45)})
    assert expit(past.log_odds(rows)) == pytest.approx([expected], abs=1e-4)


def _ended(known: dict[str, tuple[bool, datetime]], gone: dict[str, int]) -> History:
    """Class A of five students, who began on the first day: whether they succeeded, and when some left."""
    klass = {"sourced_id": "A-1", "course": "A", "starts_on": AUTUMN, "ends_on": AUTUMN + timedelta(days=99)}
    rows: dict[str, list[dict[str, Any]]] = {
        "klass": [{**klass, "terms": "[]"}],
        "enrollment": [
            {"sourced_id": f"A-{user}", "klass": "A-1", "user": user, "role": "student", "begin_date": AUTUMN}
            for user in "vwxyz"
        ],
        "outcome": [
            {"sourced_id": f"A-{user}", "success": success, "known_at": when}
            for user, (success, when) in known.items()
        ],
        "events": [
            event("withdrew", user, at(AUTUMN + timedelta(days=day)), object=f"A-{user}", klass="A-1")
            for user, day in gone.items()
        ],
    }
    campus = Campus(tables(rows), ZONE)
    return history(campus, runs(campus), at(AUTUMN + timedelta(days=100)))


def test_history_is_of_those_who_began_and_of_outcomes_known() -> None:
    soon, late = at(AUTUMN + timedelta(days=99)), at(AUTUMN + timedelta(days=101))
    outcomes = {
        "v": (True, soon),
        "w": (False, soon),
        "x": (False, soon),
        "y": (False, late),
        "z": (True, soon),
    }
    found = _ended(outcomes, {"w": -3, "x": 5})
    assert found.classes == {"A-1": Ended("A", AUTUMN, pytest.approx(1 / 3))}
    assert _ended({"v": (True, late)}, {}).classes == {}


def test_the_model_begins_where_the_class_is_expected_to_end(model: Model, campus: Campus) -> None:
    rows = rows_at(campus, weekly(runs(campus), [5], ZONE), model.features)
    assert set(model.history.classes) == set(model.about.classes)
    base = model.history.log_odds(rows)
    for klass in set(rows.words("klass")):
        assert np.ptp(base[rows.array("klass") == klass]) == 0.0
    lower = model.parts["plain"].raw(_numbers(model, rows), base - 1.0)
    assert (lower < model.parts["plain"].raw(_numbers(model, rows), base)).all()


def _numbers(model: Model, rows: Rows) -> Any:
    return matrix(rows, columns_of(model.features, activity=False), model.about.words)
