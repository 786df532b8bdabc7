"""Evaluation: rolling origin, measures with intervals by student, baselines, gaps between groups, published settings."""

from liwa.insight.evaluation.advisers import Lists
from liwa.insight.evaluation.gaps import gaps, with_gaps
from liwa.insight.evaluation.measures import SHARES, Record
from liwa.insight.evaluation.published import published
from liwa.insight.evaluation.rolling import LEAST_ROWS, WEEKS, Evaluation, TermRows, by_term, evaluate
from liwa.insight.evaluation.truth import evaluate_against_truth

__all__ = [
    "LEAST_ROWS",
    "SHARES",
    "WEEKS",
    "Evaluation",
    "Lists",
    "Record",
    "TermRows",
    "by_term",
    "evaluate",
    "evaluate_against_truth",
    "gaps",
    "published",
    "with_gaps",
]
