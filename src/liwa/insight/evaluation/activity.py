"""What activity features bring over assessments alone, where there are clicks to learn from and to test on."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liwa.core.errors import LiwaError
from liwa.insight import metrics
from liwa.insight.evaluation.learning import columns, learned
from liwa.insight.evaluation.measures import Record
from liwa.insight.evaluation.resampling import Draws, plain
from liwa.insight.evaluation.rolling import enough
from liwa.insight.features import chosen
from liwa.insight.metrics import Floats
from liwa.insight.population import Run, weekly
from liwa.insight.risk.matrix import Rows, rows_at, target
from liwa.insight.risk.model import covered
from liwa.insight.tables import Campus

WEEKS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18)
TESTED = (2, 4, 6, 8, 10, 14, 18)
LEARN = ("AAA-2013J", "BBB-2013B")
TEST = ("AAA-2014J", "BBB-2013J")


def activity_gain(
    campus: Campus, learn: Sequence[Run], test: Sequence[Run], weeks: Sequence[int] = TESTED
) -> list[Record]:
    """The risk with and without activity features, learned from `learn` and tested on `test`.

    Each tested class is predicted from those of `learn` that had ended when it began, so that nothing later than its
    beginning is used. {classes, week, n, failed, auc_with, auc_without, gain (each with _low and _high)}; first each
    class, then all together.
    """
    found = [
        _predicted(campus, [one for one in learn if one.ends_at <= run.starts_at], run, weeks) for run in test
    ]
    parts = [part for part in found if part is not None]
    together = [_together(parts)] if len(parts) > 1 else []
    return [record for part in [*parts, *together] for record in _compared(part, weeks)]


def with_clicks(known: Sequence[Run]) -> tuple[list[Run], list[Run]]:
    """OULAD's presentations with clicks: those to learn from, those to test on (BBB 2013J has them to day 130).

    Raises LiwaError where the lake holds no OULAD.
    """
    run = {one.klass: one for one in known}
    missing = sorted({*LEARN, *TEST} - run.keys())
    if missing:
        raise LiwaError(
            "What activity brings is measured on OULAD, which is not in this lake.",
            remedy="Load OULAD first: ./liwa demo --oulad, or a feed of the source oulad.",
        )
    return [run[name] for name in LEARN], [run[name] for name in TEST]


@dataclass(frozen=True)
class Predicted:
    """Rows of classes that a feed covers: week, outcome, risk with and without activity, student."""

    classes: str
    week: Floats
    failed: Floats
    rich: Floats
    poor: Floats
    users: NDArray[Any]


def _together(parts: Sequence[Predicted]) -> Predicted:
    names = ("week", "failed", "rich", "poor", "users")
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Predicted(" + ".join(part.classes for part in parts), **joined)


def _predicted(campus: Campus, learn: Sequence[Run], run: Run, weeks: Sequence[int]) -> Predicted | None:
    """A class predicted both ways; None where there is nothing to learn from."""
    if not learn:
        return None
    past, failed = _known(campus, learn, WEEKS)
    rows, truth = _known(campus, [run], weeks)
    rich, poor = (
        learned(past, failed, columns(activity=activity, protected=False))(rows) for activity in (True, False)
    )
    users = np.array(rows.words("user"), dtype=object)
    return Predicted(run.klass, rows.number("week"), truth, rich, poor, users)


def _known(campus: Campus, some: Sequence[Run], weeks: Sequence[int]) -> tuple[Rows, Floats]:
    """Rows that an activity feed covers and whose outcome is known."""
    rows = rows_at(campus, weekly(some, weeks, campus.zone), chosen())
    failed = target(campus, rows)
    here = covered(rows) & ~np.isnan(failed)
    return rows.take(here), failed[here]


def _compared(part: Predicted, weeks: Sequence[int]) -> list[Record]:
    draws = Draws.of(part.users.tolist())
    records = []
    for week in weeks:
        at = part.week == week
        failed, rich, poor = part.failed[at], part.rich[at], part.poor[at]
        if not enough(failed):
            continue
        measure = partial(_figures, failed, rich, poor)
        figures = draws.figures(part.users[at].tolist(), measure)
        records.append(
            {
                "classes": part.classes,
                "week": week,
                "n": len(failed),
                "failed": plain(failed.mean()),
                **figures,
            }
        )
    return records


def _figures(failed: Floats, rich: Floats, poor: Floats, weight: Floats) -> dict[str, Floats]:
    both, less = metrics.aucs(failed, rich, weight), metrics.aucs(failed, poor, weight)
    return {"auc_with": both, "auc_without": less, "gain": both - less}
