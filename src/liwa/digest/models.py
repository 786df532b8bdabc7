"""What pages show. Each table is written whole by a refresh; nothing here is the only copy of anything.

JSON shapes are given beside each field; numbers in them are plain floats or ints, days are ISO dates.
"""

from django.db import models

from liwa.records.models import Enrollment, Klass, User


class Band(models.TextChoices):
    """How much a student needs someone. `unknown`: not enough evidence for a word."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNKNOWN = "unknown"


class Refresh(models.Model):
    """The refresh that wrote the digest now shown; one row, `current`."""

    id = models.CharField(max_length=10, primary_key=True, default="current")
    as_of = models.DateTimeField()  # the cut-off: nothing later was used
    finished_at = models.DateTimeField()
    basis = models.CharField(max_length=10)  # model or rules
    card = models.CharField(max_length=64, default="")  # Card.name

    class Meta:
        db_table = "digest_refresh"

    def __str__(self) -> str:
        return str(self.as_of)


class EnrollmentDigest(models.Model):
    """One student in one running class as of the last cut-off.

    reasons: [{"key": str, …numbers}] at most three, `insight.reasons` gives the words.
    weeks:   [{"week": int, "amount": float|null, "days": int|null, "class_median": float|null}] from week 1 on;
             null where no feed covers the class.
    changed: reason keys new since the week before.
    before:  {"risk": float|null, "band": str, "reasons": as above} of the same model a week before; empty where the
             student was in no list then.
    """

    enrollment = models.OneToOneField(Enrollment, models.CASCADE, primary_key=True, related_name="digest")
    klass = models.ForeignKey(Klass, models.CASCADE, related_name="enrollment_digests")
    user = models.ForeignKey(User, models.CASCADE, related_name="enrollment_digests")
    week = models.IntegerField()
    risk = models.FloatField(null=True)  # probability of not completing; null with rules
    risk_low = models.FloatField(null=True)  # the ends of its interval
    risk_high = models.FloatField(null=True)
    withdraw = models.FloatField(null=True)  # probability of withdrawing within the next four weeks
    band = models.CharField(max_length=8, choices=Band.choices)
    basis = models.CharField(max_length=10)
    need = models.FloatField()  # orders lists, higher first; the risk where there is one
    reasons = models.JSONField(default=list)
    changed = models.JSONField(default=list)
    before = models.JSONField(default=dict)
    weeks = models.JSONField(default=list)
    due = models.IntegerField(default=0)  # line items due by the cut-off
    handed_in = models.IntegerField(default=0)
    late = models.IntegerField(default=0)
    missing = models.IntegerField(default=0)
    mean_score = models.FloatField(null=True)  # weighted, percent
    last_active_on = models.DateField(null=True)

    class Meta:
        db_table = "digest_enrollment"
        indexes = [
            models.Index(fields=["user", "-need"], name="digest_user_need"),
            models.Index(fields=["klass", "-need"], name="digest_klass_need"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class StudentDigest(models.Model):
    """One student over all running classes: the row of an adviser's list.

    top: pk of the enrollment with the greatest need. reasons: that enrollment's, with "klass" (title) added.
    weeks: [{"week_of": "YYYY-MM-DD", "amount": int|null}] the last 12 weeks, first days; how often any feed has seen
           the student, null where none has seen anyone.
    timeline: newest first, at most 60: [{"on": day, "kind": "submitted|late|scored|missed|registered|withdrew|quiet",
              "klass": id, "title": str, "score": float?, "max": float?, "days": int?}]
    """

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="digest")
    top = models.ForeignKey(Enrollment, models.CASCADE, related_name="+")
    need = models.FloatField(db_index=True)
    band = models.CharField(max_length=8, choices=Band.choices)
    basis = models.CharField(max_length=10)
    risk = models.FloatField(null=True)
    risk_low = models.FloatField(null=True)
    risk_high = models.FloatField(null=True)
    withdraw = models.FloatField(null=True)  # of the same enrollment
    reasons = models.JSONField(default=list)
    classes = models.IntegerField()  # running classes
    classes_at_risk = models.IntegerField()  # of them in band high or medium
    missing = models.IntegerField(default=0)
    weeks = models.JSONField(default=list)
    timeline = models.JSONField(default=list)
    last_active_on = models.DateField(null=True)

    class Meta:
        db_table = "digest_student"

    def __str__(self) -> str:
        return str(self.pk)


class ClassDigest(models.Model):
    """One class, running or ended.

    weeks: [{"week": int, "active_share": float|null, "median": float|null, "q1": float|null, "q3": float|null}]
    earlier: [{"klass": id, "title": str, "session": str, "weeks": [as above], "completed": float|null}] runs of the
             same course that ended before.
    items: [{"line_item": id, "title": str, "kind": str, "due": day|null, "weight": float|null, "expected": int,
             "handed_in": int, "late": int, "missing": int, "mean": float|null, "is_due": bool}]
    """

    klass = models.OneToOneField(Klass, models.CASCADE, primary_key=True, related_name="digest")
    week = models.IntegerField(null=True)  # weeks passed at the cut-off; null once ended
    running = models.BooleanField()
    students = models.IntegerField()
    withdrawn = models.IntegerField(default=0)
    high = models.IntegerField(default=0)
    medium = models.IntegerField(default=0)
    covered = models.BooleanField(default=False)  # by an activity feed
    weeks = models.JSONField(default=list)
    earlier = models.JSONField(default=list)
    items = models.JSONField(default=list)

    class Meta:
        db_table = "digest_class"

    def __str__(self) -> str:
        return str(self.pk)


class CampusDigest(models.Model):
    """Campus figures with no person in them, one row a figure.

    Names and shapes: `counts` {students, staff, orgs, courses, classes_running, classes_ended, enrollments, events};
    `bands` {high, medium, low, unknown} of students; `weekly` [{"week_of": day, "active": int, "events": int}];
    `by_org` / `by_course` [{"id", "name", "students", "high", "medium", "completed": float|null}];
    `outcomes` [{"session": str, "completed": float, "n": int}].
    Each holds "source": how the figure was made, in words. Groups of fewer than 10 are left out.
    """

    name = models.CharField(max_length=40, primary_key=True)
    value = models.JSONField()
    source = models.TextField(default="")

    class Meta:
        db_table = "digest_campus"

    def __str__(self) -> str:
        return self.name


class FeedDigest(models.Model):
    """A feed that feeds.toml names or the lake knows. months: [{"month": "YYYY-MM", "events": int}].

    `source` and `schedule` are as feeds.toml had them at the refresh, empty where it names no such feed.
    """

    feed = models.CharField(max_length=40, primary_key=True)
    source = models.CharField(max_length=40, default="")
    schedule = models.CharField(max_length=40, default="")
    events = models.BigIntegerField(default=0)
    unmatched = models.BigIntegerField(default=0)  # events whose user matches nobody yet
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    months = models.JSONField(default=list)

    class Meta:
        db_table = "digest_feed"

    def __str__(self) -> str:
        return self.feed


class Card(models.Model):
    """A model's published account of itself, as `insight.card` writes it. Kept for every model used."""

    name = models.CharField(max_length=64, primary_key=True)
    made_at = models.DateTimeField()
    content = models.JSONField()

    class Meta:
        db_table = "digest_card"

    def __str__(self) -> str:
        return self.name
