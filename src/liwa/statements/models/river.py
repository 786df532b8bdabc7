"""What becomes of statements beyond the store: their way to the lake, whose they are, files, forwarding, forgetting."""

from django.db import models

from liwa.records.models import RefusedRow


class Pump(models.Model):
    """How far the statements have flowed into the lake; one row, `current`.

    Every statement up to `position` (a Statement.seq) is in the version of the lake that LakeState names, for both
    are saved in one transaction. `feeds` holds for each feed {map, names, events, unmapped}: the fingerprint of its
    class map, the classes by every name the map gave, and how many events there are and how many of them belong to
    no class. `writers` has the feed by whoever wrote statements (flows.classmaps.Maps.writer).
    """

    id = models.CharField(max_length=10, primary_key=True, default="current")
    position = models.BigIntegerField(default=0)
    feeds = models.JSONField(default=dict)
    writers = models.JSONField(default=dict)

    class Meta:
        db_table = "statements_pump"

    def __str__(self) -> str:
        return str(self.position)


class Arrival(models.Model):
    """When a statement that came in a file was known, by what the file says; `id` is the statement's.

    It is written before the statement, so that no statement flows on without it.
    """

    id = models.UUIDField(primary_key=True)
    known_at = models.DateTimeField()

    class Meta:
        db_table = "statements_arrival"

    def __str__(self) -> str:
        return str(self.id)


class Actor(models.Model):
    """Someone who acted in statements that have flowed to the lake.

    `key` is `core.actors.actor_key`, the name that Identity rows give to a user; `digest` is its SHA-256 (hex), by
    which pages name the actor without telling who it is.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    key = models.TextField()
    statements = models.BigIntegerField()
    last_seen = models.DateTimeField()

    class Meta:
        db_table = "statements_actor"

    def __str__(self) -> str:
        return self.digest


class RefusedStatement(models.Model):
    """The text of a refused statement, as it came in, so that it can be mended."""

    row = models.OneToOneField(RefusedRow, models.CASCADE, primary_key=True, related_name="statement")
    content = models.BinaryField()

    class Meta:
        db_table = "statements_refused"

    def __str__(self) -> str:
        return str(self.row_id)


class Forwarding(models.Model):
    """How far statements have been sent on to the learning record store at `url`."""

    url = models.CharField(max_length=500, primary_key=True)
    position = models.BigIntegerField(default=0)
    sent = models.BigIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "statements_forwarding"

    def __str__(self) -> str:
        return self.url


class DeadLetter(models.Model):
    """A statement that the other store refused for good."""

    forwarding = models.ForeignKey(Forwarding, models.CASCADE, related_name="dead")
    seq = models.BigIntegerField()
    statement = models.UUIDField()
    status = models.IntegerField()
    reason = models.TextField()
    tried_at = models.DateTimeField()

    class Meta:
        db_table = "statements_dead_letter"
        constraints = [
            models.UniqueConstraint(fields=["forwarding", "seq"], name="dead_letter_once"),
        ]

    def __str__(self) -> str:
        return str(self.statement)


class Forgetting(models.Model):
    """The record that somebody, or what is older than a day, was forgotten; it holds nothing about anyone.

    `subject` is a keyed hash of the actor's key (empty where `before` says what was forgotten). `done` counts what
    was removed or changed. `salt` makes pseudonyms while the work is going on, and is gone afterwards.
    """

    subject = models.CharField(max_length=64, default="", blank=True)
    before = models.DateTimeField(null=True)
    pseudonymised = models.BooleanField(default=False)
    requested_by = models.CharField(max_length=150, default="", blank=True)
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    done = models.JSONField(default=dict)
    salt = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        db_table = "statements_forgetting"

    def __str__(self) -> str:
        return str(self.pk)
