"""One row for each student in each running class."""

from typing import Any

import numpy as np

from liwa.digest.models import Band, EnrollmentDigest
from liwa.flows.refresh import Phase, Run, step
from liwa.flows.refresh import progress as done
from liwa.flows.refresh.moment import Moment, rows


@step("enrollments", Phase.DIGEST)
def enrollments(run: Run) -> None:
    """Fill EnrollmentDigest: the prediction, the progress and the weeks of each running enrollment."""
    moment = Moment.of(run)
    progress = {(row["klass"], row["user"]): row for row in rows(done.by_student(moment))}
    due = _due(moment)
    last = _last_active(moment)
    found = []
    for klass, members in _by_class(run, moment).items():
        span = moment.classes[klass]
        grid = moment.grid(klass, [row["user"] for row in members], span["week"])
        median = np.median(grid, axis=0) if grid is not None else None
        for place, row in enumerate(members):
            key = (klass, row["user"])
            found.append(
                {
                    **_predicted(row),
                    **_progress(progress.get(key), due.get(klass, 0)),
                    "weeks": _weeks(grid, median, place, moment.weeks.get(key, {}), span["week"]),
                    "last_active_on": last.get(key),
                }
            )
    run.digest[EnrollmentDigest] = found


def _by_class(run: Run, moment: Moment) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in run.predictions:
        if row["klass"] in moment.running:
            found.setdefault(row["klass"], []).append(row)
    return found


def _due(moment: Moment) -> dict[str, int]:
    """How many line items of each class were due before the moment."""
    items = done.items(moment)
    counted = items.filter(items.is_due).group_by("klass").agg(due=items.line_item.nunique())
    return {row["klass"]: row["due"] for row in rows(counted)}


def _last_active(moment: Moment) -> dict[tuple[str, str], Any]:
    events = moment.known_events().filter(
        lambda event: event.verb.notin(("registered", "withdrew", "scored"))
    )
    latest = events.group_by("klass", "user").agg(at=events.occurred_at.max())
    zone = moment.run.campus.zone
    return {(row["klass"], row["user"]): row["at"].astimezone(zone).date() for row in rows(latest)}


def _predicted(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "enrollment": row["enrollment"],
        "klass": row["klass"],
        "user": row["user"],
        "week": row["week"],
        "risk": row["risk"],
        "band": row["band"] if row["band"] in Band.values else Band.UNKNOWN,
        "basis": row["basis"],
        "need": row["need"],
        "reasons": row["reasons"],
        "changed": row.get("changed", []),
    }


def _progress(row: dict[str, Any] | None, due: int) -> dict[str, Any]:
    if row is None:
        return {"due": due, "handed_in": 0, "late": 0, "missing": due, "mean_score": None}
    mean = row["weighted"] / row["weight"] if row["weight"] else row["plain"]
    return {
        "due": due,
        "handed_in": row["handed_in"],
        "late": row["late"],
        "missing": max(0, due - row["handed_in"]),
        "mean_score": mean,
    }


def _weeks(
    grid: np.ndarray | None,
    median: np.ndarray | None,
    place: int,
    own: dict[int, tuple[float, int]],
    passed: int,
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for week in range(1, passed + 1):
        if grid is None or median is None:
            found.append({"week": week, "amount": None, "days": None, "class_median": None})
            continue
        found.append(
            {
                "week": week,
                "amount": float(grid[place, week - 1]),
                "days": own.get(week, (0.0, 0))[1],
                "class_median": float(median[week - 1]),
            }
        )
    return found
