"""The model: trained where there is something new to learn from, then asked about everyone."""

from datetime import datetime
from typing import Any

import msgspec

from liwa.core import clock
from liwa.core.config import config
from liwa.flows.refresh import Phase, Run, step
from liwa.insight.population import running, runs
from liwa.insight.risk import Model, Prediction, latest, save, train
from liwa.insight.risk.model import same_lesson
from liwa.insight.risk.predict import predict_at
from liwa.insight.tables import Campus


@step("predict", Phase.PREDICT)
def predictions(run: Run) -> None:
    """Fill `run.predictions`."""
    campus = run.shared["campus"] = Campus(run.tables, run.campus.zone)
    run.model = model_for(run, campus)
    run.basis = run.model.about.basis
    known, zone = runs(campus), run.campus.zone
    week_before = run.as_of - clock.WEEK
    moments = [*running(known, run.as_of, zone), *running(known, week_before, zone)]
    found = predict_at(run.model, campus, moments)
    before = {one.enrollment: one for one in found if one.cutoff == week_before}
    run.predictions = [_row(one, before.get(one.enrollment)) for one in found if one.cutoff == run.as_of]


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


def _row(one: Prediction, before: Prediction | None) -> dict[str, Any]:
    """A prediction as a plain row, with what the same model said a week before (`before`), and in `changed` the
    reasons that it did not give then.
    """
    row: dict[str, Any] = msgspec.to_builtins(one, builtin_types=(datetime,))
    row["changed"], row["before"] = [], {}
    if before is not None:
        known = {reason["key"] for reason in before.reasons}
        row["changed"] = [reason["key"] for reason in one.reasons if reason["key"] not in known]
        row["before"] = {"risk": before.risk, "band": before.band, "reasons": before.reasons}
    return row
