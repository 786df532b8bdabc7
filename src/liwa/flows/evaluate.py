"""The temporal evaluation of the risk, on what the lake holds."""

from collections.abc import Sequence
from typing import Any

from liwa.flows.home import Home
from liwa.flows.lakes import current_tables
from liwa.insight.evaluate import Evaluation
from liwa.insight.evaluate import evaluate as measure
from liwa.records.campus import profile


def evaluate(
    home: Home, *, weeks: Sequence[int], terms: Sequence[str] = (), last: int = 1
) -> list[Evaluation]:
    """Train on classes that ended before each tested term, test once on the term. See `liwa.insight.evaluate`."""
    with current_tables(home) as tables:
        return measure(tables, profile().zone, weeks=weeks, terms=list(terms) or None, last=last)


def figures(found: Sequence[Evaluation]) -> list[dict[str, Any]]:
    """One record a term and week."""
    return [record for evaluation in found for record in evaluation.records]
