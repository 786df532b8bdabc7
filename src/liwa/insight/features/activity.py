"""What students did in a class's feeds and on campus: recent, trend, streaks, against the class.

All of it is unknown where no activity feed covers the class (or the campus) at the cut-off, that is, where nobody
at all was seen in the last COVER_DAYS days: a feed that is silent says nothing about students.
"""

import ibis

from liwa.insight.features import KEY, Column, feature
from liwa.insight.tables import Campus, Table, days_ago

COVER_DAYS = 7
RECENT = 7
EARLIER_WEEKS = 3

NO_FEED = "no activity feed covers the class at the cut-off"
NO_CAMPUS = "no campus feed (card, library …) covers the cut-off"

COLUMNS = (
    Column("active_amount_7", "activity", "amount of activity in the last 7 days", NO_FEED, risk=-1),
    Column("active_amount_28", "activity", "the same in the last 28 days", NO_FEED, risk=-1),
    Column("active_days_7", "activity", "days active in the last 7 days", NO_FEED, risk=-1),
    Column("active_days_28", "activity", "days active in the last 28 days", NO_FEED, risk=-1),
    Column("active_days_share", "activity", "days active since the class began, per day", NO_FEED, risk=-1),
    Column(
        "active_weeks_share", "activity", "weeks with any activity since the class began", NO_FEED, risk=-1
    ),
    Column("days_since_active", "activity", "days since last active, 999 if never", NO_FEED, risk=1),
    Column("quiet_weeks", "activity", "whole weeks without activity up to the cut-off", NO_FEED, risk=1),
    Column("active_ratio_7", "activity", "activity of the last 7 days by the class's mean", NO_FEED, risk=-1),
    Column("active_ratio_all", "activity", "all activity by the class's mean", NO_FEED, risk=-1),
    Column(
        "active_rank_28", "activity", "rank in the class by activity of 28 days, 0 to 1", NO_FEED, risk=-1
    ),
    Column("active_trend", "trend", "log of last week's activity by the mean of 3 before", NO_FEED, risk=-1),
    Column("early_amount", "activity", "amount of activity before the class began", NO_FEED),
    Column("campus_days_7", "campus", "days seen on campus in the last 7 days", NO_CAMPUS),
    Column("campus_days_28", "campus", "days seen on campus in the last 28 days", NO_CAMPUS),
    Column("campus_days_since", "campus", "days since last seen on campus, 999 if never", NO_CAMPUS),
    Column("campus_trend", "campus", "log of last week's campus activity by the mean of 3 before", NO_CAMPUS),
)
NEVER = 999.0


@feature("activity", COLUMNS, activity=True)
def activity(campus: Campus, spine: Table) -> Table:
    """See COLUMNS."""
    rows = spine.select(*KEY, "user", "klass", "at", "began", "elapsed", today=spine.day)
    acts = campus.activity_days
    of_class = acts.filter(acts.klass.notnull())
    on_campus = acts.filter(acts.klass.isnull())
    klass = _in_class(rows, of_class)
    around = _on_campus(rows, on_campus)
    joined = rows.left_join(klass, list(KEY)).select(
        *KEY, *[name for name in klass.columns if name not in KEY]
    )
    return joined.left_join(around, list(KEY)).select(
        *joined.columns, *[name for name in around.columns if name not in KEY]
    )


def _days(rows: Table, acts: Table, keys: list[str], per: tuple[str, ...] = KEY) -> Table:
    """One row per `per` and day of activity: `ago` (0 is the day before the cut-off), `amount`."""
    seen = rows.inner_join(acts, keys)
    seen = seen.filter(seen.known <= seen["at"], seen.ends <= seen["at"])
    seen = seen.mutate(ago=days_ago(seen.today, seen.day), before=(seen.ends <= seen.began).cast("int64"))
    return seen.group_by(*per, "ago").aggregate(amount=seen.amount.sum(), before=seen.before.max())


