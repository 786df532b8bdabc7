"""When and with what load somebody registered, and how earlier classes of theirs ended."""

import ibis

from liwa.insight.features import KEY, Column, feature, standing
from liwa.insight.tables import DAY, Campus, Table, seconds

# Words for prior education, from least to most, as sources write them (lower case). Others are unknown.
EDUCATION = (
    ("no formal quals", "none", "无"),
    ("lower than a level", "primary", "lower secondary", "middle school", "小学", "初中"),
    ("a level or equivalent", "upper secondary", "high school", "vocational", "高中", "中专"),
    ("he qualification", "associate", "bachelor", "undergraduate", "大专", "本科"),
    ("post graduate qualification", "postgraduate", "master", "doctorate", "硕士", "博士"),
)
NO_EARLIER = "no earlier class of the student had ended"

COLUMNS = (
    Column(
        "registered_days",
        "registration",
        "days from registration to the class's start, negative when late",
        "never (0 without a begin date)",
    ),
    Column(
        "registered_rank",
        "registration",
        "share of the class that registered later",
        "nobody else in the class",
    ),
    Column("credits", "load", "study load of the enrollment", "the source does not say"),
    Column("other_classes", "load", "other classes the student is active in"),
    Column("withdrawn_elsewhere", "load", "other running classes the student has withdrawn from", risk=1),
    Column(
        "earlier_attempts", "earlier", "earlier attempts at this course", "the source does not say", risk=1
    ),
    Column("earlier_ended", "earlier", "earlier enrollments whose outcome was known"),
    Column("earlier_completed", "earlier", "of them completed successfully", risk=-1),
    Column("earlier_share", "earlier", "share of them completed successfully", NO_EARLIER, risk=-1),
    Column(
        "earlier_last", "earlier", "1 if the latest of them was completed successfully", NO_EARLIER, risk=-1
    ),
    Column("earlier_score", "earlier", "mean mark in earlier classes, 0 to 1", "no mark there", risk=-1),
    Column("earlier_handed_in", "earlier", "hand-ins in earlier classes"),
    Column(
        "earlier_rank", "earlier", "mean share of those classes with lower marks", "no mark there", risk=-1
    ),
    Column("earlier_late", "earlier", "mean days later than those classes' mean hand-in", "no hand-in there"),
    Column(
        "education",
        "education",
        "prior education, 0 (none) to 4 (postgraduate)",
        "not said or not understood",
    ),
)


@feature("enrollment", COLUMNS)
def enrollment(campus: Campus, spine: Table) -> Table:
    """See COLUMNS."""
    base = spine.select("enrollment", "cutoff", "user", "klass", "at", "began", "day", "registered_at")
    own = campus.enrollment
    own = own.select("credits", "earlier_attempts", "prior_education", enrollment=own.sourced_id)
    joined = base.inner_join(own, "enrollment")
    joined = joined.mutate(
        registered_days=(joined.began - seconds(joined.registered_at)) / float(DAY),
        education=_education(joined.prior_education),
    )
    for part in (
        _others(campus, base),
        _earlier(campus, base),
        _earlier_marks(campus, base),
        _earlier_standing(campus, base),
    ):
        columns = [name for name in part.columns if name not in KEY]
        joined = joined.left_join(part, list(KEY)).select(*joined.columns, *columns)
    counts = (
        "other_classes",
        "withdrawn_elsewhere",
        "earlier_ended",
        "earlier_completed",
        "earlier_handed_in",
    )
    return joined.mutate(
        registered_rank=standing(joined, joined.registered_days),
        **{name: joined[name].fill_null(0) for name in counts},
    )


def _education(word: ibis.Expr) -> ibis.Expr:
    """The rank of a word for prior education; null where it is not one of EDUCATION."""
    ranks = [(word.lower().strip() == name, rank) for rank, names in enumerate(EDUCATION) for name in names]
    return ibis.cases(*ranks, else_=ibis.null("int64"))


