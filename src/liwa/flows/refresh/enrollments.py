"""One row for each student in each running class."""

from datetime import date
from typing import Any

import numpy as np

from liwa.digest.models import Band, EnrollmentDigest
from liwa.flows.refresh import Phase, Run, step
from liwa.flows.refresh.moment import Grid, Moment, numbered_day, rows
from liwa.insight.tables import RECORD_EVENTS

PREDICTED = (
    "enrollment",
    "klass",
    "user",
    "week",
    "risk",
    "withdraw",
    "basis",
    "need",
    "reasons",
    "changed",
    "before",
    "due",
    "handed_in",
    "late",
    "missing",
    "mean_score",
)


@step("enrollments", Phase.DIGEST)
def enrollments(run: Run) -> None:
    """Fill EnrollmentDigest: the prediction, the progress and the weeks of each running enrollment."""
    moment = Moment.of(run)
    last = _last_active(moment)
    found = []
    for klass, members in _by_class(run, moment).items():
        weeks = _weeks(moment, klass, [row["user"] for row in members])
        for row, own in zip(members, weeks, strict=True):
            found.append(
                {
                    **{name: row[name] for name in PREDICTED},
                    "risk_low": row["low"],
                    "risk_high": row["high"],
                    "band": row["band"] if row["band"] in Band.values else Band.UNKNOWN,
                    "weeks": own,
                    "last_active_on": last.get((klass, row["user"])),
                }
            )
    run.digest[EnrollmentDigest] = found


def _by_class(run: Run, moment: Moment) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in run.predictions:
        if row["klass"] in moment.running:
            found.setdefault(row["klass"], []).append(row)
    return found


def _last_active(moment: Moment) -> dict[tuple[str, str], date]:
    """The last campus day on which a student handed something in or did anything else in a running class."""
    events = moment.known_events()
    done = events.filter(
        events.klass.isin(sorted(moment.running)),
        (events.verb == "submitted") | events.verb.notin(RECORD_EVENTS),
    )
    latest = done.group_by("klass", "user").agg(day=moment.day(done.occurred_at).max())
    return {(row["klass"], row["user"]): numbered_day(row["day"]) for row in rows(latest)}


def _weeks(moment: Moment, klass: str, users: list[str]) -> list[list[dict[str, Any]]]:
    """Each student's weeks of a class."""
    passed = moment.classes[klass].week
    grid = moment.grid(klass, users, passed)
    if grid is None:
        empty = {"amount": None, "days": None, "class_median": None}
        return [[{"week": week, **empty} for week in range(1, passed + 1)] for _ in users]
    amounts, days = grid
    median = np.median(amounts, axis=0)
    return [_own(amounts, days, median, place) for place in range(len(users))]


def _own(amounts: Grid, days: Grid, median: Grid, place: int) -> list[dict[str, Any]]:
    return [
        {"week": week, "amount": amount, "days": int(active), "class_median": middle}
        for week, (amount, active, middle) in enumerate(
            zip(amounts[place].tolist(), days[place].tolist(), median.tolist(), strict=True), start=1
        )
    ]
