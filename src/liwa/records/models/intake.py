"""What came in, what was refused and why, and which state of the lake belongs to this database."""

from django.db import models
from django.utils import timezone

from liwa.records.models.base import text, words


class Load(models.Model):
    """One load of one file of a feed. lines_in = stored + unchanged + refused, in source rows.

    `files` holds the same figures for each file: {file, in, stored, unchanged, refused}; `removed` counts rows of the
    records that the source no longer gives.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        HELD = "held"
        FAILED = "failed"

    feed = models.CharField(max_length=40, db_index=True)
    source = models.CharField(max_length=40)
    file = models.TextField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    requested_by = models.CharField(max_length=150, default="")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    lines_in = models.BigIntegerField(default=0)
    stored = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    removed = models.BigIntegerField(default=0)
    files = words()
    settings = models.JSONField(default=dict)
    events_version = models.BigIntegerField(null=True)
    message = models.TextField(default="", blank=True)

    class Meta:
        db_table = "records_load"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="done")
                | models.Q(lines_in=models.F("stored") + models.F("unchanged") + models.F("refused")),
                name="load_adds_up",
            )
        ]

    def __str__(self) -> str:
        return f"{self.feed} {self.pk}"

    def finish(self, state: "Load.State", message: str = "") -> None:
        """Note how it ended, and when."""
        self.state = state
        self.message = message
        self.finished_at = timezone.now()
        self.save()


class RefusedRow(models.Model):
    """One source row that was not taken, with the reason.

    `key` is the sourcedId it gives, where that can be read. `resolved_by` is the later load that took the row
    mended or, where it was no better, refused it anew: in either case this one waits no longer.
    """

    load = models.ForeignKey(Load, models.CASCADE, related_name="refusals")
    feed = models.CharField(max_length=40, db_index=True)
    file = models.TextField()
    line = models.BigIntegerField()
    field = models.CharField(max_length=120)
    value = models.TextField()
    reason = models.TextField()
    key = text()
    refused_at = models.DateTimeField()
    resolved_by = models.ForeignKey(Load, models.SET_NULL, null=True, related_name="mended")

    class Meta:
        db_table = "records_refused_row"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class LakeState(models.Model):
    """The state of the lake that belongs to this database; one row, `current`.

    `root` is the lake's folder below LIWA_HOME; `events_version` the Delta version readers open (null: empty);
    `mirror_versions` the version of each mirrored table. `changes` counts, for each table of records, the loads
    that changed it; `mirrored` is what that count was when the table was mirrored.
    """

    id = models.CharField(max_length=10, primary_key=True, default="current")
    root = models.CharField(max_length=60, default="lake")
    events_version = models.BigIntegerField(null=True)
    mirror_versions = models.JSONField(default=dict)
    mirrored_at = models.DateTimeField(null=True)
    changes = models.JSONField(default=dict)
    mirrored = models.JSONField(default=dict)

    class Meta:
        db_table = "records_lake_state"

    def __str__(self) -> str:
        return f"{self.root}@{self.events_version}"
