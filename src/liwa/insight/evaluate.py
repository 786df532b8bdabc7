"""Temporal evaluation: train on what had ended, predict the next term's classes, compare with what happened."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sklearn.linear_model import LogisticRegression

from liwa.core.clock import cutoff as weekly_cutoff
from liwa.core.errors import LiwaError
from liwa.insight import metrics
from liwa.insight.features import chosen
from liwa.insight.population import Run, runs, weekly
from liwa.insight.risk.matrix import Floats, Rows, columns_of, matrix, rows_at, target
from liwa.insight.risk.model import Model, ended_runs, same_lesson, students_by_class, thinned, train
from liwa.insight.risk.predict import probabilities
from liwa.insight.tables import Campus, Tables, campus_of

WEEKS = (2, 4, 6, 8)
# Fewer rows than this at a week, or one kind of outcome only, and nothing is said about it.
LEAST_ROWS = 50
BASELINE_WEEKS = (2, 4, 8, 16)
BASELINE_ROWS = 25_000
TERMS = ("term", "semester")

Record = dict[str, Any]


@dataclass(frozen=True)
class Evaluation:
    """One term tested: the model, a record per week (and per baseline and week), each tested enrollment's risk by week."""

    term: str
    model: Model
    records: list[Record]
    baselines: list[Record]
    risks: dict[int, dict[str, float]]


def evaluate(
    tables: Tables | Campus,
    zone: ZoneInfo,
    *,
    weeks: Sequence[int] = WEEKS,
    terms: Sequence[str] | None = None,
    last: int = 1,
    baselines: bool = True,
    model: Model | None = None,
) -> list[Evaluation]:
    """Evaluate on the `last` latest terms that can be tested (or on those named), oldest first.

    A term can be tested when outcomes of its classes are known and, at its first tested week, enough classes had
    ended to train a model. Rows: every student active in a class of the term at the week's cut-off whose outcome is
    known now. Records: {term, week, n, failed, auc, auc_low, auc_high, pr_auc, brier, ece, slope}; baselines:
    {term, week, name, n, auc}. `model` is used in place of training anew where the same code learned it from exactly
    the classes and as many outcomes as were known at that moment. Raises LiwaError when a named term does not exist.
    """
    campus = campus_of(tables, zone)
    groups = by_term(campus)
    unknown = set(terms or ()) - set(groups)
    if unknown:
        raise LiwaError(f"There is no term {sorted(unknown)[0]}.", remedy=f"Known: {', '.join(groups)}.")
    found: list[Evaluation] = []
    for term in reversed([term for term in groups if terms is None or term in terms]):
        one = _evaluated(campus, term, groups[term], weeks, baselines, model)
        if one:
            found.append(one)
        if terms is None and len(found) >= last:
            break
    return found[::-1]


def by_term(campus: Campus) -> dict[str, list[Run]]:
    """Classes by the term or semester their first term lies in (by first day where they have none), earliest first."""
    sessions = campus.academic_session.select("sourced_id", "type", "parent").to_pyarrow().to_pylist()
    known = {row["sourced_id"]: row for row in sessions}
    rows = campus.klass.select("sourced_id", "terms").to_pyarrow().to_pylist()
    terms = {row["sourced_id"]: _term(row["terms"], known) for row in rows}
    groups: dict[str, list[Run]] = {}
    for run in sorted(runs(campus), key=lambda run: (run.starts_on, run.klass)):
        groups.setdefault(terms[run.klass] or run.starts_on.isoformat(), []).append(run)
    return groups


def _term(text: str | None, sessions: dict[str, Record]) -> str:
    """The widest term around a class's first term; a school year is not one."""
    named = json.loads(text) if text else []
    name = str(named[0]) if named else ""
    seen = set()
    while name in sessions and name not in seen:
        seen.add(name)
        above = sessions[name]["parent"]
        if above not in sessions or sessions[above]["type"] not in TERMS:
            break
        name = above
    return name


