"""The model's card, with what the model is worth: measured once for each model and kept beside it.

A new model is measured before it is asked about anyone: `usable` gives the last one that passed its checks where the
new one fails them.
"""

from pathlib import Path
from typing import Any

import msgspec

from liwa.core import clock
from liwa.core.errors import LiwaError
from liwa.flows.evaluate import advisers_lists, figures
from liwa.flows.refresh import Phase, Run, step
from liwa.insight.card import card
from liwa.insight.drift import checks
from liwa.insight.evaluation import evaluate as measure
from liwa.insight.evaluation import with_gaps
from liwa.insight.risk import Model, load, only_rules
from liwa.insight.risk.matrix import columns_of
from liwa.insight.tables import Campus

# Intervals from fewer resamples, and gaps between groups at one week alone: `liwa evaluate` takes its time.
RESAMPLES = 200
GAP_WEEKS = (4,)
GAP_RESAMPLES = 60
FELL_BACK = "the newest model failed its checks and no earlier one fits"

Account = dict[str, Any]


@step("evaluate", Phase.PREDICT, after=("predict",))
def evaluate(run: Run) -> None:
    """Fill `run.card` and `run.evaluation`, and where it had to be measured `run.shared["evaluations"]`."""
    if run.model is None:
        raise RuntimeError("the step `predict` makes the model")
    account = _account(run, run.shared["campus"], run.model)
    refused = run.shared.get("refused")
    run.card, run.evaluation = (
        account["card"] | ({"refused": refused} if refused else {}),
        account["evaluation"],
    )


def usable(run: Run, campus: Campus, model: Model) -> Model:
    """The model, where its card passes the checks; else the newest earlier one that passed them, else rules.

    `run.shared["refused"]` then holds the name of the refused model and the reasons, which its successor's card shows.
    """
    reasons = checks(_account(run, campus, model)["card"])
    if not reasons:
        return model
    run.shared["refused"] = {"name": model.about.name, "reasons": reasons}
    run.shared.pop("evaluations", None)
    return _last_good(run, model) or only_rules(run.as_of, FELL_BACK)


def _last_good(run: Run, refused: Model) -> Model | None:
    """The newest model that passed its checks, knew nothing later than this refresh and fits today's features."""
    found: list[Model] = []
    for path in run.home.models.glob("*/card.json"):
        if path.parent.name == refused.about.name or checks(_read(path)["card"]):
            continue
        try:
            model = load(path.parent)
        except LiwaError:  # of an older version, or half written: it cannot be used any more
            continue
        if model.about.as_of <= run.as_of and not model.about.protected and _fits(model):
            found.append(model)
    return max(found, key=lambda model: (model.about.as_of, model.about.name), default=None)


def _fits(model: Model) -> bool:
    """Whether today's features are those that the model's parts were trained on."""
    return all(
        [column.name for column in columns_of(model.features, activity=name != "plain")] == list(part.columns)
        for name, part in model.parts.items()
    )


def _account(run: Run, campus: Campus, model: Model) -> Account:
    """A model's card and figures, as kept beside it, or measured now and kept."""
    kept = run.home.models / model.about.name / "card.json"
    measured: dict[str, Account] = run.shared.setdefault("accounts", {})
    if model.about.name in measured:
        return measured[model.about.name]
    found = _read(kept) if kept.exists() and not run.retrain else None
    # Other code may have learned another model from the same data, under the same name.
    if found and found["card"]["training"]["code_hash"] == model.about.code_hash:
        return found
    zone = run.campus.zone
    lists = advisers_lists(clock.day_of(run.as_of, zone))
    evaluations = measure(campus, zone, model=model, lists=lists, resamples=RESAMPLES)
    evaluations = [with_gaps(campus, one, GAP_WEEKS, resamples=GAP_RESAMPLES) for one in evaluations]
    run.shared["evaluations"] = evaluations
    account = measured[model.about.name] = {
        "card": card(model, evaluations),
        "evaluation": figures(evaluations),
    }
    if model.parts:
        _keep(kept, account)
    return account


def _read(path: Path) -> Account:
    account: Account = msgspec.json.decode(path.read_bytes())
    return account


def _keep(path: Path, content: Account) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_bytes(msgspec.json.encode(content))
    partial.replace(path)
