"""What enrollments and results say happened, and when the school could first know it.

The natural key of an event holds what a correction would change (the day, the score), so that a corrected line
is one more event and the same line in the next export is the same event.
"""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from liwa.core.clock import end_of, start_of
from liwa.core.rows import Enrollment, EventRow, Result

NOT_HANDED_IN = frozenset(("not submitted", "exempt"))


@lru_cache(8192)
def _start(on: date, zone: ZoneInfo) -> datetime:
    return start_of(on, zone)


@lru_cache(8192)
def _end(on: date, zone: ZoneInfo) -> datetime:
    return end_of(on, zone)


def enrollment_events(row: Enrollment, zone: ZoneInfo) -> tuple[EventRow, ...]:
    """`registered` when a student's enrollment begins and `withdrew` when its last day is over."""
    if row.role != "student" or row.status != "active":
        return ()
    found = []
    if row.begin_date:
        found.append(_enrollment_event("registered", row, _start(row.begin_date, zone), str(row.begin_date)))
    if row.end_date:
        found.append(_enrollment_event("withdrew", row, _end(row.end_date, zone), str(row.end_date)))
    return tuple(found)


def _enrollment_event(verb: str, row: Enrollment, at: datetime, on: str) -> EventRow:
    key = f"{verb}|{row.sourced_id}|{on}"
    return EventRow(key, at, at, row.user, verb, row.sourced_id, "enrollment", row.klass)


def result_events(
    row: Result, klass: str | None, zone: ZoneInfo, by_score_date: bool
) -> tuple[EventRow, ...]:
    """`submitted` when it was handed in, `scored` when the mark was known.

    A mark is known at `dateLastModified`, or when its `scoreDate` is over if that is all there is or
    `by_score_date` says so. A result without any date gives no event: what cannot be placed in time cannot be
    learned from. Where only the score's date tells that something was handed in, `row.submitted_at` becomes it.
    """
    if row.status != "active":
        return ()
    marked = _start(row.score_date, zone) if row.score_date else None
    over = _end(row.score_date, zone) if row.score_date else None
    submitted = _submitted(row, klass, marked, over)
    scored = _scored(row, klass, marked, over if by_score_date and over else row.date_last_modified or over)
    return tuple(event for event in (submitted, scored) if event)


def _submitted(
    row: Result, klass: str | None, marked: datetime | None, over: datetime | None
) -> EventRow | None:
    known = row.submitted_at
    if known is None:
        says_so = row.score_status or row.score is not None
        if not says_so or row.score_status in NOT_HANDED_IN or row.metadata.get("missing"):
            return None
        row.submitted_at, known = marked, over
    at = row.submitted_at
    if at is None or known is None:
        return None
    key = f"submitted|{row.sourced_id}|{at.isoformat()}"
    return EventRow(key, at, known, row.student, "submitted", row.line_item, "line_item", klass)


def _scored(
    row: Result, klass: str | None, marked: datetime | None, known: datetime | None
) -> EventRow | None:
    if row.score is None or known is None or row.score_status in NOT_HANDED_IN:
        return None
    at = marked or known
    key = f"scored|{row.sourced_id}|{row.score_date or at.isoformat()}|{row.score}"
    known = max(at, known)
    return EventRow(
        key, at, known, row.student, "scored", row.line_item, "line_item", klass, row.score, "point"
    )
