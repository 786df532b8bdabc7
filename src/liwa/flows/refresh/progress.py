"""Who handed in what, how late, with what score: expressions over the lake, known before the moment.

What counts as handed in, due and missing is what the risk's features say (`insight.features.assessments`), so
that a page and the reasons on it agree; a test holds the two together.
"""

import ibis
import ibis.expr.types as ir

from liwa.flows.refresh.moment import Moment, day_number
from liwa.insight.features.assessments import EXPECTED

HAND_INS = ("submitted", "scored", "banked")
MARKS = ("scored", "banked")


def items(moment: Moment) -> ir.Table:
    """Line items of classes that have begun: (line_item, klass, title, kind, due_date, weight, full, is_due)."""
    found = moment.tables.line_item
    set_before = found.assign_date.isnull() | (found.assign_date < moment.today)
    chosen = found.select(
        "klass",
        "title",
        "kind",
        "due_date",
        "weight",
        line_item="sourced_id",
        full=(found.result_value_max > 0).ifelse(found.result_value_max, 100.0).fill_null(100.0),
        is_due=((found.due_date < moment.today) & set_before).fill_null(False),
    )
    return chosen.semi_join(moment.spans, "klass")


def results(moment: Moment) -> ir.Table:
    """What students handed in or were marked for, one row a student and line item.

    (line_item, klass, user, title, due_date, full, on, is_marked_only, banked, late, share): `on` is the number
    of the campus day of the hand-in, or of the mark where no hand-in was seen; `share` the latest score as a share
    of the full one, or null.
    """
    return moment.once("results", lambda: _results(moment))


def _results(moment: Moment) -> ir.Table:
    seen = _seen(moment)
    handed = seen.occurred_at.min(where=seen.verb != "scored")
    marked = seen.verb.isin(MARKS) & seen.points.notnull()
    done = seen.group_by("line_item", "user").agg(
        handed=handed,
        at=ibis.coalesce(handed, seen.occurred_at.min()),
        banked=(seen.verb == "banked").any(),
        points=seen.points.argmax(seen.known_at, where=marked),
    )
    joined = done.join(items(moment), "line_item")
    joined = joined.mutate(
        on=moment.day(joined["at"]), is_marked_only=joined.handed.isnull(), share=joined.points / joined.full
    )
    late = (joined.on > joined.due_date.epoch_days()).fill_null(False) & ~joined.banked
    return joined.mutate(late=late).drop("handed", "at", "points")


def _seen(moment: Moment) -> ir.Table:
    """Hand-ins and marks; of several marks that became known at one instant the best counts."""
    events = moment.known_events()
    events = events.filter(events.verb.isin(HAND_INS)).rename(line_item="object")
    return events.group_by("line_item", "user", "verb", "known_at").agg(
        occurred_at=events.occurred_at.min(), points=events.amount.max()
    )


def by_item(moment: Moment) -> ir.Table:
    """(line_item, handed_in, late, mean) of the students still in the class; `mean` is in points."""
    return moment.once("by_item", lambda: _by_item(moment))


def _by_item(moment: Moment) -> ir.Table:
    done = results(moment).semi_join(moment.present(), ["klass", "user"])
    return done.group_by("line_item").agg(
        handed_in=done.count(), late=done.late.cast("int64").sum(), mean=(done.share * done.full).mean()
    )


def missing(moment: Moment) -> ir.Table:
    """(line_item, klass, user, title, due_date) of due line items that a present student has not handed in.

    Left out are those that hardly anyone has handed in, and students for whom one was waived.
    """
    return moment.once("missing", lambda: _missing(moment))


def _missing(moment: Moment) -> ir.Table:
    present = moment.present()
    size = present.group_by("klass").agg(size=present.count())
    counted = by_item(moment).select("line_item", "handed_in")
    due = items(moment).filter(lambda item: item.is_due).join(counted, "line_item").join(size, "klass")
    due = due.filter(due.handed_in >= EXPECTED * due.size)
    expected = present.join(due, "klass").select("line_item", "klass", "user", "title", "due_date")
    waived = _waived(moment)
    return expected.anti_join(results(moment), ["line_item", "user"]).anti_join(waived, ["line_item", "user"])


def _waived(moment: Moment) -> ir.Table:
    """(line_item, user) of those for whom it was waived before today."""
    result = moment.tables.result
    given = result.filter(result.score_status == "exempt")
    since = given.group_by(line_item=given.line_item, user=given.student).agg(on=given.score_date.min())
    return since.filter(since.on.epoch_days() < day_number(moment.today))
