"""The model: trained where there is something new to learn from, then asked about everyone."""

from datetime import datetime
from typing import Any

import msgspec

from liwa.core import clock
from liwa.core.config import config
from liwa.flows.refresh import Phase, Run, step
from liwa.insight.risk import Model, Prediction, latest, predict, save, train
from liwa.insight.risk.model import same_lesson
from liwa.insight.tables import Campus


@step("predict", Phase.PREDICT)
def predictions(run: Run) -> None:
    """Fill `run.predictions`."""
    campus = run.shared["campus"] = Campus(run.tables, run.campus.zone)
    run.model = model_for(run, campus)
    run.basis = run.model.about.basis
    zone = run.campus.zone
    before = {
        one.enrollment: {reason["key"] for reason in one.reasons}
        for one in predict(run.model, campus, run.as_of - clock.WEEK, zone)
    }
    found = predict(run.model, campus, run.as_of, zone)
    run.predictions = [_row(one, before.get(one.enrollment)) for one in found]


def model_for(run: Run, campus: Campus) -> Model:
    """The newest model, or a new one where classes have ended or the code has changed since it was trained."""
    protected = config()["LIWA_PROTECTED_FEATURES"]
    known = None if run.retrain or protected else latest(run.home.models, run.as_of)
    if known and same_lesson(known, campus, run.as_of):
        return known
    model = train(campus, run.as_of, run.campus.zone, protected=protected)
    if model.parts:
        save(model, run.home.models)
    return model


def _row(one: Prediction, before: set[str] | None) -> dict[str, Any]:
    """A prediction as a plain row; `changed` are its reasons that there were none of a week before."""
    row: dict[str, Any] = msgspec.to_builtins(one, builtin_types=(datetime,))
    row["changed"] = [] if before is None else [r["key"] for r in row["reasons"] if r["key"] not in before]
    return row
