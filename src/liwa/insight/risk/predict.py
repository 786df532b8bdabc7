"""Predictions: the risk of every active enrollment at a cut-off, with reasons."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from liwa.insight.features import Column
from liwa.insight.population import Moment, running, runs
from liwa.insight.reasons import Reason, chosen
from liwa.insight.risk import rules
from liwa.insight.risk.boosting import Floats, Part
from liwa.insight.risk.matrix import Rows, columns_of, matrix, rows_at
from liwa.insight.risk.model import Model, covered
from liwa.insight.tables import Campus, Tables, campus_of

# Bands by probability of not completing.
MEDIUM = 0.35
HIGH = 0.60
# Where the interval is wider than this, there is not enough evidence for a band.
WIDTH = 0.25


class Prediction(msgspec.Struct):
    """One active enrollment at a cut-off.

    `risk` is the probability of not completing successfully, None with rules; `band` is high, medium, low or
    unknown; `basis` is model or rules; `need` orders lists, higher first; `reasons` are empty in band
    low of a model. `due` and `missing` count expected line
    items; `mean_score` is percent; `days_since_active` is None where no feed covers the class, 999 for never.
    `low` and `high` are the Venn–Abers ends around the risk: wider apart than WIDTH, the band is unknown. `withdraw`
    is the probability of withdrawing within the next four weeks, with its ends. These five are None with rules.
    """

    enrollment: str
    klass: str
    user: str
    week: int
    cutoff: datetime
    risk: float | None
    band: str
    basis: str
    need: float
    reasons: list[Reason]
    due: int
    handed_in: int
    late: int
    missing: int
    mean_score: float | None
    days_since_active: int | None
    low: float | None = None
    high: float | None = None
    withdraw: float | None = None
    withdraw_low: float | None = None
    withdraw_high: float | None = None


def predict(model: Model, tables: Tables | Campus, as_of: datetime, zone: ZoneInfo) -> list[Prediction]:
    """Every active enrollment of every class running at `as_of`, from what was known before that instant."""
    campus = campus_of(tables, zone)
    return predict_at(model, campus, running(runs(campus), as_of, zone))


def predict_at(model: Model, campus: Campus, moments: Sequence[Moment]) -> list[Prediction]:
    """Every enrollment active at the given moments, ordered by class, week and enrollment."""
    if not moments:
        return []
    return predicted(model, rows_at(campus, moments, model.features))


def predicted(model: Model, rows: Rows) -> list[Prediction]:
    """Predictions for rows of features, by the model or by rules."""
    return judged(model, rows) if model.parts else _by_rules(rows)


def probabilities(model: Model, rows: Rows) -> Floats:
    """Calibrated probability of not completing, one per row. Only for a trained model."""
    return _judgement(model, model.parts, rows, model.history.log_odds(rows))[0]


def intervals(model: Model, rows: Rows) -> tuple[Floats, Floats]:
    """The Venn–Abers ends around `probabilities`, (low, high). Only for a trained model."""
    return _judgement(model, model.parts, rows, model.history.log_odds(rows))[1:]


def withdrawals(model: Model, rows: Rows) -> Floats:
    """Calibrated probability of withdrawing within the next four weeks; NaN where that could not be learned."""
    return _judgement(model, model.leaving, rows, np.zeros(len(rows)))[0]


def _judgement(
    model: Model, parts: Mapping[str, Part], rows: Rows, base: Floats
) -> tuple[Floats, Floats, Floats]:
    """Probability and the ends around it, one per row; NaN where no part speaks for a row."""
    found = (np.full(len(rows), np.nan), np.full(len(rows), np.nan), np.full(len(rows), np.nan))
    for part, columns, where in _split(parts, rows):
        numbers = matrix(rows.take(where), columns, model.about.words)
        probability = part.probabilities(numbers, base[where])
        for values, some in zip(found, (probability, *part.between(probability)), strict=True):
            values[where] = some
    return found


def judged(model: Model, rows: Rows) -> list[Prediction]:
    """Predictions of a trained model for rows of features; reasons for those in band medium or high."""
    risk, low, high = (np.empty(len(rows)) for _ in range(3))
    reasons: list[list[Reason]] = [[] for _ in range(len(rows))]
    values = _values(rows)
    base = model.history.log_odds(rows)
    for part, columns, where in _split(model.parts, rows):
        numbers = matrix(rows.take(where), columns, model.about.words)
        risk[where] = part.probabilities(numbers, base[where])
        low[where], high[where] = part.between(risk[where])
        listed = (risk[where] >= MEDIUM) & (high[where] - low[where] <= WIDTH)
        if not listed.any():
            continue
        groups, sums = _by_group(part.contributions(numbers[listed]), columns)
        for place, row in zip(np.flatnonzero(where)[listed], sums, strict=True):
            reasons[place] = chosen(dict(zip(groups, row.tolist(), strict=True)), values[place])
    bands = [band(*one) for one in zip(risk.tolist(), (high - low).tolist(), strict=True)]
    ends = [low, high, *_judgement(model, model.leaving, rows, np.zeros(len(rows)))]
    return _predictions(rows, values, risk.tolist(), bands, risk.tolist(), reasons, ends)


def band(risk: float, width: float = 0.0) -> str:
    """High from HIGH on, medium from MEDIUM on, else low; unknown where the interval is wider than WIDTH."""
    if width > WIDTH:
        return "unknown"
    return "high" if risk >= HIGH else "medium" if risk >= MEDIUM else "low"


def _split(parts: Mapping[str, Part], rows: Rows) -> list[tuple[Part, tuple[Column, ...], Any]]:
    """Which part of the model speaks for which rows: `activity` where a feed covers the class, else `plain`."""
    seen = covered(rows) if "activity" in parts else np.zeros(len(rows), dtype=bool)
    split = []
    for name, where in (("plain", ~seen), ("activity", seen)):
        if name in parts and where.any():
            split.append((parts[name], columns_of(rows.features, activity=name == "activity"), where))
    return split


def _by_group(contributions: Floats, columns: Sequence[Column]) -> tuple[list[str], Floats]:
    """SHAP values summed over the columns of each group: group names, and (rows, groups)."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, column in enumerate(columns):
        places[column.group].append(place)
    sums = [contributions[:, some].sum(axis=1) for some in places.values()]
    return list(places), np.column_stack(sums)


