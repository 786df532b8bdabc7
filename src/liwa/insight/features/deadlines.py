"""Whether students begin in time: how much of the work of the fortnight before a line item is due falls on its end."""

from liwa.insight.features import KEY, Column, feature
from liwa.insight.features.activity import NO_FEED, covered
from liwa.insight.features.assessments import assigned, planned
from liwa.insight.tables import DAY, Campus, Table

RECENT_DAYS = 42
BEFORE_DAYS = 14
LAST_DAYS = 3

NOTHING = f"{NO_FEED}, or nothing was done before what was due in the last {RECENT_DAYS} days"

COLUMNS = (
    Column(
        "last_minute_share",
        "deadline",
        f"of the activity in the {BEFORE_DAYS} days before line items are due the share in the last {LAST_DAYS}",
        NOTHING,
        risk=1,
    ),
    Column(
        "days_before_due", "deadline", f"days active in the {BEFORE_DAYS} days before they are due", NOTHING
    ),
)


@feature("deadlines", COLUMNS, activity=True)
def deadlines(campus: Campus, spine: Table) -> Table:
    """See COLUMNS."""
    acts = campus.activity_days
    acts = acts.filter(acts.klass.notnull())
    rows = spine.select(*KEY, "user", "klass", "at", "day", today=spine.day)
    rows = rows.semi_join(covered(rows, acts, ["klass"]), ["klass", "cutoff"])
    due = rows.select("klass", "cutoff", "at", "day").distinct().inner_join(planned(campus), "klass")
    due = due.filter(assigned(due), due.due <= due["at"], due["at"] - due.due < RECENT_DAYS * DAY)
    wanted = rows.drop("day", "today", "at").inner_join(
        due.select("klass", "cutoff", "at", "due", "line_item"), ["klass", "cutoff"]
    )
    seen = wanted.inner_join(acts, ["user", "klass"])
    early = seen.due - seen.ends  # seconds from the end of the active day to that of the day it is due
    seen = seen.filter(seen.known <= seen["at"], early >= 0, early < BEFORE_DAYS * DAY)
    last = (seen.due - seen.ends) < LAST_DAYS * DAY
    each = seen.group_by(*KEY, "line_item").aggregate(
        amount=seen.amount.sum(), end=seen.amount.sum(where=last).fill_null(0.0), days=seen.day.nunique()
    )
    each = each.filter(each.amount > 0)
    return each.group_by(*KEY).aggregate(
        last_minute_share=(each.end / each.amount).mean(), days_before_due=each.days.mean()
    )
