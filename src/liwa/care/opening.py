"""How a case comes into being, whoever opens it, and how it passes to an adviser."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from liwa.accounts.models import Account
from liwa.accounts.scope import Scope
from liwa.care import moment, pools
from liwa.care.models import Case, CaseEvent, Participant
from liwa.digest.models import EnrollmentDigest, Refresh, StudentDigest
from liwa.records.models import Load

Kind = CaseEvent.Kind


def note_event(
    case: Case, kind: str, at: datetime, by: Account | None = None, details: Mapping[str, Any] | None = None
) -> None:
    """Add to the case's history. `details` never holds anybody's words."""
    CaseEvent.objects.create(case=case, kind=kind, at=at, by=by, details=dict(details or {}))


def opened(
    scope: Scope, student: str, origin: str, *, klass: str | None = None, adviser: str | None = None
) -> tuple[Case, bool]:
    """The student's case, locked, and whether it was opened just now. Run this in a transaction.

    Without `adviser` it goes to whoever of those responsible has most room. What is known of the student's risk comes
    along, with where it is known from.
    """
    at, day = moment.instant(scope.campus), scope.day
    chosen = adviser or pools.place(student, day, at)
    case = Case(
        student_id=student,
        open_for=student,
        adviser_id=chosen,
        klass_id=klass,
        origin=origin,
        opened_at=at,
        opened_by=scope.account,
        due_on=moment.due(day),
        **known(student, klass),
    )
    Case.objects.bulk_create([case], ignore_conflicts=True)  # somebody else may be opening one this instant
    case = Case.objects.select_for_update().get(open_for=student)
    fresh = not case.events.exists()
    if fresh:
        note_event(case, Kind.OPENED, at, scope.account, {"origin": origin})
        if chosen:
            bring_in(case, chosen, at)
            note_event(case, Kind.ASSIGNED, at, None, {"to": chosen})
    return case, fresh


def known(student: str, klass: str | None = None) -> dict[str, Any]:
    """What the digest says of the student, in the class where one is given, and where that came from."""
    row: EnrollmentDigest | StudentDigest | None = None
    if klass is not None:
        row = EnrollmentDigest.objects.filter(user=student, klass=klass).first()
    row = row or StudentDigest.objects.filter(pk=student).first()
    shown = Refresh.objects.filter(pk="current").first()
    if row is None or shown is None:
        return {}
    return {
        "need": row.need,
        "risk": row.risk,
        "risk_low": row.risk_low,
        "risk_high": row.risk_high,
        "reasons": row.reasons,
        "cutoff": shown.as_of,
        "card": shown.card,
        "loads": newest_loads(shown.finished_at),
    }


def newest_loads(until: datetime) -> dict[str, int]:
    """{feed: number of its newest load} that a refresh ended at `until` could rest on."""
    done = Load.objects.filter(state=Load.State.DONE, finished_at__lte=until).order_by("pk")
    return dict(done.values_list("feed", "pk"))


def bring_in(case: Case, person: str, at: datetime) -> None:
    """From now on the person is in the case."""
    Participant.objects.update_or_create(case=case, person_id=person, defaults={"since": at, "until": None})


def give(
    case: Case, adviser: str, at: datetime, by: Account | None = None, *, keep: frozenset[str] = frozenset()
) -> None:
    """Pass the case to an adviser; the one before leaves it, unless in `keep`. The caller saves the case."""
    before = case.adviser_id
    if before and before not in keep:
        Participant.objects.filter(case=case, person=before, until=None).update(until=at)
    case.adviser_id = adviser
    bring_in(case, adviser, at)
    if before:
        note_event(case, Kind.HANDED_OVER, at, by, {"from": before, "to": adviser})
    else:
        note_event(case, Kind.ASSIGNED, at, by, {"to": adviser})
