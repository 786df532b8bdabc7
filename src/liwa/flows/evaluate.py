"""The temporal evaluation of the risk, on what the lake holds."""

from collections.abc import Sequence
from typing import Any

from liwa.core import clock
from liwa.flows.home import Home
from liwa.flows.lakes import current_tables
from liwa.insight.evaluation import Evaluation
from liwa.insight.evaluation import evaluate as measure
from liwa.insight.risk import latest
from liwa.records.campus import profile

Figures = list[dict[str, Any]]


def evaluate(
    home: Home, *, weeks: Sequence[int], terms: Sequence[str] = (), last: int = 1
) -> list[Evaluation]:
    """Train on classes that ended before each tested term, test once on the term. See `liwa.insight.evaluation`.

    The newest model is used in place of training anew where it learned from the very same.
    """
    known = latest(home.models, clock.now())
    with current_tables(home) as tables:
        zone = profile().zone
        return measure(tables, zone, weeks=weeks, terms=list(terms) or None, last=last, model=known)


def figures(found: Sequence[Evaluation]) -> Figures:
    """One record a term and week."""
    return [record for evaluation in found for record in evaluation.records]
