"""Statements, what they can be found by, and what activities are called."""

from django.db import models


class Statement(models.Model):
    """One statement.

    `seq` is when it was stored, in microseconds since 1970 (UTC), different for each statement; they become visible
    in its order. `payload` is the JSON as received, with `id`, `version` and `authority` as the store knows them and
    without `stored`; where there is a `timestamp` it comes first. `authority` is `links.authority_term` of it, `size`
    the payload's length in bytes. A voided statement stays, and is found only by who asks for a voided one.
    """

    seq = models.BigIntegerField(primary_key=True)
    id = models.UUIDField(unique=True)
    voided = models.BooleanField(default=False)
    authority = models.BigIntegerField()
    size = models.IntegerField()
    payload = models.TextField()

    class Meta:
        db_table = "statements_statement"

    def __str__(self) -> str:
        return str(self.id)


class Link(models.Model):
    """The statement `seq` meets the condition that `term` stands for (see `links.py`)."""

    pk = models.CompositePrimaryKey("term", "seq")
    term = models.BigIntegerField()
    seq = models.BigIntegerField()

    class Meta:
        db_table = "statements_link"

    def __str__(self) -> str:
        return f"{self.term} {self.seq}"


class Counter(models.Model):
    """One row, `1`: the `seq` given last. Who stores statements locks it until the commit."""

    id = models.SmallIntegerField(primary_key=True)
    last = models.BigIntegerField(default=0)

    class Meta:
        db_table = "statements_counter"

    def __str__(self) -> str:
        return str(self.last)


class Activity(models.Model):
    """What statements together say of an activity; `key` is the SHA-256 (hex) of its id, `definition` JSON."""

    key = models.CharField(max_length=64, primary_key=True)
    iri = models.TextField()
    definition = models.TextField()

    class Meta:
        db_table = "statements_activity"

    def __str__(self) -> str:
        return self.iri
