"""How far today's students have moved from those the model learned from, and whether what it said came true."""

from typing import Any

from liwa.flows.refresh import Phase, Run, step
from liwa.insight.drift import came_true
from liwa.insight.drift import drift as measure
from liwa.insight.risk.hazard import leaving
from liwa.insight.risk.predict import withdrawals


@step("drift", Phase.PREDICT, after=("evaluate",))
def drift(run: Run) -> None:
    """Add `drift` to `run.card`: the features of this refresh's predictions against the model's training rows.

    Its `came_true` is what the model says of four weeks ago against what has happened since.
    """
    rows, profile = run.shared.get("rows"), run.model.about.profile if run.model else {}
    if run.card is None or rows is None or not profile:
        return
    found = {"as_of": run.as_of.isoformat(), **measure(profile, rows), "came_true": _came_true(run)}
    run.card = {**run.card, "drift": found}


def _came_true(run: Run) -> dict[str, Any] | None:
    """Of those in a class four weeks ago: how many were foreseen to withdraw by now, and how many did."""
    rows = run.shared.get("earlier_rows")
    if run.model is None or not run.model.leaving or not rows:
        return None
    return came_true(withdrawals(run.model, rows), leaving(run.shared["campus"], rows, run.as_of))
