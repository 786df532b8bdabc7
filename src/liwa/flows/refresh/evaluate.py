"""The model's card, with what the model is worth: measured once for each model and kept beside it."""

from pathlib import Path
from typing import Any

import msgspec

from liwa.flows.evaluate import figures
from liwa.flows.refresh import Phase, Run, step
from liwa.insight.card import card
from liwa.insight.evaluation import evaluate as measure


@step("evaluate", Phase.PREDICT, after=("predict",))
def evaluate(run: Run) -> None:
    """Fill `run.card` and `run.evaluation`, and where it had to be measured `run.shared["evaluations"]`."""
    if run.model is None:
        raise RuntimeError("the step `predict` makes the model")
    kept = run.home.models / run.model.about.name / "card.json"
    found = msgspec.json.decode(kept.read_bytes()) if kept.exists() and not run.retrain else None
    # Other code may have learned another model from the same data, under the same name.
    if found and found["card"]["training"]["code_hash"] == run.model.about.code_hash:
        run.card, run.evaluation = found["card"], found["evaluation"]
        return
    evaluations = run.shared["evaluations"] = measure(run.shared["campus"], run.campus.zone, model=run.model)
    run.card, run.evaluation = card(run.model, evaluations), figures(evaluations)
    if run.model.parts:
        _keep(kept, {"card": run.card, "evaluation": run.evaluation})


def _keep(path: Path, content: dict[str, Any]) -> None:
    partial = path.with_suffix(".part")
    partial.write_bytes(msgspec.json.encode(content))
    partial.replace(path)
