"""What the school decides: capacities, words, first steps, what policy allows with families; and letters sent."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from liwa.accounts.models import Account
from liwa.records.models import User

PROTECT = models.PROTECT


class Capacity(models.Model):
    """How many students an adviser can take on in a week, and whether those without any adviser are among them."""

    adviser = models.OneToOneField(User, PROTECT, primary_key=True, related_name="capacity")
    per_week = models.IntegerField()
    takes_unassigned = models.BooleanField(default=False)

    class Meta:
        db_table = "care_capacity"

    def __str__(self) -> str:
        return f"{self.adviser_id} {self.per_week}"


class FamilyContact(models.Model):
    """Whether policy allows people of the school to speak with a student's family, and the student's consent.

    A record for people: the system itself never contacts a family.
    """

    student = models.OneToOneField(User, PROTECT, primary_key=True, related_name="family_contact")
    allowed = models.BooleanField()
    consent_on = models.DateField(null=True)
    recorded_by = models.ForeignKey(Account, PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "care_family_contact"

    def __str__(self) -> str:
        return self.student_id


class Wording(models.Model):
    """The school's own words in place of the defaults of `care.wordings`."""

    key = models.CharField(max_length=40)
    language = models.CharField(max_length=10)
    text = models.TextField()

    class Meta:
        db_table = "care_wording"
        constraints = [models.UniqueConstraint(fields=["key", "language"], name="wording_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.language}"


class FirstStep(models.Model):
    """The school's own suggestion of a first step for a reason, in place of the defaults of `care.steps`."""

    reason = models.CharField(max_length=40)
    language = models.CharField(max_length=10)
    text = models.TextField()

    class Meta:
        db_table = "care_first_step"
        constraints = [models.UniqueConstraint(fields=["reason", "language"], name="first_step_once")]

    def __str__(self) -> str:
        return f"{self.reason} {self.language}"


class Letter(models.Model):
    """An email that was made, and when it was sent. It names no student: how many, and where to look."""

    class Kind(models.TextChoices):
        WEEK = "week", _("This week")
        OVERDUE = "overdue", _("Overdue")

    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.WEEK)
    recipient = models.ForeignKey(User, PROTECT, related_name="+")
    to = models.CharField(max_length=255)
    subject = models.TextField()
    body = models.TextField()
    week = models.DateField()  # the first day of the week it is about
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "care_letter"
        constraints = [
            models.UniqueConstraint(fields=["kind", "recipient", "week"], name="letter_once_a_week")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
