"""Where the class stands, and how earlier runs of its course ended.

Length, size and name of the class are left out on purpose: with few classes to learn from they tell the model
which class it sees, and it would repeat that class's result.
"""

from liwa.insight.features import KEY, Column, feature
from liwa.insight.tables import Campus, Table

COLUMNS = (
    Column("week_now", "course", "weeks since the class began"),
    Column("fraction", "course", "part of the class that has passed, 0 to 1"),
    Column("course_failed", "course", "share not completing in earlier runs", "no run had ended", risk=1),
)


@feature("course", COLUMNS)
def course(campus: Campus, spine: Table) -> Table:
    """See COLUMNS."""
    earlier = _earlier(campus, spine.select("course", "klass", "cutoff", "day").distinct())
    rows = spine.select(*KEY, "klass", "elapsed", "length")
    rows = rows.left_join(earlier, ["klass", "cutoff"]).select(*rows.columns, "course_failed")
    return rows.mutate(week_now=rows.elapsed / 7.0, fraction=rows.elapsed / rows.length)


def _earlier(campus: Campus, at: Table) -> Table:
    """Outcomes known before the cut-off in other classes of the same course that had ended by then."""
    klass = campus.klass.select("course", "ends_on", other=campus.klass.sourced_id)
    rows = campus.enrollment.filter(campus.enrollment.role == "student")
    rows = rows.select("sourced_id", other=rows.klass)
    outcome = campus.outcome.filter(campus.outcome.success.notnull()).select(
        "sourced_id", "success", "known_at"
    )
    ended = klass.inner_join(rows, "other").inner_join(outcome, "sourced_id")
    ended = ended.group_by("course", "other", "ends_on", "known_at").aggregate(
        count=ended.count(), failed=(~ended.success).cast("int64").sum()
    )
    seen = at.inner_join(ended, "course")
    seen = seen.filter(seen.other != seen.klass, seen.known_at < seen.cutoff, seen.ends_on < seen.day)
    totals = seen.group_by("klass", "cutoff").aggregate(n=seen["count"].sum(), failed=seen.failed.sum())
    return totals.select("klass", "cutoff", course_failed=totals.failed / totals.n)
