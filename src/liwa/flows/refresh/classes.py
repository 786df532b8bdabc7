"""One row for each class that has begun, with the earlier runs of its course beside it."""

from collections import Counter, defaultdict
from typing import Any

import numpy as np

from liwa.digest.models import Band, ClassDigest, EnrollmentDigest
from liwa.flows.refresh import Phase, Run, step
from liwa.flows.refresh import progress as done
from liwa.flows.refresh.moment import Moment, iso, rows
from liwa.flows.refresh.outcomes import completed_by_class

EARLIER_RUNS = 3
LONGEST = 60  # weeks

Rows = list[dict[str, Any]]


@step("classes", Phase.DIGEST, after=("enrollments",))
def classes(run: Run) -> None:
    """Fill ClassDigest."""
    moment = Moment.of(run)
    members = _members(moment)
    curves = {key: _curve(moment, key, members[key]) for key in moment.classes}
    completed = {key: share.completed for key, share in completed_by_class(moment).items()}
    bands = Counter((row["klass"], row["band"]) for row in run.digest[EnrollmentDigest])
    items = _items(moment)
    run.digest[ClassDigest] = [
        {
            "klass": key,
            "week": found.week if found.running else None,
            "running": found.running,
            "students": len(members[key]),
            "withdrawn": sum(left for _, left in members[key]),
            "high": bands[key, Band.HIGH],
            "medium": bands[key, Band.MEDIUM],
            "covered": bool(curves[key]),
            "weeks": curves[key],
            "earlier": _earlier(moment, key, curves, completed),
            "items": [_item(item, sum(not left for _, left in members[key])) for item in items[key]],
        }
        for key, found in moment.classes.items()
    ]


def _members(moment: Moment) -> dict[str, list[tuple[str, bool]]]:
    """{klass: [(user, left)]} of all who were registered by the moment."""
    found: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for row in rows(moment.students().order_by("klass", "user")):
        found[row["klass"]].append((row["user"], row["left"]))
    return found


def _curve(moment: Moment, klass: str, members: list[tuple[str, bool]]) -> Rows:
    """Each week's activity of those who are still there, or nothing where no feed covers the class."""
    span = moment.classes[klass]
    users = [user for user, left in members if not left]
    grid = moment.grid(klass, users, min(span.week, span.weeks, LONGEST))
    if grid is None or not users:
        return []
    amounts, _ = grid
    low, middle, high = np.percentile(amounts, [25, 50, 75], axis=0)
    active = (amounts > 0).mean(axis=0)
    return [
        {
            "week": place + 1,
            "active_share": float(active[place]),
            "median": float(middle[place]),
            "q1": float(low[place]),
            "q3": float(high[place]),
        }
        for place in range(amounts.shape[1])
    ]


def _earlier(moment: Moment, klass: str, curves: dict[str, Rows], completed: dict[str, float]) -> Rows:
    """The latest runs of the same course that ended before this one began, the latest first."""
    own = moment.classes[klass]
    runs = [
        found
        for key, found in moment.classes.items()
        if found.course == own.course and key != klass and found.ends_on < own.starts_on
    ]
    runs.sort(key=lambda found: found.starts_on, reverse=True)
    return [
        {
            "klass": found.klass,
            "title": found.title,
            "session": found.starts_on.isoformat(),
            "weeks": curves[found.klass],
            "completed": completed.get(found.klass),
        }
        for found in runs[:EARLIER_RUNS]
    ]


def _items(moment: Moment) -> dict[str, Rows]:
    """{klass: its line items in the order in which they are due}"""
    gone = done.missing(moment)
    counts = gone.group_by("line_item").agg(missing=gone.count())
    joined = done.items(moment).left_join(done.by_item(moment), "line_item").drop("line_item_right")
    joined = joined.left_join(counts, "line_item").drop("line_item_right")
    found: dict[str, Rows] = defaultdict(list)
    for row in sorted(rows(joined), key=lambda row: (iso(row["due_date"]) or "~", row["line_item"])):
        found[row["klass"]].append(row)
    return found


def _item(row: dict[str, Any], students: int) -> dict[str, Any]:
    return {
        "line_item": row["line_item"],
        "title": row["title"],
        "kind": row["kind"],
        "due": iso(row["due_date"]),
        "weight": row["weight"],
        "expected": students,
        "handed_in": row["handed_in"] or 0,
        "late": row["late"] or 0,
        "missing": row["missing"] or 0,
        "mean": None if row["mean"] is None else round(row["mean"], 3),
        "is_due": row["is_due"],
    }