def _spans(campus: Campus) -> Table:
    """Every student's enrollment with the class's days: (user, other, other_klass, starts_on, ends_on)."""
    rows = campus.enrollment.filter(campus.enrollment.role == "student")
    rows = rows.select("user", other=rows.sourced_id, other_klass=rows.klass)
    klass = campus.klass.select("starts_on", "ends_on", other_klass=campus.klass.sourced_id)
    return rows.inner_join(klass, "other_klass")


def _others(campus: Campus, base: Table) -> Table:
    """Other classes running at the cut-off: active in, and withdrawn from."""
    events = campus.memberships.rename(other="enrollment")
    spans = _spans(campus)
    seen = base.inner_join(spans, "user").filter(lambda t: t.other != t.enrollment)
    seen = seen.filter(seen.starts_on <= seen.day, seen.ends_on >= seen.day).select(*KEY, "other", "ends_on")
    seen = seen.inner_join(events, "other")
    seen = seen.filter(seen.known_at < seen.cutoff, seen.occurred_at < seen.cutoff)
    joined = seen.verb == "registered"
    left = (seen.verb == "withdrew") & (seen.occurred_at.date() < seen.ends_on)
    each = seen.group_by(*KEY, "other").aggregate(
        registered_at=seen.known_at.max(where=joined),
        joined_at=seen.known_at.max(where=joined & ~seen.assumed),
        left_at=seen.known_at.max(where=left),
    )
    back = (each.left_at < each.joined_at).fill_null(False)
    registered = each.registered_at.notnull()
    gone = registered & each.left_at.notnull() & ~back
    each = each.mutate(gone=gone.cast("int64"), there=(registered & ~gone).cast("int64"))
    return each.group_by(*KEY).aggregate(other_classes=each.there.sum(), withdrawn_elsewhere=each.gone.sum())


def _earlier(campus: Campus, base: Table) -> Table:
    """Outcomes of the same user's other enrollments, as far as known before the cut-off."""
    outcome = campus.outcome.filter(campus.outcome.success.notnull())
    outcome = outcome.select("known_at", success=outcome.success.cast("int64"), other=outcome.sourced_id)
    rows = campus.enrollment.filter(campus.enrollment.role == "student")
    rows = rows.select("user", other=rows.sourced_id).inner_join(outcome, "other")
    # Of outcomes known at the same instant the better counts as the last.
    seen = base.select(*KEY, "user").inner_join(rows, "user")
    seen = seen.filter(seen.known_at < seen.cutoff, seen.other != seen.enrollment)
    seen = seen.mutate(order=seconds(seen.known_at) * 2 + seen.success)
    return seen.group_by(*KEY).aggregate(
        earlier_ended=seen.count(),
        earlier_completed=seen.success.sum(),
        earlier_share=seen.success.mean(),
        earlier_last=seen.success.argmax(seen.order),
    )


def _earlier_marks(campus: Campus, base: Table) -> Table:
    """Marks and hand-ins of the same user in classes that had ended by the cut-off."""
    ended = campus.klass.select("ends_on", klass=campus.klass.sourced_id)
    marks = campus.hand_ins.inner_join(ended, "klass")
    marks = marks.select("user", "known_at", "happened", "score", "ends_on", "verb", other_klass=marks.klass)
    seen = base.select(*KEY, "user", "klass", "at", "day").inner_join(marks, "user")
    seen = seen.filter(
        seen.known_at < seen.cutoff, seen.happened < seen["at"], seen.other_klass != seen.klass
    )
    seen = seen.filter(seen.ends_on < seen.day)
    return seen.group_by(*KEY).aggregate(
        earlier_score=seen.score.mean(), earlier_handed_in=(seen.verb == "submitted").cast("int64").sum()
    )


def _earlier_standing(campus: Campus, base: Table) -> Table:
    """How the same user stood in classes that had ended by the cut-off."""
    stood = campus.standings.rename(other_klass="klass")
    seen = base.select(*KEY, "user", "klass", "day").inner_join(stood, "user")
    seen = seen.filter(seen.other_klass != seen.klass, seen.ends_on < seen.day)
    return seen.group_by(*KEY).aggregate(earlier_rank=seen.rank.mean(), earlier_late=seen.late.mean())
