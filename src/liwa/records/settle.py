"""What follows from the records after a load: first and last day of classes, outcomes from deciding marks.

Both are worked out anew from what the records hold, and only what differs is written, so that running them again
changes nothing and a corrected mark corrects the outcome.
"""

from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F, Q, QuerySet

from liwa.core.clock import end_of
from liwa.core.feeds import DERIVED, Campus, OutcomeRule
from liwa.db.write import Stage, columns_of
from liwa.records.intake import chunks
from liwa.records.models import AcademicSession, Enrollment, Klass, Outcome

# Tables that each of the two rests on.
CLASSES_REST_ON = frozenset({"klass", "academic_session"})
OUTCOMES_REST_ON = CLASSES_REST_ON | {"enrollment", "line_item", "result", "outcome"}
FULL_MARK = 100.0
COLUMNS = ["enrollment", "value", "success", "known_at", "status", "metadata", "feed"]

# One derived outcome: enrollment, value, success, known_at.
Derived = tuple[str, str, bool, datetime]


def settle(changed: set[str], rule: OutcomeRule | None, campus: Campus) -> set[str]:
    """Bring up to date what rests on the changed tables; gives the tables that changed because of it."""
    found = set()
    if changed & CLASSES_REST_ON and settle_classes():
        found.add("klass")
    if changed & OUTCOMES_REST_ON and settle_outcomes(rule, campus):
        found.add("outcome")
    return found


def settle_classes() -> int:
    """Set each class's first and last day from its terms; returns how many classes changed."""
    sessions = {
        pk: (first, last)
        for pk, first, last in AcademicSession.objects.values_list("pk", "starts_on", "ends_on")
    }
    changed = []
    for klass in Klass.objects.only("terms", "starts_on", "ends_on").iterator(chunk_size=5000):
        spans = [sessions[term] for term in klass.terms if term in sessions]
        first = min((span[0] for span in spans), default=None)
        last = max((span[1] for span in spans), default=None)
        if (klass.starts_on, klass.ends_on) != (first, last):
            changed.append((klass.pk, first, last))
    if changed:
        _write_days(changed)
    return len(changed)


def _write_days(rows: list[tuple[str, date | None, date | None]]) -> None:
    """Classes share few first and last days, so one statement for each pair of them is enough."""
    by_span: dict[tuple[date | None, date | None], list[str]] = {}
    for pk, first, last in rows:
        by_span.setdefault((first, last), []).append(pk)
    for (first, last), keys in by_span.items():
        for some in chunks(keys):
            Klass.objects.filter(pk__in=some).update(starts_on=first, ends_on=last)


def settle_outcomes(rule: OutcomeRule | None, campus: Campus) -> int:
    """Derive the outcomes that no feed gives; returns how many rows were added, altered or removed.

    An enrollment that ended before its class is `withdrawn`; else the deciding mark, of several the one known
    last, makes it `passed` or `failed`. A mark is known when it was last modified, else when its day is over; one
    without any date decides nothing. Without a rule nothing is derived.
    """
    found = _derived(rule, campus.zone) if rule else {}
    with Stage(connection, Outcome._meta.db_table, columns_of(Outcome, COLUMNS), ["sourced_id"]) as stage:
        stage.add((line, *row, "active", {}, DERIVED) for line, row in enumerate(found.values(), start=1))
        gone = [key for (key,) in stage.absent("t.feed = %s", [DERIVED])]
        for some in chunks(gone):
            Outcome.objects.filter(pk__in=some).delete()
        written = stage.upsert()
    return written.inserted + written.updated + len(gone)


def _derived(rule: OutcomeRule, zone: ZoneInfo) -> dict[str, Derived]:
    """By enrollment."""
    found: dict[str, Derived] = {}
    for one in _from_marks(rule, zone):
        if one[0] not in found or found[one[0]][3] <= one[3]:
            found[one[0]] = one
    return found | {one[0]: one for one in _withdrawn(zone)}


def _without_outcome() -> QuerySet[Enrollment]:
    """Student enrollments whose outcome no feed gives."""
    given = Q(outcome__status="active") & ~Q(outcome__feed=DERIVED)
    return Enrollment.objects.filter(status="active", role="student").exclude(given)


def _from_marks(rule: OutcomeRule, zone: ZoneInfo) -> Iterator[Derived]:
    """What each deciding mark says, in a settled order."""
    item, result = "klass__line_items__", "klass__line_items__results__"
    marks = (
        _without_outcome()
        .filter(
            Q(**{f"{item}title__iexact": rule.final}) | Q(**{f"{item}kind__iexact": rule.final}),
            **{f"{item}status": "active", f"{result}status": "active", f"{result}score__isnull": False},
            **{f"{result}student": F("user")},
        )
        .order_by("pk", f"{result}pk")
        .values_list(
            "pk",
            f"{result}score",
            f"{item}result_value_max",
            f"{result}date_last_modified",
            f"{result}score_date",
        )
    )
    for pk, score, full, modified, marked_on in marks.iterator(chunk_size=5000):
        known_at = modified or (_over(marked_on, zone) if marked_on else None)
        if known_at:
            passed = 100 * score / (full or FULL_MARK) >= rule.pass_mark
            yield pk, "passed" if passed else "failed", passed, known_at


def _withdrawn(zone: ZoneInfo) -> Iterator[Derived]:
    """Enrollments that ended before their class."""
    ended = _without_outcome().filter(end_date__lt=F("klass__ends_on")).values_list("pk", "end_date")
    for pk, left in ended.iterator(chunk_size=5000):
        if left:
            yield pk, "withdrawn", False, _over(left, zone)


def _over(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which what is dated by a campus day is known."""
    return end_of(day, zone)
