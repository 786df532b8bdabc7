"""A model's published account of itself: what it learned from, how well it does, what it is not for."""

from collections.abc import Sequence
from typing import Any

import msgspec

from liwa.insight import drift
from liwa.insight.evaluation import Evaluation
from liwa.insight.evaluation.gaps import LEAST_OF_EACH, LEAST_STUDENTS, LISTED
from liwa.insight.risk import rules as plain_rules
from liwa.insight.risk.model import MIN_CLASSES, MIN_ENROLLMENTS, MIN_OF_EACH, Model
from liwa.insight.risk.predict import HIGH, MEDIUM, WIDTH

TARGET = "An enrollment that does not end in success: failed or withdrawn."
POPULATION = (
    "Students registered in a class at the cut-off, by what was known then, who have not withdrawn; the class has "
    "begun and not ended."
)
CUTOFF = (
    "Only events and records known before the cut-off count: marks from when they were known, outcomes of earlier "
    "classes from when they were published. A test deletes everything later and expects the same features."
)
ASSUMPTIONS = (
    "A student whose enrollment has no begin date is taken as registered from the class's first day on.",
    "Weights and due dates of line items, and credits, earlier attempts and prior education of an enrollment, are "
    "taken as known from the start.",
    "A line item counts as missing only if at least a tenth of the class handed it in; one waived for a student "
    "never does.",
    "A class in which nobody was active in the last 7 days is not covered by a feed: activity is unknown there, "
    "not zero.",
    "What a source dates by day is known at that day's last instant.",
    "OULAD does not say when a mark was known: the instant of hand-in is assumed unless the feed's marking_days "
    "says otherwise. 93 of its withdrawals have no date: those students stay in the list until the class ends.",
)
FROZEN = (
    "Features, settings and thresholds were chosen with the open data set OULAD, by leaving presentations and courses "
    "out; its last presentations, 2014J, were looked at more than once on the way. Nothing is chosen on the school's own "
    "outcomes: each term is tested by a model that learned only from classes that had ended before the term began."
)
LIMITS = (
    "A probability speaks of students with such features in classes that ended, not of one person; it is a reason "
    "to talk, never to decide over anyone.",
    "Where this term differs from earlier ones (new assessments, another mix of students) risks are too high or "
    "too low as a whole before they are in the wrong order.",
    "Prior education and earlier results may weigh in the risk; they are never given as a reason.",
    "A course never taught before, a new plan of assessments or a feed that falls silent is judged by what other courses "
    "taught; its figures are less sure than those above.",
    "Intervals say how much the figures would differ with other students like these; not how much with another school "
    "or in another year. Those of the calibration error and of the area between curves lie high, since neither can be "
    "below zero.",
    "Gaps between groups say that the risk serves them differently, not why.",
)
# Everything here that pages show.
SENTENCES = (TARGET, POPULATION, CUTOFF, FROZEN, *ASSUMPTIONS, *LIMITS, *drift.REASONS)


def card(model: Model, evaluations: Sequence[Evaluation] = ()) -> dict[str, Any]:
    """The model's card as plain JSON values; `name` identifies it. `evaluations` adds what was measured.

    `checks` holds why the model must not be used (`insight.drift.checks`), nothing where it may, and the limits.
    """
    about: dict[str, Any] = msgspec.to_builtins(model.about)
    for long in ("words", "profile"):
        about.pop(long, None)
    content = _content(model, evaluations, about)
    content["checks"] = {
        "failed": drift.checks(content),
        "limits": {"ece": drift.MAX_ECE, "tested": drift.LEAST_TESTED, "worse": drift.MAX_WORSE},
    }
    return content


def _content(model: Model, evaluations: Sequence[Evaluation], about: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": model.about.name,
        "basis": model.about.basis,
        "target": TARGET,
        "population": POPULATION,
        "cutoff_rule": CUTOFF,
        "assumptions": list(ASSUMPTIONS),
        "limits": list(LIMITS),
        "bands": _bands(model),
        "thresholds": {
            "classes": MIN_CLASSES,
            "enrollments": MIN_ENROLLMENTS,
            "of_each_outcome": MIN_OF_EACH,
        },
        "features": [
            {
                "name": column.name,
                "feature": one.name,
                "group": column.group,
                "meaning": column.meaning,
                "unknown": column.unknown,
                "protected": one.protected,
            }
            for one in model.features
            for column in one.columns
        ],
        "calibration": {name: msgspec.to_builtins(part.calibration) for name, part in model.parts.items()},
        "training": about,
        "frozen": {
            "rule": FROZEN,
            "code_hash": model.about.code_hash,
            "data_hash": model.about.data_hash,
            "tested": [one.term for one in evaluations],
            "tested_by": [
                {
                    "term": one.term,
                    "model": one.model.about.name,
                    "code_hash": one.model.about.code_hash,
                    "data_hash": one.model.about.data_hash,
                    "classes": len(one.model.about.classes),
                }
                for one in evaluations
            ],
        },
        "evaluation": [record for one in evaluations for record in one.records],
        "baselines": [record for one in evaluations for record in one.baselines],
        "withdrawals": [record for one in evaluations for record in one.withdrawals],
        "courses": [record for one in evaluations for record in one.courses],
        "reliability": [record for one in evaluations for record in one.calibration],
        "gaps": [record for one in evaluations for record in one.gaps],
        "gap_rules": {"students": LEAST_STUDENTS, "of_each_outcome": LEAST_OF_EACH, "listed": LISTED},
    }


def _bands(model: Model) -> dict[str, Any]:
    """Where the bands begin, and of what."""
    if model.parts:
        return {"of": "probability", "high": HIGH, "medium": MEDIUM, "width": WIDTH}
    return {"of": "points", "high": plain_rules.HIGH, "medium": plain_rules.MEDIUM}
