"""How ended classes went: shares of successful outcomes, of ten or more alone."""

from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from liwa.flows.refresh.moment import Moment, rows

SMALLEST_GROUP = 10


@dataclass(frozen=True)
class Share:
    """Of `n` outcomes, how many were successful."""

    done: int
    n: int

    @property
    def completed(self) -> float:
        return self.done / self.n


def known(moment: Moment) -> ir.Table:
    """(klass, user, success) of outcomes of ended classes known before the moment; success is 0 or 1."""
    return moment.once("outcomes", lambda: _known(moment))


def _known(moment: Moment) -> ir.Table:
    outcome = moment.tables.outcome
    judged = outcome.filter(outcome.known_at < moment.run.as_of, outcome.success.notnull())
    judged = judged.select("success", enrollment="sourced_id")
    enrollment = moment.tables.enrollment.select("klass", "user", enrollment="sourced_id")
    joined = judged.join(enrollment, "enrollment")
    ended = sorted(key for key in moment.classes if key not in moment.running)
    joined = joined.filter(joined.klass.isin(ended))
    return joined.select("klass", "user", success=joined.success.cast("int64"))


def shares(judged: ir.Table, key: str) -> dict[Any, Share]:
    """Success by a column of `judged`; groups that are too small are left out."""
    counted = judged.group_by(key).agg(done=judged.success.sum(), n=judged.count())
    return {row[key]: Share(row["done"], row["n"]) for row in rows(counted) if row["n"] >= SMALLEST_GROUP}


def completed_by_class(moment: Moment) -> dict[str, Share]:
    """By ended class."""
    return shares(known(moment), "klass")
