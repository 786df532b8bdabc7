"""The model's card, with what the model is worth: measured once for each model and kept beside it."""

from pathlib import Path
from typing import Any

import msgspec

from liwa.flows.evaluate import figures
from liwa.flows.refresh import Phase, Run, step
from liwa.insight.card import card
from liwa.insight.evaluate import evaluate as measure


@step("evaluate", Phase.PREDICT, after=("predict",))
def evaluate(run: Run) -> None:
    """Fill `run.card` and `run.evaluation`."""
    if run.model is None:
        raise RuntimeError("the step `predict` makes the model")
    kept = run.home.models / run.model.about.name / "card.json"
    if not run.retrain and kept.exists():
        found = msgspec.json.decode(kept.read_bytes())
        run.card, run.evaluation = found["card"], found["evaluation"]
        return
    evaluations = measure(run.shared["campus"], run.campus.zone, model=run.model)
    run.card, run.evaluation = card(run.model, evaluations), figures(evaluations)
    if run.model.parts:
        _keep(kept, {"card": run.card, "evaluation": run.evaluation})


def _keep(path: Path, content: dict[str, Any]) -> None:
    partial = path.with_suffix(".part")
    partial.write_bytes(msgspec.json.encode(content))
    partial.replace(path)
