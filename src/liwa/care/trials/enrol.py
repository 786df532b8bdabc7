"""Putting students into the running trial, and saying for whom no case may be opened yet."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from liwa.care.trials import design
from liwa.care.trials.models import Assignment, Trial
from liwa.care.trials.terms import CLASSES, ENCOURAGEMENT, Terms
from liwa.digest.models import StudentDigest

WEEK = timedelta(weeks=1)
BATCH = 500  # ids in one question


class Standing(NamedTuple):
    """A student as of the last refresh: the enrollment with the greatest need, its class, and that need."""

    enrollment: str
    klass: str
    need: float


def enrol(students: Iterable[str], cutoff: datetime, places: int | None = None) -> frozenset[str]:
    """Put those eligible into the running trial, and return those whom it holds back at this cut-off.

    Students come in in the order given, until `places` of those asked about are offered one. Safe to repeat: who is in
    stays as drawn.
    """
    asked = list(dict.fromkeys(students))
    if not Trial.objects.filter(running="running").exists():
        return frozenset()
    with transaction.atomic():
        trial = Trial.objects.select_for_update().filter(running="running").first()
        if trial is None or trial.begins_at is None or cutoff < trial.begins_at:
            return frozenset()
        return Enrolment(trial, cutoff).run(asked, places)


class Enrolment:
    """One cut-off of one trial."""

    def __init__(self, trial: Trial, cutoff: datetime) -> None:
        self.trial = trial
        self.cutoff = cutoff
        self.terms: Terms = trial.laid_down
        self.period = period_at(trial, cutoff)
        steps = self.terms.design == CLASSES
        self.steps = design.steps_of_classes(trial.seed, trial.classes, self.terms.steps) if steps else {}

    def run(self, asked: list[str], places: int | None = None) -> frozenset[str]:
        """As `enrol` says."""
        known: dict[str, Assignment] = {}
        standing: dict[str, Standing] = {}
        for at in range(0, len(asked), BATCH):
            some = asked[at : at + BATCH]
            rows = self.trial.assignments.filter(student__in=some).select_related("enrollment")
            known |= {one.student_id: one for one in rows}
            standing |= _standing(some)
        held = {s for s, one in known.items() if self._held(one, standing.get(s))}
        fresh = []
        left = len(asked) if places is None else places
        for student in asked:
            if left <= 0:
                break
            one = standing.get(student)
            if student not in known and one is not None and self._eligible(one):
                fresh.append(student)
                left -= self._offered(student, one.klass)
            else:
                left -= student not in held
        return frozenset(held | self._add(fresh, standing))

    def _eligible(self, one: Standing) -> bool:
        if not self.terms.threshold <= one.need < self.terms.ceiling:
            return False
        return one.klass in self.steps if self.terms.design == CLASSES else 0 < self._probability() < 1

    def _probability(self) -> float:
        """With which a student who comes in now is offered help."""
        if self.terms.design == ENCOURAGEMENT:
            return self.terms.share
        if self.terms.design == CLASSES:
            begun = sum(step <= self.period for step in self.steps.values())
            return begun / len(self.steps)
        return min(self.period / self.terms.steps, 1.0)

    def _offered(self, student: str, klass: str) -> bool:
        """Whether the draw lets a case be opened at this cut-off."""
        if self.terms.design == ENCOURAGEMENT:
            return design.is_offered(self.trial.seed, student, self.terms.share)
        if self.terms.design == CLASSES:
            return self.period >= self.steps[klass]
        return self.period >= design.step_of_student(self.trial.seed, student, self.terms.steps)

    def _held(self, one: Assignment, now: Standing | None) -> bool:
        """Whether a student of the trial is held back: never above the ceiling, nor longer than was laid down."""
        if now is not None and now.need >= self.terms.ceiling:
            return False
        days = self.terms.hold_days
        if days and self.cutoff >= one.cutoff + timedelta(days=days):
            return False
        return not self._offered(one.student_id, one.enrollment.klass_id)

    def _add(self, fresh: list[str], standing: dict[str, Standing]) -> set[str]:
        last = self.trial.assignments.order_by("-number").first()
        number, link = (last.number, last.link) if last else (0, self.trial.first_link)
        rows, held = [], set()
        for student in fresh:
            one, number = standing[student], number + 1
            row = Assignment(
                trial=self.trial,
                number=number,
                student_id=student,
                enrollment_id=one.enrollment,
                cutoff=self.cutoff,
                period=self.period,
                risk=one.need,
                probability=self._probability(),
                offered=self._offered(student, one.klass),
            )
            row.link = link = row.linked_to(link)
            rows.append(row)
            held |= set() if row.offered else {student}
        Assignment.objects.bulk_create(rows, batch_size=BATCH)
        return held


def period_at(trial: Trial, cutoff: datetime) -> int:
    """The period of a stepped design at a cut-off; of others, the weeks since the beginning.

    By class periods count from 0, when no class has its turn; by week from 1, the first in which chance decides.
    """
    assert trial.begins_at is not None
    weeks = (cutoff - trial.begins_at + timedelta(hours=12)) // WEEK  # clocks may have changed since
    if trial.laid_down.design == ENCOURAGEMENT:
        return weeks
    return weeks // trial.laid_down.step_weeks + (trial.laid_down.design != CLASSES)


def _standing(students: list[str]) -> dict[str, Standing]:
    rows = StudentDigest.objects.filter(pk__in=students).values_list("pk", "top", "top__klass", "need")
    return {student: Standing(enrollment, klass, need) for student, enrollment, klass, need in rows}
