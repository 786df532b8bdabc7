"""Rolling origin: train on what had ended before a term began, predict its classes, compare with what happened."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from liwa.core.errors import LiwaError
from liwa.insight.evaluation import baselines as simpler
from liwa.insight.evaluation.advisers import Lists, at_capacity
from liwa.insight.evaluation.measures import Record, auc_record, bins, measured, probability_figures
from liwa.insight.evaluation.resampling import RESAMPLES, Draws
from liwa.insight.metrics import Floats
from liwa.insight.population import Run, runs, weekly
from liwa.insight.risk.hazard import leaving
from liwa.insight.risk.matrix import Rows, rows_at, target
from liwa.insight.risk.model import Model, ended_runs, same_lesson, train
from liwa.insight.risk.predict import WIDTH, intervals, probabilities, withdrawals
from liwa.insight.tables import Campus, Tables, campus_of

WEEKS = (2, 4, 6, 8, 10)
# Fewer rows than this at a week, or one kind of outcome only, and nothing is said about it.
LEAST_ROWS = 50
TERMS = ("term", "semester")


@dataclass(frozen=True)
class TermRows:
    """The rows of a tested term whose outcome is known, in one order: features, outcome (1 failed), risk, course."""

    as_of: datetime
    rows: Rows
    failed: Floats
    risk: Floats
    courses: NDArray[Any]
    draws: Draws

    def weeks(self, weeks: Sequence[int]) -> list[tuple[int, Any]]:
        """The weeks of which there is enough to measure, each with its rows."""
        number = self.rows.number("week")
        found = [(week, number == week) for week in sorted(set(weeks))]
        return [(week, at) for week, at in found if enough(self.failed[at])]


@dataclass(frozen=True)
class Evaluation:
    """One term tested.

    The model; a record per week, per baseline and week, per course and week; each tested enrollment's risk by week;
    the bins of the calibration plot by week; gaps between groups; how well withdrawing is foreseen, by week; and the rows themselves, for further questions.
    """

    term: str
    model: Model
    records: list[Record]
    baselines: list[Record]
    risks: dict[int, dict[str, float]]
    courses: list[Record] = field(default_factory=list)
    calibration: list[Record] = field(default_factory=list)
    gaps: list[Record] = field(default_factory=list)
    withdrawals: list[Record] = field(default_factory=list)
    tested: TermRows | None = None


def evaluate(  # noqa: PLR0913  each has its own default
    tables: Tables | Campus,
    zone: ZoneInfo,
    *,
    weeks: Sequence[int] = WEEKS,
    terms: Sequence[str] | None = None,
    last: int = 1,
    baselines: bool = True,
    model: Model | None = None,
    lists: Lists | None = None,
    resamples: int = RESAMPLES,
) -> list[Evaluation]:
    """Evaluate on the `last` latest terms that can be tested (or on those named), oldest first.

    A term can be tested when outcomes of its classes are known and enough classes had ended, when the first of its
    own began, to train a model. Rows: every student active in a class of the term at the week's cut-off whose
    outcome is known now. Records: {term, week, n, failed, auc, pr_auc, brier, ece, slope (each with _low, _high),
    tops, advisers, too_wide (the share whose interval is wider than WIDTH)}; baselines: {term, week} and what `baselines.compared` gives. `model` is used in place of
    training anew where the same code learned it from exactly the classes and as many outcomes as were known at that
    moment. `lists` are the advisers' lists with how many students each can see. Intervals are from `resamples` draws. Raises LiwaError when a named term
    does not exist.
    """
    campus = campus_of(tables, zone)
    groups = by_term(campus)
    unknown = set(terms or ()) - set(groups)
    if unknown:
        raise LiwaError(f"There is no term {sorted(unknown)[0]}.", remedy=f"Known: {', '.join(groups)}.")
    found: list[Evaluation] = []
    for term in reversed([term for term in groups if terms is None or term in terms]):
        one = _evaluated(campus, term, groups[term], weeks, baselines, model, lists, resamples)
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


def _term(text: str | None, sessions: Mapping[str, Record]) -> str:
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
    lists: Lists | None,
    resamples: int,
) -> Evaluation | None:
    """Train as of the instant the term began, predict every week. None where the term cannot be tested."""
    as_of = min(run.starts_at for run in group)
    if not ended_runs(campus, as_of):
        return None
    model = known if known and same_lesson(known, campus, as_of) else train(campus, as_of, campus.zone)
    if not model.parts:
        return None
    tested = test(campus, model, group, weeks, as_of, resamples)
    if tested is None or not tested.weeks(weeks):
        return None
    low, high = intervals(model, tested.rows)
    records, risks, shapes = [], {}, []
    for week, at in tested.weeks(weeks):
        rows, failed, risk = tested.rows.take(at), tested.failed[at], tested.risk[at]
        users = rows.words("user")
        record = {"term": term, "week": week, **measured(failed, risk, users, tested.draws)}
        record["too_wide"] = float((high[at] - low[at] > WIDTH).mean())
        record["advisers"] = at_capacity(failed, risk, users, tested.draws, lists) if lists else None
        records.append(record)
        risks[week] = dict(zip(rows.words("enrollment"), risk.tolist(), strict=True))
        shapes.append({"term": term, "week": week, "bins": bins(failed, risk)})
    others = _baselines(campus, tested, weeks) if baselines else []
    return Evaluation(
        term,
        model,
        records,
        [{"term": term, **one} for one in others],
        risks,
        courses=[{"term": term, **one} for one in by_course(tested, weeks)],
        calibration=shapes,
        withdrawals=[{"term": term, **one} for one in by_withdrawal(campus, model, tested, weeks)],
        tested=tested,
    )


def test(
    campus: Campus,
    model: Model,
    group: Sequence[Run],
    weeks: Sequence[int],
    as_of: datetime,
    resamples: int = RESAMPLES,
) -> TermRows | None:
    """The rows of these classes at these weeks whose outcome is known now, with the model's risk; None if none."""
    moments = weekly(group, weeks, campus.zone)
    if not moments:
        return None
    rows = rows_at(campus, moments, model.features)
    failed = target(campus, rows)
    rows, failed = rows.take(~np.isnan(failed)), failed[~np.isnan(failed)]
    if not len(rows):
        return None
    course = {run.klass: run.course for run in group}
    courses = np.array([course[klass] for klass in rows.words("klass")])
    draws = Draws.of(rows.words("user"), resamples)
    return TermRows(as_of, rows, failed, probabilities(model, rows), courses, draws)


