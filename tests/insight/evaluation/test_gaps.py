"""Gaps between groups: planted ones are found, small groups are left out, chance is not taken for a gap."""

from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import numpy as np
import pyarrow as pa
import pytest

from liwa.core.clock import now
from liwa.insight import metrics
from liwa.insight.evaluation.gaps import gaps
from liwa.insight.evaluation.resampling import Draws
from liwa.insight.evaluation.rolling import TermRows
from liwa.insight.metrics import Floats
from liwa.insight.risk.matrix import Rows
from liwa.insight.tables import Campus

N = 3000


def campus(sex: Any, region: Any) -> Campus:
    people = {
        "sourced_id": [f"u{place}" for place in range(N)],
        "sex": pa.array(sex, pa.string()),
        "age_band": pa.nulls(N, pa.string()),
        "disability": pa.nulls(N, pa.bool_()),
        "deprivation": pa.nulls(N, pa.string()),
        "region": pa.array(region, pa.string()),
    }
    return Campus(SimpleNamespace(demographics=ibis.memtable(pa.table(people))), ZoneInfo("UTC"))  # type: ignore[arg-type]


def of_term(failed: Floats, risk: Floats) -> TermRows:
    users = [f"u{place}" for place in range(N)]
    table = pa.table({"user": users, "week": pa.array([4] * N, pa.int64())})
    return TermRows(now(), Rows(table, ()), failed, risk, np.array(["c"] * N), Draws.of(users, 200))


@pytest.fixture(scope="module")
def drawn() -> tuple[Floats, Floats, Any]:
    rng = np.random.default_rng(9)
    risk = rng.uniform(0.05, 0.95, N)
    failed = (rng.uniform(size=N) < risk).astype(float)
    return failed, risk, rng.choice(["female", "male"], N)


def test_without_a_gap_none_is_claimed(drawn: tuple[Floats, Floats, Any]) -> None:
    failed, risk, sex = drawn
    (one,) = gaps(campus(sex, [None] * N), of_term(failed, risk), (4,), shuffles=60)
    assert (one["attribute"], one["group"], one["left_out"]) == ("sex", "female", False)
    assert one["n"] == int((sex == "female").sum())
    assert one["recall_gap_low"] < 0 < one["recall_gap_high"]
    assert one["calibration_gap_low"] < 0 < one["calibration_gap_high"]
    assert one["abroca"] < one["abroca_chance"]


def test_planted_gaps_are_found(drawn: tuple[Floats, Floats, Any]) -> None:
    failed, risk, sex = drawn
    rng = np.random.default_rng(10)
    # Of women the risk knows nothing: a constant, and too low.
    blind = np.where(sex == "female", 0.3 + rng.uniform(0, 0.01, N), risk)
    (one,) = gaps(campus(sex, [None] * N), of_term(failed, blind), (4,), shuffles=60)
    assert one["abroca_low"] > one["abroca_chance"]
    seen = sex == "male"
    assert one["abroca"] == pytest.approx(metrics.auc(failed[seen], risk[seen]) - 0.5, abs=0.04)
    assert one["recall_gap_high"] < 0
    assert one["calibration_gap"] == pytest.approx(-0.2, abs=0.05)
    assert one["calibration_gap_high"] < 0


def test_small_groups_are_left_out_without_figures(drawn: tuple[Floats, Floats, Any]) -> None:
    failed, risk, _ = drawn
    region = ["north"] * 1400 + ["south"] * 1560 + ["isle"] * 40
    found = {one["group"]: one for one in gaps(campus([None] * N, region), of_term(failed, risk), (4,))}
    assert found["isle"] == {
        "attribute": "region",
        "week": 4,
        "group": "isle",
        "n": None,
        "left_out": True,
    }
    assert not found["north"]["left_out"]
    assert found["south"]["abroca_chance"] is None
