"""What was due, handed in, late, missing, and how it was marked, so far and against the class."""

import ibis

from liwa.insight.features import KEY, Column, feature, standing
from liwa.insight.tables import DAY, Campus, Table

# A line item counts as expected once this share of the class has handed it in: fewer means that hand-ins are not
# recorded for it, or that it is voluntary, and then nobody is called missing.
EXPECTED = 0.1
PASS = 0.4
RECENT_DAYS = 28
# Puts instants of hand-in in order with room for a second thing to order by.
ORDER = 10_000

NOTHING_DUE = "nothing was due yet"
NOTHING_HANDED_IN = "nothing was handed in yet"
NO_MARKS = "no mark is known yet"

COLUMNS = (
    Column("due_count", "course", "line items due so far", risk=0),
    Column("due_weight", "course", "percent of the final mark due so far"),
    Column("missing_count", "missing", "due line items not handed in", risk=1),
    Column("missing_weight", "missing", "percent of the final mark missing", risk=1),
    Column("missing_share", "missing", "share of due line items missing", NOTHING_DUE, risk=1),
    Column("missing_expected", "missing", "missing line items, each by the class's hand-in share", risk=1),
    Column("missing_recent", "missing", f"missing line items due in the last {RECENT_DAYS} days", risk=1),
    Column("missing_last", "missing", "1 if the line item due last is missing", NOTHING_DUE, risk=1),
    Column("handed_in", "missing", "line items handed in", risk=-1),
    Column("ahead_count", "missing", "line items handed in before they were due", risk=-1),
    Column("days_since_hand_in", "missing", "days since the last hand-in", NOTHING_HANDED_IN, risk=1),
    Column("days_since_class", "missing", "the same minus the class's mean", NOTHING_HANDED_IN, risk=1),
    Column("late_count", "late", "line items handed in after the day they were due", risk=1),
    Column("late_days", "late", "mean days from due to hand-in, negative when early", NOTHING_HANDED_IN),
    Column("late_days_last", "late", "the same of the last hand-in", NOTHING_HANDED_IN),
    Column("late_days_class", "late", "mean days later than the class's mean hand-in", NOTHING_HANDED_IN),
    Column("score_mean", "marks", "mean mark weighted by line item, 0 to 1", NO_MARKS, learned=False),
    Column("score_all", "marks", "the same with missing line items as zero", NOTHING_DUE, learned=False),
    Column("score_last", "marks", "latest mark", NO_MARKS, learned=False),
    Column(
        "score_class",
        "marks",
        "mean of mark minus the class's mean for the same line item",
        NO_MARKS,
        risk=-1,
    ),
    Column("score_change", "marks", "latest mark minus the mean of all", NO_MARKS),
    Column("score_count", "marks", "marks known"),
    Column("failed_count", "marks", f"marks below {PASS:g}", risk=1),
    Column("banked_count", "earlier", "marks carried over from an earlier attempt"),
    Column("score_rank", "marks", "share of the class with a lower mean mark", NO_MARKS, risk=-1),
    Column("score_all_rank", "marks", "the same with missing line items as zero", NOTHING_DUE, risk=-1),
    Column("score_last_rank", "marks", "share of the class with a lower latest mark", NO_MARKS, risk=-1),
    Column("missing_rank", "missing", "share of the class missing less of the final mark", risk=1),
    Column("late_rank", "late", "share of the class that handed in earlier", NOTHING_HANDED_IN),
)


@feature("assessments", COLUMNS)
def assessments(campus: Campus, spine: Table) -> Table:
    """See COLUMNS."""
    base = spine.select("enrollment", "cutoff", "user", "klass", "at", "day")
    items = planned(campus)
    handed = handed_in(campus, base, items)
    of_class = _of_class(base, handed)
    due = _due(campus, base, items, handed, of_class)
    joined = base.select(*KEY)
    for part in (_from_due(due), _from_handed(handed, of_class)):
        columns = [name for name in part.columns if name not in (*KEY, "at", "klass")]
        joined = joined.left_join(part, list(KEY)).select(*joined.columns, *columns)
    counts = {
        name: joined[name].fill_null(0)
        for name in [
            "due_count",
            "due_weight",
            "missing_count",
            "missing_weight",
            "missing_expected",
            "missing_recent",
            "handed_in",
            "ahead_count",
            "late_count",
            "score_count",
            "failed_count",
            "banked_count",
        ]
    }
    return _ranked(joined.mutate(**counts), base)


