"""What a campus needs and OneRoster lacks: advising, outcomes, identities; and the campus itself."""

from django.db import models

from liwa.records.models.base import Provenance, Record, text
from liwa.records.models.roster import PROTECT, Enrollment, Org, User


class Advising(Record):
    """An adviser answers for one student, or for the students of one org and those below it."""

    adviser = models.ForeignKey(User, PROTECT, related_name="advises")
    student = models.ForeignKey(User, PROTECT, null=True, related_name="advised_by")
    org = models.ForeignKey(Org, PROTECT, null=True)
    begin_date = models.DateField(null=True)
    end_date = models.DateField(null=True)

    class Meta:
        db_table = "records_advising"


class Outcome(Provenance):
    """How an enrollment ended; `success` null is neither."""

    enrollment = models.OneToOneField(Enrollment, PROTECT, primary_key=True, db_column="sourced_id")
    value = text(60)
    success = models.BooleanField(null=True)
    known_at = models.DateTimeField()

    class Meta:
        db_table = "records_outcome"


class Identity(Record):
    """A name a user goes by in another system; the sourcedId is `kind:value`."""

    kind = text(40)
    value = text()
    user = models.ForeignKey(User, PROTECT, related_name="identities")

    class Meta:
        db_table = "records_identity"


class CampusProfile(models.Model):
    """The campus as `feeds.toml` describes it; one row, `current`."""

    id = models.CharField(max_length=10, primary_key=True, default="current")
    name = models.TextField()
    timezone = models.CharField(max_length=60)
    simulated = models.BooleanField(default=False)
    invented_names = models.BooleanField(default=False)
    as_of = models.DateField(null=True)
    outcome_rule = models.JSONField(default=dict)  # core.feeds.OutcomeRule; empty: none

    class Meta:
        db_table = "records_campus"

    def __str__(self) -> str:
        return self.name
