"""Models for questions that the risk itself does not ask: another outcome, another population, other columns."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import ibis
import numpy as np
import pyarrow as pa

from liwa.core.clock import start_of, week_at
from liwa.insight.features import Column, Feature, chosen, compute
from liwa.insight.metrics import Floats
from liwa.insight.population import Moment, Run, spine
from liwa.insight.risk import boosting
from liwa.insight.risk.matrix import SPINE, Rows, columns_of, matrix, vocabulary
from liwa.insight.risk.model import weights
from liwa.insight.tables import Campus, Table, kept

Score = Callable[[Rows], Floats]


@dataclass(frozen=True)
class StillThere(Campus):
    """A campus in which nobody ever withdraws: its spine holds everyone who had registered by the cut-off."""

    @property
    def memberships(self) -> Table:
        """Registrations alone."""
        known = super().memberships
        return kept(known.filter(known.verb == "registered"), self)


def everyone_at(campus: Campus, moments: Sequence[Moment], features: Sequence[Feature]) -> Rows:
    """Features of all students who had registered by the given moments, those who had withdrawn since left in."""
    found = spine(StillThere(campus.tables, campus.zone), moments).to_pyarrow()
    found = found.sort_by([(name, "ascending") for name in ("klass", "week", "cutoff", "enrollment")])
    found = found.append_column("row", pa.array(np.arange(len(found))))
    table = found.select(SPINE)
    at = kept(ibis.memtable(found), campus)
    for one in features:
        names = [column.name for column in one.columns]
        computed = compute(campus, at, [one]).select("row", *names).order_by("row").to_pyarrow()
        for name in names:
            table = table.append_column(name, computed[name])
    return Rows(table, tuple(features))


def on_day(run: Run, day: int, campus: Campus) -> Moment:
    """A class after the given day of it, the class's first day being day 0."""
    cutoff = start_of(run.starts_on + timedelta(days=day + 1), campus.zone)
    return Moment(
        run, week_at(run.starts_on, cutoff, campus.zone), cutoff, run.starts_on + timedelta(days=day + 1)
    )


def columns(*, activity: bool, protected: bool) -> tuple[Column, ...]:
    """The columns that a model of these tests may use."""
    return columns_of(chosen(protected=protected), activity=activity)


def learned(past: Rows, happened: Floats, some: Sequence[Column]) -> Score:
    """A model as the risk's is (`risk.boosting`), of another outcome or population; answers probabilities."""
    words = vocabulary(past, some)
    part = boosting.fit(matrix(past, some, words), happened, weights(past), past.words("user"), some)

    def score(rows: Rows) -> Floats:
        return part.calibration(part.raw(matrix(rows, some, words)))

    return score
