"""A model's published account of itself: what it learned from, how well it does, what it is not for."""

from collections.abc import Sequence
from typing import Any

import msgspec

from liwa.insight.evaluation import Evaluation
from liwa.insight.risk import rules as plain_rules
from liwa.insight.risk.model import MIN_CLASSES, MIN_ENROLLMENTS, MIN_OF_EACH, Model
from liwa.insight.risk.predict import HIGH, MEDIUM

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
LIMITS = (
    "A probability speaks of students with such features in classes that ended, not of one person; it is a reason "
    "to talk, never to decide over anyone.",
    "Where this term differs from earlier ones (new assessments, another mix of students) risks are too high or "
    "too low as a whole before they are in the wrong order.",
    "Prior education and earlier results may weigh in the risk; they are never given as a reason.",
)


def card(model: Model, evaluations: Sequence[Evaluation] = ()) -> dict[str, Any]:
    """The model's card as plain JSON values; `name` identifies it. `evaluations` adds what was measured."""
    about: dict[str, Any] = msgspec.to_builtins(model.about)
    about.pop("words")
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
        "evaluation": [record for one in evaluations for record in one.records],
        "baselines": [record for one in evaluations for record in one.baselines],
    }


def _bands(model: Model) -> dict[str, Any]:
    """Where the bands begin, and of what."""
    if model.parts:
        return {"of": "probability", "high": HIGH, "medium": MEDIUM}
    return {"of": "points", "high": plain_rules.HIGH, "medium": plain_rules.MEDIUM}
