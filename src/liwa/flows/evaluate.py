"""The evaluation of the risk, on what the lake holds."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

from django.db.models import Q

from liwa.care.models import Capacity
from liwa.core import clock
from liwa.flows.home import Home
from liwa.flows.lakes import current_tables
from liwa.insight import evaluation as measures
from liwa.insight.evaluation import Evaluation, Lists, by_term
from liwa.insight.evaluation.activity import activity_gain, with_clicks
from liwa.insight.evaluation.unseen import unseen_courses
from liwa.insight.risk import latest
from liwa.insight.tables import Campus
from liwa.records.campus import profile
from liwa.records.models import Advising

Figures = list[dict[str, Any]]
Answer = TypeVar("Answer")

# What chance alone gives an area between curves is found by so many random splits.
SHUFFLES = 200


def evaluate(
    home: Home, *, weeks: Sequence[int], terms: Sequence[str] = (), last: int = 1
) -> list[Evaluation]:
    """Train on classes that ended before each tested term, test once on the term. See `liwa.insight.evaluation`.

    The newest model is used in place of training anew where it learned from the very same.
    """
    return _on_the_lake(home, lambda campus: _measured(home, campus, weeks, terms, last))


def gaps(home: Home, *, weeks: Sequence[int], terms: Sequence[str] = ()) -> Figures:
    """Gaps between groups of students, with what chance alone gives; see `liwa.insight.evaluation.gaps`."""

    def ask(campus: Campus) -> Figures:
        found = _measured(home, campus, weeks, terms, 1, baselines=False)
        return [
            record
            for one in found
            for record in measures.with_gaps(campus, one, weeks, shuffles=SHUFFLES).gaps
        ]

    return _on_the_lake(home, ask)


def unseen(home: Home, *, weeks: Sequence[int], terms: Sequence[str] = ()) -> Figures:
    """Each course of the term predicted by a model that never saw it."""

    def ask(campus: Campus) -> Figures:
        found = _measured(home, campus, weeks, terms, 1, baselines=False)
        return [record for one in found for record in unseen_courses(campus, one.term, weeks)]

    return _on_the_lake(home, ask)


def published(home: Home) -> list[dict[str, Any]]:
    """Settings others published results for, with our rows. Raises LiwaError where OULAD is not loaded."""
    return _on_the_lake(home, lambda campus: [one.as_json() for one in measures.published(campus)])


def activity(home: Home) -> Figures:
    """What activity features bring, on the classes that have clicks."""

    def ask(campus: Campus) -> Figures:
        learn, test = with_clicks([run for group in by_term(campus).values() for run in group])
        return activity_gain(campus, learn, test)

    return _on_the_lake(home, ask)


def figures(found: Sequence[Evaluation]) -> Figures:
    """One record a term and week."""
    return [record for evaluation in found for record in evaluation.records]


def advisers_lists(day: date) -> Lists | None:
    """Whose list each student is on, and how long it may be; None where no adviser's capacity is known."""
    capacity = dict(Capacity.objects.values_list("adviser_id", "per_week"))
    if not capacity:
        return None
    current = Q(end_date=None) | Q(end_date__gte=day)
    pairs = Advising.objects.filter(current, student__isnull=False, adviser__in=capacity).order_by(
        "sourced_id"
    )
    return Lists(dict(pairs.values_list("student_id", "adviser_id")), capacity)


def _measured(
    home: Home,
    campus: Campus,
    weeks: Sequence[int],
    terms: Sequence[str],
    last: int,
    *,
    baselines: bool = True,
) -> list[Evaluation]:
    return measures.evaluate(
        campus,
        campus.zone,
        weeks=weeks,
        terms=list(terms) or None,
        last=last,
        baselines=baselines,
        model=latest(home.models, clock.now()),
        lists=advisers_lists(clock.day_of(clock.now(), campus.zone)),
    )


def _on_the_lake(home: Home, ask: Callable[[Campus], Answer]) -> Answer:
    with current_tables(home) as tables:
        return ask(Campus(tables, profile().zone))
