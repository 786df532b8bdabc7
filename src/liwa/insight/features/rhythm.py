"""How regularly, and at what hours, students work in a class's feeds."""

import ibis

from liwa.insight.features import KEY, Column, feature
from liwa.insight.features.activity import NO_FEED, covered
from liwa.insight.tables import Campus, Table, days_ago

WEEKS = 8
HOUR = 3_600
# Work that ends after 23:00 or begins before 05:00 by campus clocks is work at night.
LATE, EARLY = 23 * HOUR, 5 * HOUR

NO_HOURS = "no feed of the class says at what hours, or nothing was done"

COLUMNS = (
    Column("weeks_active", "regularity", f"of the last {WEEKS} weeks those with activity", NO_FEED, risk=-1),
    Column("weeks_seen", "regularity", f"weeks of the class so far, at most {WEEKS}", NO_FEED, learned=False),
    Column("days_spread", "regularity", "standard deviation of active days from week to week", NO_FEED),
    Column(
        "longest_gap", "regularity", "longest time without activity in these weeks, in days", NO_FEED, risk=1
    ),
    Column("night_share", "regularity", "share of active days with work between 23:00 and 5:00", NO_HOURS),
    Column("day_span", "regularity", "mean hours from the first to the last activity of a day", NO_HOURS),
)


@feature("rhythm", COLUMNS, activity=True)
def rhythm(campus: Campus, spine: Table) -> Table:
    """See COLUMNS."""
    acts = campus.activity_days
    acts = acts.filter(acts.klass.notnull())
    rows = spine.select(*KEY, "user", "klass", "at", "elapsed", today=spine.day)
    rows = rows.semi_join(covered(rows, acts, ["klass"]), ["klass", "cutoff"])
    rows = rows.mutate(weeks_seen=ibis.least((rows.elapsed / 7.0).ceil().cast("int64"), WEEKS))
    days = _days(rows, acts)
    seen = _weeks(rows, days)
    for part in (_gaps(rows, days), _hours(days)):
        names = [name for name in part.columns if name not in KEY]
        seen = seen.left_join(part, list(KEY)).select(*seen.columns, *names)
    return seen.mutate(longest_gap=seen.longest_gap.fill_null(seen.weeks_seen * 7))


def _days(rows: Table, acts: Table) -> Table:
    """One row per (enrollment, cutoff) and day of activity in the class's last weeks: ago, first, last."""
    seen = rows.inner_join(acts, ["user", "klass"])
    seen = seen.filter(seen.known <= seen["at"], seen.ends <= seen["at"])
    seen = seen.mutate(ago=days_ago(seen.today, seen.day))
    seen = seen.filter(seen.ago < seen.weeks_seen * 7)
    return seen.group_by(*KEY, "klass", "ago").aggregate(first=seen["first"].min(), last=seen["last"].max())


def _weeks(rows: Table, days: Table) -> Table:
    """Weeks with activity, and how far active days by week lie from their mean; a week without any counts as none."""
    by_week = days.group_by(*KEY, week=days.ago // 7).aggregate(days=days.count())
    sums = by_week.group_by(*KEY).aggregate(
        weeks_active=by_week.count(), total=by_week.days.sum(), squares=(by_week.days * by_week.days).sum()
    )
    seen = rows.left_join(sums, list(KEY)).select(*KEY, "weeks_seen", "weeks_active", "total", "squares")
    count = ibis.greatest(seen.weeks_seen, 1)
    mean = seen.total.fill_null(0) / count
    variance = ibis.greatest(seen.squares.fill_null(0) / count - mean * mean, 0.0)
    return seen.select(
        *KEY, "weeks_seen", weeks_active=seen.weeks_active.fill_null(0), days_spread=variance.sqrt()
    )


def _gaps(rows: Table, days: Table) -> Table:
    """The most days in a row without activity: between active days, up to the cut-off, since the weeks began."""
    within = ibis.window(group_by=list(KEY), order_by=days.ago)
    between = days.mutate(gap=days.ago - days.ago.lag().over(within).fill_null(-1) - 1)
    most = between.group_by(*KEY).aggregate(gap=between.gap.max(), oldest=between.ago.max())
    seen = rows.select(*KEY, "weeks_seen").inner_join(most, list(KEY))
    return seen.select(*KEY, longest_gap=ibis.greatest(seen.gap, seen.weeks_seen * 7 - seen.oldest - 1))


def _hours(days: Table) -> Table:
    """At what hours; nothing for classes whose feeds give days alone, all of them at midnight."""
    timed = days.group_by("klass", "cutoff").aggregate(latest=days["last"].max())
    days = days.semi_join(timed.filter(timed.latest > 0), ["klass", "cutoff"])
    at_night = (days["last"] >= LATE) | (days["first"] < EARLY)
    return days.group_by(*KEY).aggregate(
        night_share=at_night.cast("float64").mean(), day_span=(days["last"] - days["first"]).mean() / HOUR
    )