def _by_rules(rows: Rows) -> list[Prediction]:
    values = _values(rows)
    found = [rules.judge(one) for one in values]
    none: list[float | None] = [None] * len(rows)
    return _predictions(
        rows, values, none, [one[1] for one in found], [one[0] for one in found], [one[2] for one in found]
    )


def _values(rows: Rows) -> list[dict[str, float]]:
    """Each row's numbers by name."""
    names = [column.name for one in rows.features for column in one.columns if column.kind == "number"]
    lists = [rows.settled(name).tolist() for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*lists, strict=True)]


def _predictions(
    rows: Rows,
    values: Sequence[dict[str, float]],
    risk: Sequence[float | None],
    bands: Sequence[str],
    need: Sequence[float],
    reasons: Sequence[list[Reason]],
    ends: Sequence[Floats] = (),
) -> list[Prediction]:
    """`ends`: low, high, withdraw, withdraw_low and withdraw_high of every row, NaN where not known."""
    lists = [[None if np.isnan(one) else one for one in some.tolist()] for some in ends]
    more = list(zip(*lists, strict=True)) if lists else [(None,) * 5] * len(rows)
    keys = zip(*(rows.words(name) for name in ("enrollment", "klass", "user", "week", "cutoff")), strict=True)
    return [
        Prediction(
            enrollment=key[0],
            klass=key[1],
            user=key[2],
            week=key[3],
            cutoff=key[4],
            risk=risk[place],
            band=bands[place],
            basis="rules" if risk[place] is None else "model",
            need=need[place],
            reasons=reasons[place],
            due=int(one["due_count"]),
            handed_in=int(one["handed_in"]),
            late=int(one["late_count"]),
            missing=int(one["missing_count"]),
            mean_score=None if np.isnan(one["score_mean"]) else round(100 * one["score_mean"], 1),
            days_since_active=None if np.isnan(one["days_since_active"]) else int(one["days_since_active"]),
            low=more[place][0],
            high=more[place][1],
            withdraw=more[place][2],
            withdraw_low=more[place][3],
            withdraw_high=more[place][4],
        )
        for place, (key, one) in enumerate(zip(keys, values, strict=True))
    ]
