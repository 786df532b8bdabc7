"""How far today's students have moved from those the model learned from; shown on its card."""

from liwa.flows.refresh import Phase, Run, step
from liwa.insight.drift import drift as measure


@step("drift", Phase.PREDICT, after=("evaluate",))
def drift(run: Run) -> None:
    """Add `drift` to `run.card`: the features of this refresh's predictions against the model's training rows."""
    rows, profile = run.shared.get("rows"), run.model.about.profile if run.model else {}
    if run.card is None or rows is None or not profile:
        return
    run.card = {**run.card, "drift": {"as_of": run.as_of.isoformat(), **measure(profile, rows)}}
