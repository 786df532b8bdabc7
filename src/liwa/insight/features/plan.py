"""What the class's plan still holds: how much of the final mark is to come, how soon, and who has begun on it.

What is the same for a whole class tells a model that knows few classes which one it sees, and it would repeat that
class's result (see `liwa.insight.features.course`). So it learns where a student stands, and the plan itself is for
people to see.
"""

from liwa.insight.features import KEY, Column, feature, standing
from liwa.insight.features.assessments import assigned, handed_in, planned
from liwa.insight.tables import DAY, Campus, Table

SOON_DAYS = 14

COLUMNS = (
    Column("plan_count", "course", "line items still to come", learned=False),
    Column("plan_weight", "course", "percent of the final mark still to come", learned=False),
    Column("plan_days", "course", "days to the next line item due", "none is still to come", learned=False),
    Column(
        "due_soon_weight",
        "due",
        f"percent of the final mark due within {SOON_DAYS} days and not handed in",
        learned=False,
    ),
    Column(
        "due_soon_rank", "due", "share of the class with less of it open", "nobody else in the class", risk=1
    ),
)


@feature("plan", COLUMNS)
def plan(campus: Campus, spine: Table) -> Table:
    """See COLUMNS."""
    base = spine.select(*KEY, "user", "klass", "at", "day")
    items = planned(campus)
    coming = base.select("klass", "cutoff", "at", "day").distinct().inner_join(items, "klass")
    coming = coming.filter(assigned(coming), coming.due > coming["at"])
    totals = coming.group_by("klass", "cutoff").aggregate(
        plan_count=coming.count(), plan_weight=coming.weight.sum(), next_due=coming.due.min()
    )
    rows = base.left_join(totals, ["klass", "cutoff"]).select(
        *base.columns, "plan_count", "plan_weight", "next_due"
    )
    soon = coming.filter(coming.due - coming["at"] <= SOON_DAYS * DAY)
    open_ones = base.select(*KEY, "klass").inner_join(
        soon.select("klass", "cutoff", "line_item", "weight"), ["klass", "cutoff"]
    )
    done = handed_in(campus, base, items).select(*KEY, "line_item")
    open_ones = open_ones.anti_join(done, [*KEY, "line_item"])
    due = open_ones.group_by(*KEY).aggregate(due_soon_weight=open_ones.weight.sum())
    rows = rows.left_join(due, list(KEY)).select(*rows.columns, "due_soon_weight")
    rows = rows.mutate(due_soon_weight=rows.due_soon_weight.fill_null(0.0))
    return rows.select(
        *KEY,
        "due_soon_weight",
        plan_count=rows.plan_count.fill_null(0),
        plan_weight=rows.plan_weight.fill_null(0.0),
        plan_days=(rows.next_due - rows["at"]) / float(DAY),
        due_soon_rank=standing(rows, rows.due_soon_weight),
    )
