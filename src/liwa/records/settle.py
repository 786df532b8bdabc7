"""What follows from the records after a load: first and last day of classes, outcomes from final marks."""

from datetime import timedelta

from django.db.models import Q

from liwa.core.clock import start_of
from liwa.core.feeds import Campus, OutcomeRule
from liwa.core.rows import Json
from liwa.records.models import AcademicSession, Enrollment, Klass, LineItem, Outcome, Result

DERIVED = "derived"


def settle_classes() -> int:
    """Set each class's first and last day from its terms; returns how many changed."""
    sessions = {pk: (first, last) for pk, first, last in _sessions()}
    changed = []
    for klass in Klass.objects.only("terms", "starts_on", "ends_on").iterator(chunk_size=5000):
        spans = [sessions[term] for term in klass.terms if term in sessions]
        first = min((span[0] for span in spans), default=None)
        last = max((span[1] for span in spans), default=None)
        if (klass.starts_on, klass.ends_on) != (first, last):
            klass.starts_on, klass.ends_on = first, last
            changed.append(klass)
    Klass.objects.bulk_update(changed, ["starts_on", "ends_on"], batch_size=200)
    return len(changed)


def _sessions() -> list[tuple]:
    return list(AcademicSession.objects.values_list("pk", "starts_on", "ends_on"))


def settle_outcomes(rule: OutcomeRule | None, campus: Campus) -> int:
    """Derive outcomes from the deciding mark where no feed gives one; returns how many rows were written.

    An enrollment that ended before its class is `withdrawn`. A mark counts as known when it was last modified,
    else the day after it was given.
    """
    if rule is None:
        return 0
    rows = [*_from_marks(rule, campus), *_withdrawn(campus)]
    given = set(Outcome.objects.exclude(feed=DERIVED).values_list("pk", flat=True))
    found = {row.pk: row for row in rows if row.pk not in given}
    Outcome.objects.filter(feed=DERIVED).exclude(pk__in=Enrollment.objects.values("pk")).delete()
    Outcome.objects.bulk_create(
        found.values(),
        batch_size=500,
        update_conflicts=True,
        unique_fields=["enrollment"],
        update_fields=["value", "success", "known_at", "status"],
    )
    return len(found)


def _from_marks(rule: OutcomeRule, campus: Campus) -> list[Outcome]:
    final = Q(title__iexact=rule.final) | Q(kind__iexact=rule.final)
    items = LineItem.objects.filter(final, status="active")
    full = {pk: maximum or 100.0 for pk, maximum in items.values_list("pk", "result_value_max")}
    enrolled = {
        (klass, user): pk
        for pk, klass, user in Enrollment.objects.filter(
            status="active", role="student", klass__in=items.values("klass")
        ).values_list("pk", "klass", "user")
    }
    marks = Result.objects.filter(line_item__in=items, status="active", score__isnull=False).values(
        "line_item", "line_item__klass", "student", "score", "score_date", "date_last_modified"
    )
    found = []
    for mark in marks.iterator(chunk_size=5000):
        enrollment = enrolled.get((mark["line_item__klass"], mark["student"]))
        known_at = _known(mark, campus)
        if enrollment and known_at:
            passed = 100 * mark["score"] / full[mark["line_item"]] >= rule.pass_mark
            value = "passed" if passed else "failed"
            found.append(Outcome(pk=enrollment, value=value, success=passed, known_at=known_at, feed=DERIVED))
    return found


def _known(mark: Json, campus: Campus) -> object:
    if mark["date_last_modified"]:
        return mark["date_last_modified"]
    day = mark["score_date"]
    return start_of(day + timedelta(days=1), campus.zone) if day else None


def _withdrawn(campus: Campus) -> list[Outcome]:
    ended = Enrollment.objects.filter(status="active", role="student", end_date__isnull=False)
    rows = ended.values_list("pk", "end_date", "klass__ends_on")
    return [
        Outcome(
            pk=pk,
            value="withdrawn",
            success=False,
            known_at=start_of(left + timedelta(days=1), campus.zone),
            feed=DERIVED,
        )
        for pk, left, ends_on in rows.iterator(chunk_size=5000)
        if ends_on and left < ends_on
    ]
