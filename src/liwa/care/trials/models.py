"""Trials, who was drawn into which arm, and what each look found. The last two are only ever added to."""

import hashlib
import json
from typing import Any, NoReturn

from django.db import models
from django.utils import timezone

from liwa.care.trials import design
from liwa.care.trials.terms import Terms
from liwa.core.errors import LiwaError
from liwa.records.models import Enrollment, User

NAME_LENGTH = 60


class Unchangeable(LiwaError):
    """Something that is only ever added to was about to be changed."""

    def __init__(self) -> None:
        super().__init__(
            "What a trial has drawn, found or laid down is kept as it is: it cannot be changed or removed."
        )


class Appended(models.QuerySet[Any]):
    """Rows that are added and read, and that is all."""

    def _refuse(self, *_arguments: Any, **_fields: Any) -> NoReturn:
        raise Unchangeable

    delete = update = bulk_update = update_or_create = _refuse
    adelete = aupdate = abulk_update = aupdate_or_create = _refuse

    def bulk_create(self, objs: Any, *arguments: Any, **more: Any) -> Any:
        if more.get("update_conflicts") or len(arguments) > 2:
            raise Unchangeable
        return super().bulk_create(objs, *arguments, **more)


class AppendOnly(models.Model):
    """A row that can be added, not changed and not deleted."""

    objects = Appended.as_manager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *arguments: Any, **more: Any) -> None:
        if not self._state.adding:
            raise Unchangeable
        more["force_insert"] = True
        super().save(*arguments, **more)

    def delete(self, *_arguments: Any, **_more: Any) -> NoReturn:
        raise Unchangeable


class Trial(models.Model):
    """One trial. `terms` (see `Terms`) and the secret `seed` are what `commitment` commits to.

    classes: the classes that take part, fixed at the start (classes design). begins_at: the first cut-off that counts.
    """

    class State(models.TextChoices):
        PLANNED = "planned"
        RUNNING = "running"
        ENDED = "ended"

    name = models.CharField(max_length=NAME_LENGTH, unique=True)
    terms = models.JSONField()
    seed = models.CharField(max_length=64)
    commitment = models.CharField(max_length=64)
    classes = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    running = models.CharField(
        max_length=10, null=True, unique=True, default=None
    )  # "running": one at a time
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=150, default="")
    begins_at = models.DateTimeField(null=True)
    started_by = models.CharField(max_length=150, default="")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=150, default="")
    why_ended = models.TextField(default="", blank=True)

    objects = Appended.as_manager()

    class Meta:
        db_table = "care_trial"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    def save(self, *arguments: Any, **more: Any) -> None:
        if not self._state.adding and not self.is_as_committed:
            raise Unchangeable
        super().save(*arguments, **more)

    def delete(self, *_arguments: Any, **_more: Any) -> NoReturn:
        raise Unchangeable

    @property
    def laid_down(self) -> Terms:
        """The terms, typed."""
        return Terms.of(self.terms)

    @property
    def is_as_committed(self) -> bool:
        """Whether seed and terms are those whose hash was published when the trial was made."""
        return self.commitment == design.commitment(self.seed, self.laid_down.as_dict())

    @property
    def plan(self) -> design.Plan:
        """What the trial can show."""
        return self.laid_down.plan(len(self.classes))

    @property
    def first_link(self) -> str:
        """What the chain of assignments begins with."""
        began = int(self.begins_at.timestamp()) if self.begins_at else 0
        return _hash(self.commitment, {"classes": self.classes, "begins_at": began})


class Assignment(AppendOnly):
    """One student in a trial, by the draw. `link` is a hash of this row and of the one before: none can be slipped
    in, changed or left out unseen.

    offered: whether a case might be opened at `cutoff`, when the student came in. risk: then, the covariate (the need
    where only rules are at work). probability: with which it was drawn. period: of a stepped design, else weeks since
    the beginning.
    """

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="assignments")
    number = models.IntegerField()  # from 1
    student = models.ForeignKey(User, models.PROTECT, related_name="+")
    enrollment = models.ForeignKey(
        Enrollment, models.PROTECT, related_name="+"
    )  # the one with the greatest need
    cutoff = models.DateTimeField()
    period = models.IntegerField()
    risk = models.FloatField()
    probability = models.FloatField()
    offered = models.BooleanField()
    link = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta(AppendOnly.Meta):
        db_table = "care_assignment"
        constraints = [
            models.UniqueConstraint(fields=["trial", "student"], name="assigned_once"),
            models.UniqueConstraint(fields=["trial", "number"], name="assignment_number"),
        ]

    def __str__(self) -> str:
        return f"{self.trial_id}/{self.number}"  # never the arm

    def linked_to(self, before: str) -> str:
        """What `link` must be after the assignment whose link is `before`."""
        said = {
            "number": self.number,
            "student": self.student_id,
            "enrollment": self.enrollment_id,
            "cutoff": int(self.cutoff.timestamp()),
            "period": self.period,
            "risk": float(self.risk).hex(),
            "probability": float(self.probability).hex(),
            "offered": self.offered,
        }
        return _hash(before, said)


class Look(AppendOnly):
    """What was found at one look. Shares are between 0 and 1; effect, its error and interval are null while it is too
    early (`why` says what is lacking).

    assigned: students in the trial; link: of the last of them; offered, others: those with an outcome, by arm;
    missing: those without one though it was due; contacted_*: share of each arm met, called or written to; fraction: of
    the planned information; low, high: the always-valid interval.
    """

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="looks")
    as_of = models.DateTimeField()
    assigned = models.IntegerField()
    link = models.CharField(max_length=64)
    offered = models.IntegerField()
    others = models.IntegerField()
    missing = models.IntegerField()
    share_offered = models.FloatField(null=True)
    share_others = models.FloatField(null=True)
    contacted_offered = models.FloatField(null=True)
    contacted_others = models.FloatField(null=True)
    effect = models.FloatField(null=True)
    se = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    fraction = models.FloatField(null=True)
    why = models.CharField(max_length=20, default="", blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta(AppendOnly.Meta):
        db_table = "care_look"
        constraints = [models.UniqueConstraint(fields=["trial", "as_of"], name="one_look_at_a_time")]

    def __str__(self) -> str:
        return f"{self.trial_id} {self.as_of}"

    @property
    def tells(self) -> bool:
        """Whether the interval leaves out no difference."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)


def _hash(before: str, said: dict[str, Any]) -> str:
    written = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{before}\n{written}".encode()).hexdigest()
