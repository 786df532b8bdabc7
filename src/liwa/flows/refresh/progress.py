"""Who handed in what, how late, with what score: expressions over the lake, known before the moment."""

import ibis
import ibis.expr.types as ir

from liwa.flows.refresh.moment import Moment


def items(moment: Moment) -> ir.Table:
    """Line items of classes that have begun: (line_item, klass, title, kind, due_date, weight, full, is_due)."""
    found = moment.tables.line_item
    chosen = found.select(
        "klass",
        "title",
        "kind",
        "due_date",
        "weight",
        line_item="sourced_id",
        full=ibis.coalesce(found.result_value_max, 100.0),
        is_due=ibis.coalesce(found.due_date < moment.today, False),
    )
    return chosen.semi_join(moment.spans(), "klass")


def hand_ins(moment: Moment) -> ir.Table:
    """(line_item, user, handed_on): the first hand-in of each student, a carried-over result included."""
    events = moment.known_events()
    given = events.filter(events.verb.isin(("submitted", "banked")))
    first = given.group_by(line_item=given.object, user=given.user).agg(at=given.occurred_at.min())
    return first.mutate(handed_on=_campus_day(moment, first.at)).drop("at")


def scores(moment: Moment) -> ir.Table:
    """(line_item, user, score): the latest score known for each student."""
    events = moment.known_events()
    given = events.filter(events.verb.isin(("scored", "banked")), events.amount.notnull())
    return given.group_by(line_item=given.object, user=given.user).agg(
        score=given.amount.argmax(given.known_at)
    )


def results(moment: Moment) -> ir.Table:
    """(line_item, klass, user, due_date, weight, is_due, handed_on, late, percent) of everyone who did something."""
    handed = hand_ins(moment).mutate(score=ibis.null("float64"))
    scored = scores(moment).mutate(handed_on=ibis.null("date"))
    both = handed.union(scored.select(*handed.columns))
    done = both.group_by("line_item", "user").agg(handed_on=both.handed_on.max(), score=both.score.max())
    joined = done.join(items(moment), "line_item")
    return joined.mutate(
        late=ibis.coalesce(joined.handed_on > joined.due_date, False),
        percent=100.0 * joined.score / joined.full,
    )


def by_student(moment: Moment) -> ir.Table:
    """(klass, user, handed_in, late, mean): due items handed in, and the weighted mean of all scores so far."""
    done = results(moment)
    scored = done.percent.notnull()
    weight = ibis.coalesce(done.weight, 1.0)
    handed = done.is_due & done.handed_on.notnull()
    return done.group_by("klass", "user").agg(
        handed_in=handed.cast("int64").sum(),
        late=(handed & done.late).cast("int64").sum(),
        weighted=ibis.ifelse(scored, done.percent * weight, 0.0).sum(),
        weight=ibis.ifelse(scored, weight, 0.0).sum(),
        plain=done.percent.mean(),
    )


def by_item(moment: Moment) -> ir.Table:
    """(line_item, handed_in, late, mean) of the students still in the class."""
    enrolled = moment.enrolled().select("klass", "user", "end_date", "ends_at")
    still = enrolled.filter(
        enrolled.end_date.isnull() | (enrolled.end_date.cast("timestamp('UTC')") >= enrolled.ends_at)
    )
    done = results(moment).semi_join(still, ["klass", "user"])
    return done.group_by("line_item").agg(
        handed_in=done.handed_on.notnull().cast("int64").sum(),
        late=done.late.cast("int64").sum(),
        mean=done.percent.mean(),
    )


def _campus_day(moment: Moment, instant: ir.TimestampValue) -> ir.DateValue:
    """The campus day of an instant, by the zone's offset at the moment of the refresh."""
    offset = moment.run.as_of.astimezone(moment.run.campus.zone).utcoffset()
    seconds = int(offset.total_seconds()) if offset else 0
    return (instant + ibis.interval(seconds=seconds)).cast("timestamp").date()