def _ranked(rows: Table, base: Table) -> Table:
    """Adds where each stands among those of the class: marks of different line items cannot be told apart otherwise."""
    rows = rows.inner_join(base.select(*KEY, "klass"), list(KEY))
    return rows.mutate(
        score_rank=standing(rows, rows.score_mean),
        score_all_rank=standing(rows, rows.score_all),
        score_last_rank=standing(rows, rows.score_last),
        missing_rank=standing(rows, rows.missing_weight),
        late_rank=standing(rows, rows.late_days_class),
    )


def planned(campus: Campus) -> Table:
    """Line items with the instant after which they are late.

    Columns line_item, klass, weight, due or null, assign_date, and `weighed_on`: the day from which some work of the
    class beside examinations was known to count towards the final mark, null if none ever does.
    """
    items = campus.line_item
    counts = (items.weight.fill_null(0.0) > 0) & (items.kind.fill_null("").lower() != "exam")
    known_on = items.assign_date.fill_null(ibis.date(1, 1, 1))
    items = items.select(
        "klass",
        "due_date",
        "assign_date",
        line_item=items.sourced_id,
        weight=items.weight.fill_null(0.0),
        weighed_on=known_on.min(where=counts).over(ibis.window(group_by=items.klass)),
    )
    return items.left_join(campus.calendar, "due_date").select(
        "line_item", "klass", "weight", "assign_date", "due", "weighed_on"
    )


def assigned(rows: Table) -> Table:
    """Whether a line item was known at the row's cut-off: one without a day of assignment was from the start."""
    return rows.assign_date.isnull() | (rows.assign_date < rows.day)


def handed_in(campus: Campus, base: Table, items: Table) -> Table:
    """One row per (enrollment, cutoff, line item) handed in or marked by then.

    Adds handed_at (first hand-in, or first mark where none was seen), score (latest known), banked, due, weight.
    A mark that does not count where others do says that something was handed in, not how well: it is left out.
    """
    marks = campus.hand_ins.select("user", "klass", "line_item", "verb", "known_at", "happened", "score")
    marks = marks.inner_join(items.select("line_item", "assign_date", "weight", "weighed_on"), "line_item")
    seen = base.inner_join(marks, ["user", "klass"])
    seen = seen.filter(seen.known_at < seen.cutoff, seen.happened < seen["at"], assigned(seen))
    first = seen.happened.min(where=seen.verb != "scored")
    counts = (seen.weight > 0) | seen.weighed_on.isnull() | (seen.weighed_on >= seen.day)
    handed = seen.group_by("enrollment", "cutoff", "at", "klass", "line_item").aggregate(
        handed_at=ibis.coalesce(first, seen.happened.min()),
        score=seen.score.argmax(seen.known_at, where=seen.score.notnull() & counts),
        banked=(seen.verb == "banked").cast("int64").max(),
    )
    return handed.inner_join(items.select("line_item", "weight", "due"), "line_item")


def _of_class(base: Table, handed: Table) -> Table:
    """One row per (klass, cutoff, line item): the share of the class that handed it in, its mean mark and time."""
    size = base.group_by("klass", "cutoff").aggregate(size=base.count())
    own = handed.banked == 0
    counted = handed.group_by("klass", "cutoff", "line_item").aggregate(
        count=handed.count(),
        class_score=handed.score.mean(),
        class_at=handed.handed_at.mean(where=own),
    )
    joined = counted.inner_join(size, ["klass", "cutoff"])
    return joined.select(
        "klass", "cutoff", "line_item", "class_score", "class_at", share=joined["count"] / joined["size"]
    )


def _exempt(campus: Campus) -> Table:
    """(user, line_item, exempt_on): whom a line item was waived for, and on which day that was entered."""
    results = campus.result.filter(campus.result.score_status == "exempt")
    return results.group_by(user=results.student, line_item=results.line_item).aggregate(
        exempt_on=results.score_date.min()
    )


