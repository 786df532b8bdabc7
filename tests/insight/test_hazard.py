"""Who leaves within four weeks: by when it was known, not on the last day, not before it can be known."""

from datetime import date, timedelta

import numpy as np
import pytest

from liwa.insight.population import runs, weekly
from liwa.insight.risk import Model, predict
from liwa.insight.risk.hazard import LEAVING_DAYS, leaving
from liwa.insight.risk.matrix import rows_at
from liwa.insight.risk.predict import intervals, probabilities, withdrawals
from liwa.insight.tables import Campus
from tests.insight.campus import ZONE, Rows, at, event, tables

MONDAY = date(2026, 3, 2)
CUTOFF = at(MONDAY + timedelta(days=14))
LAST = date(2026, 4, 10)


def _campus(days: dict[str, float], seen: dict[str, float] | None = None) -> Campus:
    """One class; each user withdraws so many days after the cut-off, which is known after so many."""
    events = []
    for user, after in days.items():
        when = CUTOFF + timedelta(days=after)
        known = CUTOFF + timedelta(days=(seen or {}).get(user, after))
        events += [
            event("registered", user, at(MONDAY), object=f"A-{user}", klass="A"),
            event("withdrew", user, when, known, object=f"A-{user}", klass="A"),
        ]
    rows: Rows = {
        "klass": [{"sourced_id": "A", "course": "A", "starts_on": MONDAY, "ends_on": LAST, "terms": "[]"}],
        "enrollment": [
            {"sourced_id": f"A-{user}", "klass": "A", "user": user, "role": "student", "begin_date": MONDAY}
            for user in days
        ],
        "events": events,
    }
    return Campus(tables(rows), ZONE)


@pytest.mark.parametrize(
    ("after", "known", "expected"),
    [(0.5, 0.5, 1.0), (20.0, 20.0, 1.0), (-3.0, 2.0, 1.0), (2.0, LEAVING_DAYS + 1.0, 0.0), (25.5, 25.5, 0.0)],
    ids=["at once", "in weeks", "known afterwards", "known too late", "on the last day"],
)
def test_leaving_counts_when_it_is_known(after: float, known: float, expected: float) -> None:
    campus = _campus({"u1": after}, {"u1": known})
    rows = rows_at(campus, weekly(runs(campus), [2], ZONE), [])
    assert leaving(campus, rows).tolist() == [expected]


def test_what_could_not_be_known_yet_is_unknown() -> None:
    campus = _campus({"u1": 3.0})
    rows = rows_at(campus, weekly(runs(campus), [2], ZONE), [])
    assert np.isnan(leaving(campus, rows, CUTOFF + timedelta(days=LEAVING_DAYS - 1))).all()
    assert leaving(campus, rows, CUTOFF + timedelta(days=LEAVING_DAYS)).tolist() == [1.0]


def test_ends_hold_the_risk(model: Model, campus: Campus) -> None:
    rows = rows_at(campus, weekly(runs(campus), [5], ZONE), model.features)
    low, high = intervals(model, rows)
    risk = probabilities(model, rows)
    assert ((low <= risk) & (risk <= high)).all()
    assert (low < high).any()
    gone = withdrawals(model, rows)
    assert len(gone) == len(rows)
    assert np.isnan(gone).all() == (not model.leaving)


def test_predictions_say_how_sure_they_are(model: Model, campus: Campus) -> None:
    for one in predict(model, campus, at(date(2026, 3, 30)), ZONE):
        assert one.risk is not None
        assert one.low is not None
        assert one.high is not None
        assert 0 <= one.low <= one.risk <= one.high <= 1
