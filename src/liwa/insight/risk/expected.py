"""What share of a class is to be expected not to complete: where the model begins for everyone in it.

How many complete differs more from course to course than from student to student. A model with few classes to learn
from would learn the classes by heart; so each class's share is reckoned from how the course's earlier runs ended and
who has left this run already, and the trees learn only who does better or worse than that.
"""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
import numpy as np
from scipy.special import logit

from liwa.insight.population import Run
from liwa.insight.risk.matrix import Floats, Rows
from liwa.insight.tables import Campus

# How many runs of its own the mean of all classes counts for.
OTHERS = 1.0
# How much more a run counts that began at the same time of year: autumn's students are not spring's.
SAME_SEASON = 3.0
SEASON_DAYS = 45
YEAR = 365.25
LEAST, MOST = 0.05, 0.95


class Ended(msgspec.Struct, frozen=True):
    """A class that has ended: its course, its first day, and the share of those who began it that did not complete."""

    course: str
    starts_on: date
    failed: float


class History(msgspec.Struct, frozen=True):
    """The classes a model learned from, by id."""

    classes: dict[str, Ended]

    def share(self, klass: str, course: str, starts_on: date) -> float:
        """The share to be expected of a class, from the others alone: shrunk from its course's to the mean of all."""
        others = {one: past for one, past in self.classes.items() if one != klass} or self.classes
        mean = float(np.mean([past.failed for past in others.values()]))
        own = [past for past in others.values() if past.course == course]
        weights = [SAME_SEASON if _same_season(past.starts_on, starts_on) else 1.0 for past in own]
        failed = sum(weight * past.failed for weight, past in zip(weights, own, strict=True))
        return (failed + OTHERS * mean) / (sum(weights) + OTHERS)

    def log_odds(self, rows: Rows) -> Floats:
        """One per row: of those still in its class, the log-odds that one does not complete."""
        table = rows.table.select(["klass", "course", "starts_on"])
        each = table.group_by(table.column_names).aggregate([]).to_pylist()
        share = {one["klass"]: self.share(**one) for one in each}
        expected = np.array([share[klass] for klass in rows.words("klass")], dtype=np.float64)
        left = np.nan_to_num(rows.settled("left_share"))
        return np.asarray(logit(np.clip((expected - left) / np.maximum(1.0 - left, LEAST), LEAST, MOST)))


def history(campus: Campus, ended: Sequence[Run], before: datetime) -> History:
    """How the given classes ended, by the outcomes known before an instant; who left before the first day is left out.

    Classes of which no outcome was known are not in it.
    """
    runs = {run.klass: run for run in ended}
    enrollment = campus.enrollment.filter(
        campus.enrollment.role == "student", campus.enrollment.klass.isin(list(runs))
    )
    outcome = campus.outcome.filter(campus.outcome.known_at < before, campus.outcome.success.notnull())
    known = enrollment.select("klass", "sourced_id").inner_join(
        outcome.select("sourced_id", "success"), "sourced_id"
    )
    klass = campus.klass.select("starts_on", klass=campus.klass.sourced_id).inner_join(
        campus.first_days, "starts_on"
    )
    gone = campus.memberships.filter(campus.memberships.verb == "withdrew")
    gone = gone.select("occurred_at", sourced_id=gone.enrollment).inner_join(known, "sourced_id")
    gone = gone.inner_join(klass, "klass")
    never = gone.filter(gone.occurred_at < gone.starts_at)
    began = known.anti_join(never, "sourced_id")
    table = began.group_by("klass").aggregate(failed=(~began.success).cast("int64").sum(), n=began.count())
    return History(
        {
            row["klass"]: Ended(
                runs[row["klass"]].course, runs[row["klass"]].starts_on, row["failed"] / row["n"]
            )
            for row in table.order_by("klass").to_pyarrow().to_pylist()
        }
    )


def _same_season(one: date, other: date) -> bool:
    """Whether two days are within SEASON_DAYS of each other, years aside."""
    apart = abs((one - other).days) % YEAR
    return min(apart, YEAR - apart) <= SEASON_DAYS
