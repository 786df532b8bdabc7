"""Whether today's students look like those a model learned from, whether its risks came true, whether it may be used.

How far a feature's distribution has moved is said by the population stability index (Siddiqi, Credit Risk
Scorecards, 2006): the sum over bins of (now - then) · ln(now / then). By that book's convention it is little below
0.1 and much from 0.25 on. Bins are tenths of the training rows of the same week, and one for what is unknown.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from liwa.insight.features import Column
    from liwa.insight.metrics import Floats
    from liwa.insight.risk.matrix import Rows

SOME = 0.10
MUCH = 0.25
# With fewer rows the index is large by chance alone.
LEAST_ROWS = 200
BY_CHANCE = 1.96
TENTHS = np.arange(1, 10) / 10

# The checks: a model that misses by more on average is not used,
MAX_ECE = 0.10
# nor one that was tested on fewer rows than this at every week,
LEAST_TESTED = 50
# nor one that orders students worse than a simpler means at more than this share of the weeks, beyond doubt.
MAX_WORSE = 0.5

WORSE = "It orders students worse than a simpler means does, beyond doubt."
UNCALIBRATED = "The risks it states miss the shares that came true by more than is allowed."
NOT_A_NUMBER = "Some of its figures are not numbers."
TOO_FEW = "It was tested on too few students."
REASONS = (WORSE, UNCALIBRATED, NOT_A_NUMBER, TOO_FEW)

Profile = dict[str, Any]


def profile(rows: "Rows") -> Profile:
    """How the features of training rows are distributed, week by week, as plain JSON values.

    {week: {"rows": n, "columns": {name: {"edges" or "words", "counts"}}}}; the last count is of what is unknown.
    """
    weeks = rows.number("week")
    found: Profile = {}
    columns = [column for one in rows.features for column in one.columns]
    values = {column.name: _values(rows, column) for column in columns}
    for week in np.unique(weeks):
        at = weeks == week
        described = {column.name: _described(values[column.name][at], column) for column in columns}
        found[str(int(week))] = {"rows": int(at.sum()), "columns": described}
    return found


def drift(known: Profile, rows: "Rows") -> dict[str, Any]:
    """How far the features of these rows have moved from a profile's, each row held against its nearest week.

    {rows, left_out, moved (columns whose index is MUCH), columns: [{name, group,
    meaning, psi, unknown_then, unknown_now}]},
    the farthest first. Rows of weeks with fewer than LEAST_ROWS are left out. Empty columns where nothing is left.
    """
    weeks = sorted(int(week) for week in known)
    if not weeks or not len(rows):
        return {"rows": 0, "left_out": len(rows), "moved": 0, "columns": []}
    nearest = np.array(weeks)[np.abs(rows.number("week")[:, None] - np.array(weeks)).argmin(axis=1)]
    count = {week: int((nearest == week).sum()) for week in weeks}
    held = [week for week in weeks if count[week] >= LEAST_ROWS]
    total = sum(count[week] for week in held)
    columns: list[dict[str, Any]] = []
    for one in rows.features:
        for column in one.columns:
            parts = [
                (
                    count[week] / total,
                    _compared(known[str(week)], column, _values(rows, column)[nearest == week]),
                )
                for week in held
            ]
            sums = [(weight, part) for weight, part in parts if part is not None]
            if sums:
                mean = {name: sum(weight * part[name] for weight, part in sums) for name in sums[0][1]}
                columns.append(
                    {"name": column.name, "group": column.group, "meaning": column.meaning, **mean}
                )
    columns.sort(key=lambda one: (-one["psi"], one["name"]))
    moved = sum(1 for one in columns if one["psi"] >= MUCH)
    return {"rows": total, "left_out": len(rows) - total, "moved": moved, "columns": columns}


def came_true(stated: "Floats", happened: "Floats") -> dict[str, Any] | None:
    """Stated probabilities against what happened (0 or 1; NaN in either: not known): {rows, stated, happened, apart}.

    `stated` and `happened` are shares; they are `apart` where chance alone would hardly part them as far (1.96 standard
    errors of the sum, were every probability true). None with fewer than LEAST_ROWS known.
    """
    known = ~np.isnan(stated) & ~np.isnan(happened)
    stated, happened = stated[known], happened[known]
    if len(stated) < LEAST_ROWS:
        return None
    error = float(np.sqrt(np.sum(stated * (1.0 - stated))))
    return {
        "rows": len(stated),
        "stated": float(stated.mean()),
        "happened": float(happened.mean()),
        "apart": bool(abs(stated.sum() - happened.sum()) > BY_CHANCE * error),
    }


def stability(then: "Floats", now: "Floats") -> float:
    """The population stability index of two rows of counts in the same bins.

    Half a row is added to every bin, so that an empty one is far, not infinitely far.
    """
    first, second = then + 0.5, now + 0.5
    first, second = first / first.sum(), second / second.sum()
    return float(np.sum((second - first) * np.log(second / first)))


def checks(card: Mapping[str, Any]) -> list[str]:
    """Why the model of this card must not be used: sentences of REASONS; none where it may.

    A model of rules always may. One that could not be tested yet, because no later term has ended, may: its card
    says that it has no figures.
    """
    if card.get("basis") == "rules":
        return []
    found = []
    if not _all_numbers(card.get("calibration", {})):
        found.append(NOT_A_NUMBER)
    records: Sequence[Mapping[str, Any]] = card.get("evaluation", [])
    if not records:
        return found
    figures = [record.get(name) for record in records for name in ("auc", "ece", "brier")]
    if any(value is None or not np.isfinite(value) for value in figures):
        found = [NOT_A_NUMBER]
    elif np.mean([record["ece"] for record in records]) > MAX_ECE:
        found.append(UNCALIBRATED)
    if max(record["n"] for record in records) < LEAST_TESTED:
        found.append(TOO_FEW)
    if _worse(card.get("baselines", [])):
        found.append(WORSE)
    return found


def _worse(baselines: Sequence[Mapping[str, Any]]) -> bool:
    """Whether some simpler means ranks better at most weeks, the whole interval of the difference below zero."""
    by_name: dict[str, list[bool]] = {}
    for one in baselines:
        high = one.get("gain_high")
        if high is not None:
            by_name.setdefault(one["name"], []).append(high < 0)
    return any(np.mean(worse) > MAX_WORSE for worse in by_name.values())


def _all_numbers(content: Any) -> bool:
    """Whether every number in it is finite, and nothing is missing."""
    if isinstance(content, Mapping):
        return all(_all_numbers(value) for value in content.values())
    if isinstance(content, list | tuple):
        return all(_all_numbers(value) for value in content)
    return content is not None and (not isinstance(content, float) or bool(np.isfinite(content)))


def _values(rows: "Rows", column: "Column") -> "NDArray[Any]":
    if column.kind == "category":
        return np.array([word or "" for word in rows.words(column.name)], dtype=object)
    return rows.settled(column.name)


def _described(values: "NDArray[Any]", column: "Column") -> dict[str, Any]:
    """The bins of a column and how many rows are in each, those unknown last."""
    if column.kind == "category":
        bins: dict[str, Any] = {"words": sorted({word for word in values.tolist() if word})}
    else:
        known = values[~np.isnan(values)]
        edges = np.unique(np.quantile(known, TENTHS, method="inverted_cdf")) if len(known) else known
        bins = {"edges": edges.tolist()}
    return bins | {"counts": _counts(bins, values).astype(int).tolist()}


def _counts(bins: Mapping[str, Any], values: "NDArray[Any]") -> "Floats":
    """How many values fall in each bin; words never seen before and what is unknown come last."""
    if "words" in bins:
        place = {word: number for number, word in enumerate(bins["words"])}
        last = len(place) + 1
        where = [place.get(word, last - 1) if word else last for word in values.tolist()]
        return np.bincount(np.array(where, dtype=np.intp), minlength=last + 1).astype(np.float64)
    unknown = np.isnan(values)
    edges = np.array(bins["edges"], dtype=np.float64)
    where = np.searchsorted(edges, values[~unknown], side="left")
    return np.r_[np.bincount(where, minlength=len(edges) + 1), unknown.sum()].astype(np.float64)


def _compared(known: Mapping[str, Any], column: "Column", values: "NDArray[Any]") -> dict[str, float] | None:
    """{psi, unknown_then, unknown_now} of a column at a week; None where the profile lacks the column."""
    bins = known["columns"].get(column.name)
    if bins is None:
        return None
    then, now = np.array(bins["counts"], dtype=np.float64), _counts(bins, values)
    return {
        "psi": stability(then, now),
        "unknown_then": float(then[-1] / then.sum()),
        "unknown_now": float(now[-1] / now.sum()),
    }