def _due(campus: Campus, base: Table, items: Table, handed: Table, of_class: Table) -> Table:
    """One row per (enrollment, cutoff, line item) due by then and expected; `missing` is 1 where not handed in."""
    due = base.inner_join(items, "klass")
    due = due.filter(due.due <= due["at"], assigned(due))
    expected = of_class.filter(of_class.share >= EXPECTED)
    due = due.inner_join(expected, ["klass", "cutoff", "line_item"])
    exempt = _exempt(campus)
    due = due.left_join(exempt, ["user", "line_item"]).select(*due.columns, "exempt_on")
    due = due.filter(due.exempt_on.isnull() | (due.exempt_on >= due.day))
    mine = handed.select("enrollment", "cutoff", "line_item", "handed_at", "score")
    due = due.left_join(mine, ["enrollment", "cutoff", "line_item"]).select(
        *due.columns, "handed_at", "score"
    )
    return due.mutate(missing=due.handed_at.isnull().cast("int64"))


def _from_due(due: Table) -> Table:
    """Features of what was due."""
    gone = due.missing == 1
    recent = due["at"] - due.due <= RECENT_DAYS * DAY
    last_due = due.group_by("klass", "cutoff").aggregate(last_due=due.due.max())
    due = due.inner_join(last_due, ["klass", "cutoff"])
    earned = (due.weight + 1.0) * due.score.fill_null(0.0)
    judged = due.score.notnull() | gone
    table = due.group_by("enrollment", "cutoff").aggregate(
        due_count=due.count(),
        due_weight=due.weight.sum(),
        missing_count=due.missing.sum(),
        missing_weight=(due.weight * due.missing).sum(),
        missing_expected=(due.share * due.missing).sum(),
        missing_recent=due.missing.sum(where=recent),
        missing_last=due.missing.mean(where=due.due == due.last_due),
        missing_share=due.missing.mean(),
        earned=earned.sum(where=judged),
        possible=(due.weight + 1.0).sum(where=judged),
    )
    return table.mutate(score_all=table.earned / table.possible.nullif(0.0)).drop("earned", "possible")


def _from_handed(handed: Table, of_class: Table) -> Table:
    """Features of what was handed in and marked."""
    joined = handed.inner_join(of_class, ["klass", "cutoff", "line_item"])
    marked = joined.score.notnull()
    part = joined.weight + 1.0
    late = (joined.handed_at - joined.due) / float(DAY)
    own = joined.banked == 0
    # Of several handed in at one instant the best mark, and the latest by its due day, counts as the last.
    order = joined.handed_at * ORDER
    by_score = order + (joined.score.fill_null(0.0) * 1_000).round().cast("int64")
    by_due = order + late.fill_null(0.0).round().cast("int64")
    table = joined.group_by("enrollment", "cutoff", "at", "klass").aggregate(
        handed_in=joined.count(),
        ahead_count=((joined.due > joined["at"]) & own).cast("int64").sum(),
        last_at=joined.handed_at.max(where=own),
        late_count=((late >= 0) & own).cast("int64").sum(),
        late_days=late.mean(where=own & (joined.due <= joined["at"])),
        late_days_last=late.argmax(by_due, where=own & late.notnull()),
        late_days_class=((joined.handed_at - joined.class_at) / float(DAY)).mean(where=own),
        points=(part * joined.score).sum(where=marked),
        possible=part.sum(where=marked),
        score_plain=joined.score.mean(),
        score_last=joined.score.argmax(by_score, where=marked),
        score_class=(joined.score - joined.class_score).mean(where=marked),
        score_count=marked.cast("int64").sum(),
        failed_count=(joined.score < PASS).cast("int64").sum(),
        banked_count=joined.banked.sum(),
    )
    table = table.mutate(days_since_hand_in=(table["at"] - table.last_at) / float(DAY))
    usual = table.days_since_hand_in.mean().over(ibis.window(group_by=["klass", "cutoff"]))
    return table.mutate(
        days_since_class=table.days_since_hand_in - usual,
        score_mean=table.points / table.possible.nullif(0.0),
        score_change=table.score_last - table.score_plain,
    )
