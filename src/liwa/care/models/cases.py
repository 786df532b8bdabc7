"""Cases: a student for whom somebody is to do something, who is in it, and all that was done."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from liwa.accounts.models import Account
from liwa.records.models import Klass, User

PROTECT = models.PROTECT


class CaseOutcome(models.TextChoices):
    """How a case ended."""

    IMPROVED = "improved", _("Things have improved")
    SUPPORT_IN_PLACE = "support_in_place", _("Support is in place")
    LEFT_THE_CLASS = "left_the_class", _("Left the class")
    NO_NEED = "no_need", _("No need after all")
    NOT_REACHED = "not_reached", _("Could not be reached")
    OTHER = "other", _("Other")


class Case(models.Model):
    """One student to be reached, from the first sign to the outcome. At most one that is not closed a student.

    `reasons` is as in the digest, at the last cut-off; `loads` {feed: number of its newest load}; `card` the model's
    card: with `cutoff` they say where every number came from. `reason` and `snooze_reason` are words of those in the
    case and private to them. `by_hand`: a person chose the adviser, so no refresh chooses another.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CONTACTED = "contacted", _("Contacted")
        IN_SUPPORT = "in_support", _("In support")
        CLOSED = "closed", _("Closed")

    class Origin(models.TextChoices):
        RISK = "risk", _("Early warning")
        TEACHER = "teacher", _("Raised by a teacher")
        STUDENT = "student", _("The student asked")
        ADVISER = "adviser", _("Opened by the adviser")

    student = models.ForeignKey(User, PROTECT, related_name="cases")
    adviser = models.ForeignKey(User, PROTECT, null=True, related_name="advised_cases")
    by_hand = models.BooleanField(default=False)
    klass = models.ForeignKey(Klass, PROTECT, null=True, related_name="+")
    open_for = models.CharField(max_length=255, null=True, unique=True)  # the student, until it is closed
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    origin = models.CharField(max_length=10, choices=Origin.choices)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(Account, PROTECT, null=True, related_name="+")
    reason = models.TextField(default="", blank=True)
    reasons = models.JSONField(default=list)
    need = models.FloatField(default=0.0)  # orders lists, as in the digest
    risk = models.FloatField(null=True)
    risk_low = models.FloatField(null=True)
    risk_high = models.FloatField(null=True)
    cutoff = models.DateTimeField(null=True)  # of risk and reasons
    card = models.CharField(max_length=64, default="", blank=True)
    loads = models.JSONField(default=dict)
    due_on = models.DateField()
    snoozed_until = models.DateField(null=True)
    snooze_reason = models.TextField(default="", blank=True)
    escalated_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, choices=CaseOutcome.choices, default="", blank=True)
    closed_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)  # grows with every change

    class Meta:
        db_table = "care_case"
        indexes = [
            models.Index(fields=["adviser", "state", "-need"], name="case_adviser_need"),
            models.Index(fields=["state", "due_on"], name="case_due"),
            models.Index(fields=["student", "closed_at"], name="case_student_closed"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_closed(self) -> bool:
        """Whether the case has ended."""
        return self.state == self.State.CLOSED


class Participant(models.Model):
    """Somebody who is, or was, in a case and reads its notes while they are."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="participants")
    person = models.ForeignKey(User, PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        db_table = "care_participant"
        constraints = [models.UniqueConstraint(fields=["case", "person"], name="participant_once")]

    def __str__(self) -> str:
        return str(self.pk)


class Contact(models.Model):
    """Somebody reached out, or noted something. `note` is private to those in the case."""

    class Kind(models.TextChoices):
        MET = "met", _("Met")
        CALLED = "called", _("Called")
        WROTE = "wrote", _("Wrote")
        NO_ANSWER = "no_answer", _("No answer")
        NOTE = "note", _("Note")

    case = models.ForeignKey(Case, models.CASCADE, related_name="contacts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(Account, PROTECT, related_name="+")
    note = models.TextField(default="", blank=True)

    class Meta:
        db_table = "care_contact"
        indexes = [models.Index(fields=["case", "at"], name="contact_case_at")]

    def __str__(self) -> str:
        return str(self.pk)


class CaseEvent(models.Model):
    """What happened to a case; only ever added to. `by` is null where the system did it; `details` hold no notes.

    raised and asked: a teacher or the student spoke up, whether that opened the case or one was open already.
    details: opened {"origin"}; raised {"klass"}; assigned, handed_over {"from", "to"}; contacted {"kind"}; snoozed {"until"};
    closed {"outcome"}; escalated {"due_on"}; joined, left {"person"}.
    """

    class Kind(models.TextChoices):
        OPENED = "opened", _("Opened")
        RAISED = "raised", _("Raised by a teacher")
        ASKED = "asked", _("The student asked for help")
        ASSIGNED = "assigned", _("Given to an adviser")
        CONTACTED = "contacted", _("Contact")
        SUPPORT = "support", _("Support began")
        HANDED_OVER = "handed_over", _("Handed over")
        JOINED = "joined", _("Somebody joined")
        LEFT = "left", _("Somebody left")
        SNOOZED = "snoozed", _("Put off")
        WOKEN = "woken", _("Taken up again")
        ESCALATED = "escalated", _("Overdue")
        CLOSED = "closed", _("Closed")
        REOPENED = "reopened", _("Reopened")

    case = models.ForeignKey(Case, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(Account, PROTECT, null=True, related_name="+")
    details = models.JSONField(default=dict)

    class Meta:
        db_table = "care_case_event"
        indexes = [models.Index(fields=["case", "at"], name="case_event_at")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind}"