def by_course(tested: TermRows, weeks: Sequence[int]) -> list[Record]:
    """{course, week, n, failed, auc, auc_low, auc_high, risk (mean stated)} of every course with enough rows."""
    found = []
    for course in sorted(set(tested.courses)):
        for week, at in tested.weeks(weeks):
            here = at & (tested.courses == course)
            if not enough(tested.failed[here]):
                continue
            users = tested.rows.take(here).words("user")
            record = auc_record(tested.failed[here], tested.risk[here], users, tested.draws)
            found.append(
                {"course": str(course), "week": week, **record, "risk": float(tested.risk[here].mean())}
            )
    return found


def by_withdrawal(campus: Campus, model: Model, tested: TermRows, weeks: Sequence[int]) -> list[Record]:
    """{week, n, left (the share who withdrew within four weeks), stated, auc, brier, ece (each with _low, _high)}.

    Of the weeks of which there is enough; none where the model learned no hazard.
    """
    stated, left = withdrawals(model, tested.rows), leaving(campus, tested.rows)
    found = []
    for week, at in tested.weeks(weeks):
        known = at & ~np.isnan(stated) & ~np.isnan(left)
        if not enough(left[known]):
            continue
        users = tested.rows.take(known).words("user")
        figures = tested.draws.figures(users, probability_figures(left[known], stated[known]))
        share, mean = float(left[known].mean()), float(stated[known].mean())
        found.append({"week": week, "n": int(known.sum()), "left": share, "stated": mean, **figures})
    return found


def enough(failed: Floats) -> bool:
    """Whether anything can be said of these rows."""
    return len(failed) >= LEAST_ROWS and 0 < failed.mean() < 1


def _baselines(campus: Campus, tested: TermRows, weeks: Sequence[int]) -> list[Record]:
    """What simpler means reach on the same rows; auc is None where a means has nothing to go by."""
    users = np.array(tested.rows.words("user"), dtype=object)
    return [
        {
            "week": week,
            **simpler.compared(
                name, score[at], tested.failed[at], tested.risk[at], users[at].tolist(), tested.draws
            ),
        }
        for name, score in simpler.scores(campus, tested.as_of, tested.rows).items()
        for week, at in tested.weeks(weeks)
    ]
