"""Whether the risk serves groups of students alike: gaps by gender, age band, disability, deprivation and region.

Protected attributes are read here and nowhere else: to measure, never to predict. Each group is compared with all
other students of whom the attribute is known.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liwa.insight.evaluation.measures import Record
from liwa.insight.evaluation.resampling import RESAMPLES, interval, plain, with_interval
from liwa.insight.evaluation.rolling import Evaluation, TermRows
from liwa.insight.fairness import Ranked, abroca
from liwa.insight.metrics import Floats
from liwa.insight.tables import Campus

ATTRIBUTES = ("sex", "age_band", "disability", "deprivation", "region")
# A group of fewer students, or with fewer of either outcome, is left out: its figures would say nothing certain,
# and might say something about one person.
LEAST_STUDENTS = 50
LEAST_OF_EACH = 15
# Recall is of the list of this share of all students with the highest risk.
LISTED = 0.20


def gaps(
    campus: Campus,
    tested: TermRows,
    weeks: Sequence[int] = (4,),
    *,
    resamples: int = RESAMPLES,
    shuffles: int = 0,
) -> list[Record]:
    """A record per attribute, group and week.

    {attribute, group, week, n, failed, abroca, recall_gap, calibration_gap, each with _low and _high, abroca_chance,
    left_out}. `recall_gap`: the share found, of those who failed, in the list of the LISTED highest risks, in the
    group less that among the others. `calibration_gap`: the mean risk less the share who failed, in the group less
    that among the others; above 0 the group's risks are too high. `abroca_chance`: what 95 % of `shuffles` random
    splits of the students into groups of these sizes stay below (None without shuffles), since an area is never
    negative. `left_out` groups are too small and have no figures.
    """
    people = _people(campus)
    found = []
    for week, at in tested.weeks(weeks):
        users = np.array(tested.rows.take(at).words("user"), dtype=object)
        place = np.array([tested.draws.students[user] for user in users], dtype=np.intp)
        for attribute in ATTRIBUTES:
            values = np.array([people[attribute].get(user) for user in users], dtype=object)
            known = np.array([value is not None for value in values], dtype=bool)
            if not known.any():
                continue
            listed = _listed(tested.risk[at])
            some = _Some(
                tested.failed[at][known],
                tested.risk[at][known],
                listed[known],
                place[known],
                tested.draws.times[:resamples],
            )
            for record in _of_attribute(some, values[known], shuffles):
                found.append({"attribute": attribute, "week": week, **record})
    return found


def with_gaps(
    campus: Campus,
    evaluation: Evaluation,
    weeks: Sequence[int] = (4,),
    *,
    resamples: int = RESAMPLES,
    shuffles: int = 0,
) -> Evaluation:
    """The evaluation with its gaps between groups."""
    if evaluation.tested is None:
        return evaluation
    found = gaps(campus, evaluation.tested, weeks, resamples=resamples, shuffles=shuffles)
    return replace(evaluation, gaps=[{"term": evaluation.term, **one} for one in found])


@dataclass(frozen=True)
class _Some:
    """Rows of one week of which an attribute is known."""

    failed: Floats
    risk: Floats
    listed: Floats
    student: NDArray[np.intp]
    times: NDArray[np.uint8]


def _people(campus: Campus) -> dict[str, dict[str, str]]:
    """By attribute: user -> group."""
    table = campus.demographics.select("sourced_id", *ATTRIBUTES).to_pyarrow().to_pylist()
    return {
        name: {row["sourced_id"]: str(row[name]) for row in table if row[name] not in (None, "")}
        for name in ATTRIBUTES
    }


def _listed(risk: Floats) -> Floats:
    """1 for the rows in the list of the LISTED highest risks."""
    order = np.argsort(-risk, kind="stable")
    listed = np.zeros(len(risk))
    listed[order[: round(LISTED * len(risk))]] = 1.0
    return listed


def _of_attribute(some: _Some, values: NDArray[Any], shuffles: int) -> list[Record]:
    """A record per group; where there are two, the first says it all."""
    groups = sorted(set(values.tolist()))
    compared = groups[:-1] if len(groups) <= 2 else groups
    return [_of_group(some, values == group, str(group), shuffles) for group in compared]


def _of_group(some: _Some, inside: NDArray[np.bool_], group: str, shuffles: int) -> Record:
    n = len(np.unique(some.student[inside]))
    record: Record = {"group": group, "n": n}
    if not (_is_enough(some, inside) and _is_enough(some, ~inside)):
        return record | {"n": None, "left_out": True}
    ones = np.ones((1, len(some.failed)))
    record["failed"] = float(some.failed[inside].mean())
    weight = some.times[:, some.student].astype(np.float64)
    for name, gap in (("recall_gap", _recall_gap), ("calibration_gap", _calibration_gap)):
        value, values = gap(some, inside, ones)[0], gap(some, inside, weight)
        record |= with_interval(name, float(value), interval(values))
    area = _areas(some, inside)
    record |= with_interval("abroca", area(ones[0]), interval(np.array([area(row) for row in weight])))
    return record | {"abroca_chance": _by_chance(some, inside, shuffles), "left_out": False}


def _is_enough(some: _Some, inside: NDArray[np.bool_]) -> bool:
    failed = some.failed[inside]
    return (
        len(np.unique(some.student[inside])) >= LEAST_STUDENTS
        and min(failed.sum(), len(failed) - failed.sum()) >= LEAST_OF_EACH
    )


def _recall_gap(some: _Some, inside: NDArray[np.bool_], weight: Floats) -> Floats:
    def recall(where: NDArray[np.bool_]) -> Floats:
        bad = some.failed * where
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((weight @ (bad * some.listed)) / (weight @ bad))

    return recall(inside) - recall(~inside)


def _calibration_gap(some: _Some, inside: NDArray[np.bool_], weight: Floats) -> Floats:
    def excess(where: NDArray[np.bool_]) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((weight @ ((some.risk - some.failed) * where)) / (weight @ where))

    return excess(inside) - excess(~inside)


def _areas(some: _Some, inside: NDArray[np.bool_]) -> Callable[[Floats], float]:
    """From weights of the rows to ABROCA of the group and the others; NaN where one has one kind of outcome only."""
    here, there = np.flatnonzero(inside), np.flatnonzero(~inside)
    ranked = [Ranked.of(some.failed, some.risk, where) for where in (here, there)]

    def area(weight: Floats) -> float:
        one, other = (group.curve(weight) for group in ranked)
        return abroca(one, other) if one and other else np.nan

    return area


def _by_chance(some: _Some, inside: NDArray[np.bool_], shuffles: int) -> float | None:
    """The area that 95 % of random groups of as many students stay below."""
    if not shuffles:
        return None
    random = np.random.default_rng(2)
    students = np.unique(some.student)
    members = np.isin(students, some.student[inside])
    ones = np.ones(len(some.failed))
    places = np.searchsorted(students, some.student)
    areas = [_areas(some, random.permutation(members)[places])(ones) for _ in range(shuffles)]
    return plain(float(np.nanquantile(areas, 0.95)))
