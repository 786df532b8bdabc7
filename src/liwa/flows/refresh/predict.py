"""The model: trained where there is something new to learn from, then asked about everyone."""

from datetime import datetime
from typing import Any

import msgspec
import pyarrow.compute as pc

from liwa.core import clock
from liwa.core.config import config
from liwa.flows.refresh import Phase, Run, step
from liwa.flows.refresh.evaluate import usable
from liwa.insight.population import running, runs
from liwa.insight.risk import Model, Prediction, latest, save, train
from liwa.insight.risk.matrix import rows_at
from liwa.insight.risk.model import same_lesson
from liwa.insight.risk.predict import predicted
from liwa.insight.tables import Campus


@step("predict", Phase.PREDICT)
def predictions(run: Run) -> None:
    """Fill `run.predictions`, and `run.shared["rows"]` with the features they rest on."""
    campus = run.shared["campus"] = Campus(run.tables, run.campus.zone)
    run.model = usable(run, campus, model_for(run, campus))
    run.basis = run.model.about.basis
    known, zone = runs(campus), run.campus.zone
    week_before = run.as_of - clock.WEEK
    moments = [*running(known, run.as_of, zone), *running(known, week_before, zone)]
    rows = rows_at(campus, moments, run.model.features) if moments else None
    found = predicted(run.model, rows) if rows else []
    run.shared["rows"] = rows.take(pc.equal(rows.table["cutoff"], run.as_of).to_numpy()) if rows else None
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
