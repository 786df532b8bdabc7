"""What simpler means reach on the same rows: last week's rule, the average so far, a logistic regression."""

from datetime import datetime

import numpy as np
from sklearn.linear_model import LogisticRegression

from liwa.insight import metrics
from liwa.insight.evaluation.measures import Record
from liwa.insight.evaluation.resampling import Draws
from liwa.insight.features import chosen
from liwa.insight.metrics import Floats
from liwa.insight.population import weekly
from liwa.insight.risk.matrix import Rows, columns_of, matrix, rows_at, target
from liwa.insight.risk.model import ended_runs, students_by_class, thinned
from liwa.insight.tables import Campus

WEEKS = (2, 4, 8, 16)
ROWS = 25_000
QUIET_DAYS = 7


def scores(campus: Campus, as_of: datetime, rows: Rows) -> dict[str, Floats]:
    """Each simpler means' score of the rows, NaN where it has nothing to go by."""
    since = rows.number("days_since_active")
    average = 1 - rows.number("score_all")
    known = ~np.isnan(average)
    return {
        "no visit for 7 days": np.where(np.isnan(since), np.nan, (since >= QUIET_DAYS).astype(np.float64)),
        # Ranked by the average itself, which is kinder to it than a pass mark; nothing due yet is the middle.
        "failing average": np.where(known, average, average[known].mean() if known.any() else 0.0),
        "logistic regression": logistic(campus, as_of, rows),
    }


def compared(
    name: str, score: Floats, failed: Floats, risk: Floats, users: list[str], draws: Draws
) -> Record:
    """A means beside the model on the rows of which the means knows something.

    {name, n, failed, auc, auc_low, auc_high, gain, gain_low, gain_high}: `gain` is the model's AUC less
    the means', both on the same rows and in the same resamples.
    """
    known = ~np.isnan(score)
    failed, risk, score = failed[known], risk[known], score[known]
    users = [user for user, here in zip(users, known, strict=True) if here]
    record: Record = {"name": name, "n": len(failed), "failed": float(failed.mean()) if len(failed) else None}
    if not len(failed) or not 0 < failed.mean() < 1:
        return record | dict.fromkeys(("auc", "auc_low", "auc_high", "gain", "gain_low", "gain_high"))

    def figures(weight: Floats) -> dict[str, Floats]:
        ours, theirs = metrics.aucs(failed, risk, weight), metrics.aucs(failed, score, weight)
        return {"auc": theirs, "gain": ours - theirs}

    return record | draws.figures(users, figures)


def logistic(campus: Campus, as_of: datetime, rows: Rows) -> Floats:
    """Probabilities of a logistic regression on the same features without activity, medians for what is unknown."""
    features = [one for one in chosen() if not one.activity]
    columns = [column for column in columns_of(features, activity=False) if column.kind == "number"]
    moments = weekly(ended_runs(campus, as_of), WEEKS, campus.zone)
    past = rows_at(campus, thinned(moments, students_by_class(campus), ROWS), features)
    failed = target(campus, past, as_of)
    past, failed = past.take(~np.isnan(failed)), failed[~np.isnan(failed)]
    numbers = matrix(past, columns, {}).astype(np.float64)
    known = ~np.isnan(numbers).all(axis=0)
    middle = np.nanmedian(numbers[:, known], axis=0)

    def filled(raw: Floats) -> Floats:
        unknown = np.isnan(raw[:, known])
        return np.hstack([np.where(unknown, middle, raw[:, known]), unknown])

    design = filled(numbers)
    mean, spread = design.mean(axis=0), np.maximum(design.std(axis=0), 1e-9)
    fitted = LogisticRegression(C=0.1, solver="newton-cholesky").fit((design - mean) / spread, failed)
    tested = filled(matrix(rows, columns, {}).astype(np.float64))
    return np.asarray(fitted.predict_proba((tested - mean) / spread)[:, 1])
