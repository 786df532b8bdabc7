"""Where the class stands, and how many have left it.

Length, size and name of the class are left out on purpose: with few classes to learn from they tell the model
which class it sees, and it would repeat that class's result. How earlier runs of its course ended is where the model
begins, not one of its features: `liwa.insight.risk.expected`.
"""

from liwa.insight.features import KEY, Column, feature
from liwa.insight.tables import Campus, Table

COLUMNS = (
    Column("week_now", "course", "weeks since the class began"),
    Column("fraction", "course", "part of the class that has passed, 0 to 1"),
    Column("left_share", "course", "share of those who began the class that have withdrawn", learned=False),
)


@feature("course", COLUMNS)
def course(campus: Campus, spine: Table) -> Table:
    """See COLUMNS."""
    left = _left(campus, spine)
    here = spine.group_by("klass", "cutoff").aggregate(here=spine.count())
    rows = spine.select(*KEY, "klass", "elapsed", "length").inner_join(here, ["klass", "cutoff"])
    rows = rows.left_join(left, ["klass", "cutoff"]).select(*rows.columns, "left")
    gone = rows.left.fill_null(0)
    return rows.mutate(
        week_now=rows.elapsed / 7.0, fraction=rows.elapsed / rows.length, left_share=gone / (gone + rows.here)
    )


def _left(campus: Campus, spine: Table) -> Table:
    """How many had withdrawn since the class's first day and were not back by the cut-off: (klass, cutoff, left)."""
    at = spine.select("klass", "cutoff", "starts_at").distinct()
    enrollment = campus.enrollment.filter(campus.enrollment.role == "student")
    enrollment = enrollment.select("klass", enrollment=enrollment.sourced_id)
    seen = at.inner_join(enrollment, "klass").inner_join(campus.memberships, "enrollment")
    seen = seen.filter(seen.known_at < seen.cutoff, seen.occurred_at < seen.cutoff)
    gone = (seen.verb == "withdrew") & (seen.occurred_at >= seen.starts_at)
    each = seen.group_by("enrollment", "klass", "cutoff").aggregate(
        joined=(seen.verb == "registered").any(), gone=gone.any()
    )
    away = each.filter(each.joined, each.gone).anti_join(spine, list(KEY))
    return away.group_by("klass", "cutoff").aggregate(left=away.count())
