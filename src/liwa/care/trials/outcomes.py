"""What became of the students of a trial, as far as it can be known at an instant."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from liwa.care.models import Contact
from liwa.care.trials.models import Assignment, Trial
from liwa.care.trials.terms import CONTACTED, SUCCESS
from liwa.core.clock import day_of, start_of
from liwa.records.models import Enrollment, Outcome

REACHED = ("met", "called", "wrote")  # kinds of contact in which somebody may have been reached


class Observed(NamedTuple):
    """The students whose outcome is known, in the order in which they came in; arrays of one length.

    y: 1 with the outcome; cluster: number of the class in the trial's list, -1 for others; contacted: 1 where somebody
    reached out since. `missing` counts those whose outcome is due and not given.
    """

    y: NDArray[np.float64]
    offered: NDArray[np.float64]
    risk: NDArray[np.float64]
    period: NDArray[np.int64]
    cluster: NDArray[np.int64]
    contacted: NDArray[np.float64]
    missing: int


def observed(trial: Trial, as_of: datetime, zone: ZoneInfo) -> Observed:
    """The outcomes that are due at `as_of`. An outcome is due by the calendar alone, whatever it is."""
    rows = list(
        trial.assignments.filter(cutoff__lt=as_of).order_by("number").select_related("enrollment__klass")
    )
    contacts = _contacts(trial, as_of)
    results = _results(rows, as_of) if trial.laid_down.outcome == SUCCESS else {}
    place = {klass: at for at, klass in enumerate(trial.classes)}
    found: list[tuple[float, float, float, int, int, float]] = []
    missing = 0
    for one in rows:
        due = _due(one, trial, zone)
        if due is None or as_of < due:
            continue
        became = _became(one, trial, due, contacts, results, zone)
        if became is None:
            missing += 1
            continue
        reached = any(one.cutoff <= at for at in contacts[one.student_id])
        cluster = place.get(one.enrollment.klass_id, -1)
        found.append((became, one.offered, one.risk, one.period, cluster, reached))
    columns = list(zip(*found, strict=True)) or [()] * 6
    y, offered, risk, contacted = (np.array(columns[at], dtype=float) for at in (0, 1, 2, 5))
    period, cluster_ = (np.array(columns[at], dtype=np.int64) for at in (3, 4))
    return Observed(y, offered, risk, period, cluster_, contacted, missing)


def _due(one: Assignment, trial: Trial, zone: ZoneInfo) -> datetime | None:
    """When the outcome is looked at: the end of the class, or `horizon` days after the student came in."""
    if trial.laid_down.outcome == SUCCESS:
        ends_on = one.enrollment.klass.ends_on
        return start_of(ends_on + timedelta(days=1), zone) if ends_on else None
    return start_of(_last_day(one, trial, zone), zone)


def _last_day(one: Assignment, trial: Trial, zone: ZoneInfo) -> date:
    return day_of(one.cutoff, zone) + timedelta(days=trial.laid_down.horizon)


def _became(
    one: Assignment,
    trial: Trial,
    due: datetime,
    contacts: dict[str, list[datetime]],
    results: dict[str, bool],
    zone: ZoneInfo,
) -> float | None:
    if trial.laid_down.outcome == SUCCESS:
        result = results.get(one.enrollment_id)
        return None if result is None else float(result)
    if trial.laid_down.outcome == CONTACTED:
        return float(any(one.cutoff <= at < due for at in contacts[one.student_id]))
    return float(_stayed(one.enrollment, _last_day(one, trial, zone)))


def _stayed(enrollment: Enrollment, day: date) -> bool:
    """Still registered on `day`, or, where the class ended before, at its end: leaving on its last day is none."""
    if enrollment.status != "active":
        return False
    last = min(day, enrollment.klass.ends_on or day)
    return enrollment.end_date is None or enrollment.end_date >= last


def _results(rows: list[Assignment], as_of: datetime) -> dict[str, bool]:
    asked = Outcome.objects.filter(
        enrollment__in=Assignment.objects.filter(trial__in={one.trial_id for one in rows}).values(
            "enrollment"
        ),
        status="active",
        success__isnull=False,
        known_at__lt=as_of,
    )
    return {enrollment: bool(success) for enrollment, success in asked.values_list("pk", "success")}


def _contacts(trial: Trial, as_of: datetime) -> dict[str, list[datetime]]:
    found: dict[str, list[datetime]] = defaultdict(list)
    rows = Contact.objects.filter(
        case__student__in=trial.assignments.values("student"), kind__in=REACHED, at__lt=as_of
    )
    for student, at in rows.values_list("case__student", "at"):
        found[student].append(at)
    return found
