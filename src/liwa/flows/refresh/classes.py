"""One row for each class that has begun, with the earlier runs of its course beside it."""

from collections import Counter, defaultdict
from typing import Any

import numpy as np

from liwa.digest.models import Band, ClassDigest, EnrollmentDigest
from liwa.flows.refresh import Phase, Run, step
from liwa.flows.refresh import progress as done
from liwa.flows.refresh.moment import Moment, iso, rows

EARLIER_RUNS = 3
LONGEST = 60  # weeks


@step("classes", Phase.DIGEST, after=("enrollments",))
def classes(run: Run) -> None:
    """Fill ClassDigest."""
    moment = Moment.of(run)
    members = _members(moment)
    curves = {key: _curve(moment, key, members.get(key, [])) for key in moment.classes}
    completed = _completed(moment)
    bands = _bands(run)
    items = _items(moment)
    run.digest[ClassDigest] = [
        {
            "klass": key,
            "week": found["week"] if found["running"] else None,
            "running": found["running"],
            "students": len(members.get(key, [])),
            "withdrawn": sum(member["left"] for member in members.get(key, [])),
            "high": bands[key, Band.HIGH],
            "medium": bands[key, Band.MEDIUM],
            "covered": bool(curves[key]),
            "weeks": curves[key],
            "earlier": _earlier(moment, key, curves, completed),
            "items": [_item(item, _present(members.get(key, []))) for item in items.get(key, [])],
        }
        for key, found in moment.classes.items()
    ]


def _members(moment: Moment) -> dict[str, list[dict[str, Any]]]:
    """{klass: [{user, left}]} of all who were registered by the moment."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows(moment.enrolled()):
        if row["begin_date"] and row["begin_date"] > moment.today:
            continue
        end = row["end_date"]
        left = bool(end and end < moment.today and end < moment.classes[row["klass"]]["ends_on"])
        found[row["klass"]].append({"user": row["user"], "left": left})
    return found


def _present(members: list[dict[str, Any]]) -> int:
    return sum(not member["left"] for member in members)


def _curve(moment: Moment, klass: str, members: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each week's activity of those who are still there, or nothing where no feed covers the class."""
    span = moment.classes[klass]
    length = (span["ends_on"] - span["starts_at"].date()).days // 7 + 1
    users = [member["user"] for member in members if not member["left"]]
    grid = moment.grid(klass, users, min(span["week"], length, LONGEST))
    if grid is None or not users:
        return []
    low, middle, high = np.percentile(grid, [25, 50, 75], axis=0)
    active = (grid > 0).mean(axis=0)
    return [
        {
            "week": place + 1,
            "active_share": float(active[place]),
            "median": float(middle[place]),
            "q1": float(low[place]),
            "q3": float(high[place]),
        }
        for place in range(grid.shape[1])
    ]


def _completed(moment: Moment) -> dict[str, float]:
    """{klass: share of successful outcomes} of ended classes with at least ten outcomes."""
    outcome = moment.tables.outcome
    known = outcome.filter(outcome.known_at < moment.run.as_of, outcome.success.notnull())
    enrollment = moment.tables.enrollment.select("klass", enrollment="sourced_id")
    joined = known.join(enrollment, known.sourced_id == enrollment.enrollment)
    share = joined.group_by("klass").agg(
        completed=joined.success.cast("float64").mean(), n=joined.success.count()
    )
    ended = {key for key, found in moment.classes.items() if not found["running"]}
    return {row["klass"]: row["completed"] for row in rows(share) if row["klass"] in ended and row["n"] >= 10}


def _bands(run: Run) -> Counter[tuple[str, str]]:
    return Counter((row["klass"], row["band"]) for row in run.digest.get(EnrollmentDigest, []))


def _earlier(
    moment: Moment, klass: str, curves: dict[str, list[dict[str, Any]]], completed: dict[str, float]
) -> list[dict[str, Any]]:
    own = moment.classes[klass]
    runs = [
        found
        for key, found in moment.classes.items()
        if found["course"] == own["course"] and key != klass and found["ends_at"] <= own["starts_at"]
    ]
    runs.sort(key=lambda found: found["starts_at"], reverse=True)
    return [
        {
            "klass": found["klass"],
            "title": found["title"],
            "session": found["starts_at"].date().isoformat(),
            "weeks": curves[found["klass"]],
            "completed": completed.get(found["klass"]),
        }
        for found in runs[:EARLIER_RUNS]
    ]


def _items(moment: Moment) -> dict[str, list[dict[str, Any]]]:
    """{klass: its line items in the order in which they are due}"""
    items = done.items(moment)
    counted = done.by_item(moment)
    joined = items.left_join(counted, "line_item").drop("line_item_right")
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows(joined), key=lambda row: (row["due_date"] is None, row["due_date"] or 0)):
        found[row["klass"]].append(row)
    return found


def _item(row: dict[str, Any], students: int) -> dict[str, Any]:
    handed_in = row["handed_in"] or 0
    return {
        "line_item": row["line_item"],
        "title": row["title"],
        "kind": row["kind"],
        "due": iso(row["due_date"]),
        "weight": row["weight"],
        "expected": students,
        "handed_in": handed_in,
        "late": row["late"] or 0,
        "missing": max(0, students - handed_in) if row["is_due"] else 0,
        "mean": row["mean"],
        "is_due": row["is_due"],
    }