def _evaluated(
    campus: Campus,
    term: str,
    group: Sequence[Run],
    weeks: Sequence[int],
    baselines: bool,
    known: Model | None,
) -> Evaluation | None:
    """Train as of the first cut-off tested, predict every week. None where the term cannot be tested."""
    moments = weekly(group, weeks, campus.zone)
    if not moments:
        return None
    as_of = min(weekly_cutoff(run.starts_on, min(weeks), campus.zone) for run in group)
    if not ended_runs(campus, as_of):
        return None
    model = known if known and same_lesson(known, campus, as_of) else train(campus, as_of, campus.zone)
    if not model.parts:
        return None
    rows = rows_at(campus, moments, model.features)
    failed = target(campus, rows)
    rows, failed = rows.take(~np.isnan(failed)), failed[~np.isnan(failed)]
    risk = probabilities(model, rows)
    records, risks = [], {}
    for week, at in _weeks(rows, failed, weeks):
        tested = rows.take(at)
        records.append({"term": term, "week": week, **_measured(failed[at], risk[at], tested)})
        risks[week] = dict(zip(tested.words("enrollment"), risk[at].tolist(), strict=True))
    if not records:
        return None
    others = _baselines(campus, as_of, rows, failed, weeks) if baselines else []
    return Evaluation(term, model, records, [{"term": term, **one} for one in others], risks)


def _weeks(rows: Rows, failed: Floats, weeks: Sequence[int]) -> list[tuple[int, Any]]:
    """The weeks of which there is enough to measure, each with its rows."""
    number = rows.number("week")
    found = [(week, number == week) for week in sorted(set(weeks))]
    return [(week, at) for week, at in found if at.sum() >= LEAST_ROWS and 0 < failed[at].mean() < 1]


def _measured(failed: Floats, risk: Floats, rows: Rows) -> Record:
    low, high = metrics.auc_interval(failed, risk, rows.words("user"))
    return {
        "n": len(failed),
        "failed": float(failed.mean()),
        "auc": metrics.auc(failed, risk),
        "auc_low": low,
        "auc_high": high,
        "pr_auc": metrics.average_precision(failed, risk),
        "brier": metrics.brier(failed, risk),
        "ece": metrics.ece(failed, risk),
        "slope": metrics.calibration_slope(failed, risk),
    }


def _baselines(
    campus: Campus, as_of: datetime, rows: Rows, failed: Floats, weeks: Sequence[int]
) -> list[Record]:
    """What simpler means reach on the same rows; auc is None where a means has nothing to go by."""
    average = 1 - rows.number("score_all")
    scores = {
        "no visit for 7 days": np.where(np.isnan(rows.number("days_since_active")), np.nan, 0.0)
        + (rows.number("days_since_active") >= 7),
        # Ranked by the average itself, which is kinder to it than a pass mark; nothing due yet is the middle.
        "failing average": np.where(np.isnan(average), np.nanmean(average), average)
        if not np.isnan(average).all()
        else np.zeros(len(rows)),
        "logistic regression": _logistic(campus, as_of, rows),
    }
    records = []
    for name, score in scores.items():
        for week, at in _weeks(rows, failed, weeks):
            known = at & ~np.isnan(score)
            both = known.any() and 0 < failed[known].mean() < 1
            value = metrics.auc(failed[known], score[known]) if both else None
            records.append({"week": week, "name": name, "n": int(known.sum()), "auc": value})
    return records


def _logistic(campus: Campus, as_of: datetime, rows: Rows) -> Floats:
    """Probabilities of a logistic regression on the same features without activity, medians for what is unknown."""
    features = chosen()
    columns = [column for column in columns_of(features, activity=False) if column.kind == "number"]
    moments = weekly(ended_runs(campus, as_of), BASELINE_WEEKS, campus.zone)
    past = rows_at(campus, thinned(moments, students_by_class(campus), BASELINE_ROWS), features)
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


def evaluate_against_truth(
    scores: Mapping[str, float], truth: Mapping[str, float], *, probable: bool = True
) -> Record:
    """How well the scores of enrollments find the risk planted in a simulated campus.

    `truth` gives each enrollment's true probability of not completing. Returns {n, correlation (of ranks), auc
    (against a true risk of at least one half), ece (against the true risk itself)}; values that cannot be computed
    are None. Scores that are no probabilities, as the points of rules, are not `probable` and have no ece.
    """
    both = [one for one in scores if one in truth]
    true = np.array([truth[one] for one in both], dtype=np.float64)
    score = np.array([scores[one] for one in both], dtype=np.float64)
    high = (true >= 0.5).astype(np.float64)
    apart = len(both) > 1 and np.ptp(true) > 0 and np.ptp(score) > 0
    return {
        "n": len(both),
        "correlation": float(np.corrcoef(_ranks(true), _ranks(score))[0, 1]) if apart else None,
        "auc": metrics.auc(high, score) if both and 0 < high.mean() < 1 else None,
        "ece": metrics.ece(true, score) if both and probable else None,
    }


def _ranks(values: Floats) -> Floats:
    """Ranks, ties sharing their mean."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    return np.asarray((last - (count - 1) / 2)[place], dtype=np.float64)
