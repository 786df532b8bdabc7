"""What activity features bring over assessments alone, where there are clicks to learn from and to test on."""

from collections.abc import Sequence

import numpy as np

from liwa.insight import metrics
from liwa.insight.evaluation.learning import columns, learned
from liwa.insight.evaluation.measures import Record
from liwa.insight.evaluation.resampling import Draws, plain, with_interval
from liwa.insight.evaluation.rolling import enough
from liwa.insight.features import chosen
from liwa.insight.metrics import Floats
from liwa.insight.population import Run, weekly
from liwa.insight.risk.matrix import Rows, rows_at, target
from liwa.insight.risk.model import covered
from liwa.insight.tables import Campus

WEEKS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 18)
TESTED = (2, 4, 6, 8, 10, 14, 18)


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
    records = [record for part in parts for record in _compared(*part, weeks)]
    if len(parts) > 1:
        names = "+".join(part[0] for part in parts)
        together = [np.concatenate([part[place] for part in parts]) for place in (1, 2, 3, 4, 5)]
        records += _compared(names, *together, weeks)  # type: ignore[arg-type]
    return records


Part = tuple[str, Floats, Floats, Floats, Floats, Floats]


def _predicted(campus: Campus, learn: Sequence[Run], run: Run, weeks: Sequence[int]) -> Part | None:
    """(class, week, outcome, risk with, risk without, student) of the rows of a class that its feed covers."""
    if not learn:
        return None
    past, failed = _known(campus, learn, WEEKS)
    rows, truth = _known(campus, [run], weeks)
    risks = [
        learned(past, failed, columns(activity=activity, protected=False))(rows) for activity in (True, False)
    ]
    return (run.klass, rows.number("week"), truth, *risks, np.array(rows.words("user"), dtype=object))


def _known(campus: Campus, some: Sequence[Run], weeks: Sequence[int]) -> tuple[Rows, Floats]:
    """Rows that an activity feed covers and whose outcome is known."""
    rows = rows_at(campus, weekly(some, weeks, campus.zone), chosen())
    failed = target(campus, rows)
    here = covered(rows) & ~np.isnan(failed)
    return rows.take(here), failed[here]


def _compared(
    name: str,
    week: Floats,
    failed: Floats,
    rich: Floats,
    plain_risk: Floats,
    users: Floats,
    weeks: Sequence[int],
) -> list[Record]:
    draws = Draws.of(users.tolist())
    records = []
    for one in weeks:
        at = week == one
        if not enough(failed[at]):
            continue
        truth, first, second = failed[at], rich[at], plain_risk[at]
        values = draws.values(
            users[at].tolist(),
            {
                "with": lambda weight, a=truth, b=first: metrics.aucs(a, b, weight),  # type: ignore[misc]
                "without": lambda weight, a=truth, b=second: metrics.aucs(a, b, weight),  # type: ignore[misc]
            },
        )
        mine = {"with": metrics.auc(truth, first), "without": metrics.auc(truth, second)}
        gain = values["with"] - values["without"]
        records.append(
            {
                "classes": name,
                "week": one,
                "n": int(at.sum()),
                "failed": plain(truth.mean()),
                **with_interval("auc_with", mine["with"], np.quantile(values["with"], [0.025, 0.975])),
                **with_interval(
                    "auc_without", mine["without"], np.quantile(values["without"], [0.025, 0.975])
                ),
                **with_interval("gain", mine["with"] - mine["without"], np.quantile(gain, [0.025, 0.975])),
            }
        )
    return records