def _sums(days: Table, per: tuple[str, ...] = KEY) -> Table:
    """By `per`: amounts and active days in windows before the cut-off."""
    inside = days.before == 0
    return days.group_by(*per).aggregate(
        amount_7=days.amount.sum(where=days.ago < RECENT).fill_null(0.0),
        amount_28=days.amount.sum(where=days.ago < 28).fill_null(0.0),
        amount_past=days.amount.sum(
            where=(days.ago >= RECENT) & (days.ago < RECENT * (1 + EARLIER_WEEKS))
        ).fill_null(0.0),
        amount_all=days.amount.sum(where=inside).fill_null(0.0),
        amount_before=days.amount.sum(where=~inside).fill_null(0.0),
        days_7=(days.ago < RECENT).cast("int64").sum(),
        days_28=(days.ago < 28).cast("int64").sum(),
        days_all=inside.cast("int64").sum(),
        weeks_all=(days.ago // 7).nunique(where=inside),
        last=days.ago.min(),
    )


def _with_zeros(rows: Table, sums: Table, per: tuple[str, ...] = KEY) -> Table:
    """`rows` with the sums; zero, and `last` null, for those never seen."""
    names = [name for name in sums.columns if name not in per]
    joined = rows.left_join(sums, list(per)).select(*rows.columns, *names)
    return joined.mutate(**{name: joined[name].fill_null(0) for name in names if name != "last"})


def _in_class(rows: Table, acts: Table) -> Table:
    """Features of activity in the class, for classes that a feed covers."""
    rows = rows.semi_join(covered(rows, acts, ["klass"]), ["klass", "cutoff"])
    seen = _with_zeros(rows, _sums(_days(rows, acts, ["user", "klass"])))
    means = seen.group_by("klass", "cutoff").aggregate(
        mean_7=seen.amount_7.mean(), mean_all=seen.amount_all.mean(), size=seen.count()
    )
    seen = seen.inner_join(means, ["klass", "cutoff"])
    seen = seen.mutate(position=_rank(seen))
    length = (seen.elapsed > 1.0).ifelse(seen.elapsed, 1.0)
    return seen.select(
        *KEY,
        active_amount_7=seen.amount_7,
        active_amount_28=seen.amount_28,
        active_days_7=seen.days_7,
        active_days_28=seen.days_28,
        active_days_share=seen.days_all / length,
        active_weeks_share=seen.weeks_all / (length / 7.0).ceil(),
        days_since_active=seen["last"].cast("float64").fill_null(NEVER),
        quiet_weeks=(seen["last"].fill_null(int(NEVER)) // 7),
        active_ratio_7=seen.amount_7 / seen.mean_7.nullif(0.0),
        active_ratio_all=seen.amount_all / seen.mean_all.nullif(0.0),
        active_rank_28=seen.position,
        active_trend=_trend(seen),
        early_amount=seen.amount_before,
    )


def _on_campus(rows: Table, acts: Table) -> Table:
    """Features of activity that belongs to no class, where any such feed covers the cut-off."""
    rows = rows.semi_join(covered(rows, acts, []), ["cutoff"])
    # The same for all classes of a student, so it is worked out once for each student and cut-off.
    per = ("user", "cutoff")
    students = rows.group_by(*per, "at", "today").aggregate(began=rows.began.min())
    seen = _with_zeros(rows, _sums(_days(students, acts.drop("klass"), ["user"], per), per), per)
    return seen.select(
        *KEY,
        campus_days_7=seen.days_7,
        campus_days_28=seen.days_28,
        campus_days_since=seen["last"].cast("float64").fill_null(NEVER),
        campus_trend=_trend(seen),
    )


def covered(rows: Table, acts: Table, keys: list[str], within: int = COVER_DAYS) -> Table:
    """The (class and) cut-offs before which somebody was active within so many days, by what was known then."""
    at = rows.select(*keys, "cutoff", "at", "today").distinct()
    moments = acts.select(*keys, "day", "ends", "known").distinct()
    seen = at.inner_join(moments, keys) if keys else at.cross_join(moments)
    seen = seen.filter(seen.known <= seen["at"], seen.ends <= seen["at"])
    seen = seen.filter(days_ago(seen.today, seen.day) < within)
    return seen.select(*keys, "cutoff").distinct()


def _rank(seen: Table) -> Table:
    """Share of the class with less activity in the last 28 days."""
    # Sums over threads differ in their last bits: who did the same is to have the same rank.
    amount = seen.amount_28.round(3)
    return ibis.percent_rank().over(ibis.window(group_by=["klass", "cutoff"], order_by=amount))


def _trend(seen: Table) -> Table:
    """log((last week + 1) / (mean of the EARLIER_WEEKS before + 1))."""
    return ((seen.amount_7 + 1.0) / (seen.amount_past / float(EARLIER_WEEKS) + 1.0)).ln()
