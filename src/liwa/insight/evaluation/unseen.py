"""Courses never seen in training: each left out of what is learned, then predicted."""

from collections.abc import Sequence

from liwa.insight import metrics
from liwa.insight.evaluation.measures import Record, auc_record
from liwa.insight.evaluation.rolling import WEEKS, TermRows, by_term, test
from liwa.insight.risk.model import ended_runs, train
from liwa.insight.tables import Campus


def unseen_courses(campus: Campus, term: str, weeks: Sequence[int] = WEEKS) -> list[Record]:
    """Leave one course out: every course of the term, predicted by a model that learned from the other courses only.

    {term, course, week, n, failed, auc, auc_low, auc_high, ece}. Courses of which nothing was learned anyway are
    tested too: for them it is the model as it is.
    """
    group = by_term(campus)[term]
    as_of = min(run.starts_at for run in group)
    ended = ended_runs(campus, as_of)
    found: list[Record] = []
    for course in sorted({run.course for run in group}):
        others = [run for run in ended if run.course != course]
        model = train(campus, as_of, campus.zone, ended=others)
        own = [run for run in group if run.course == course]
        tested = test(campus, model, own, weeks, as_of) if model.parts else None
        if tested:
            found += [{"term": term, "course": course, **one} for one in _records(tested, weeks)]
    return found


def _records(tested: TermRows, weeks: Sequence[int]) -> list[Record]:
    records = []
    for week, at in tested.weeks(weeks):
        failed, risk = tested.failed[at], tested.risk[at]
        record = auc_record(failed, risk, tested.rows.take(at).words("user"), tested.draws)
        records.append({"week": week, **record, "ece": metrics.ece(failed, risk)})
    return records
