"""The model: trained where there is something new to learn from, then asked about everyone."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from liwa.core import clock
from liwa.core.config import config
from liwa.flows.refresh import Phase, Run, step
from liwa.flows.refresh.evaluate import usable
from liwa.insight.population import running, runs
from liwa.insight.risk import Model, Prediction, latest, save, train
from liwa.insight.risk.hazard import LEAVING_DAYS
from liwa.insight.risk.matrix import Rows, rows_at
from liwa.insight.risk.model import same_lesson
from liwa.insight.risk.predict import predicted
from liwa.insight.tables import Campus


@step("predict", Phase.PREDICT)
def predictions(run: Run) -> None:
    """Fill `run.predictions`, and `run.shared` with the features they rest on (`rows`) and those of a month before.

    `earlier_rows` are of the cut-off from which on those that were foreseen to withdraw have had their time.
    """
    campus = run.shared["campus"] = Campus(run.tables, run.campus.zone)
    run.model = usable(run, campus, model_for(run, campus))
    run.basis = run.model.about.basis
    known, zone = runs(campus), run.campus.zone
    week_before, month_before = run.as_of - clock.WEEK, run.as_of - timedelta(days=LEAVING_DAYS)
    cutoffs = (run.as_of, week_before, month_before)
    moments = [moment for cutoff in cutoffs for moment in running(known, cutoff, zone)]
    rows = rows_at(campus, moments, run.model.features) if moments else None
    run.shared["rows"] = _of(rows, run.as_of)
    run.shared["earlier_rows"] = _of(rows, month_before)
    shown = _of(rows, run.as_of, week_before)
    found = predicted(run.model, shown) if shown else []
    before = {one.enrollment: one for one in found if one.cutoff == week_before}
    run.predictions = [_row(one, before.get(one.enrollment)) for one in found if one.cutoff == run.as_of]


def _of(rows: Rows | None, *cutoffs: datetime) -> Rows | None:
    """The rows of these cut-offs; None where there are none."""
    if rows is None:
        return None
    wanted = pa.array(cutoffs, rows.table["cutoff"].type)
    return rows.take(pc.is_in(rows.table["cutoff"], wanted).to_numpy())


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
