"""A small campus: what the statements of these tests are about."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper


class School(models.Model):
    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=5)


class Club(models.Model):
    name = models.TextField()


class Pupil(models.Model):
    name = models.CharField(max_length=40, db_comment="as on the card")
    school = models.ForeignKey(School, models.CASCADE)
    hours = models.IntegerField(default=0)
    steps = models.BigIntegerField(default=0)
    left = models.BooleanField(default=False)
    born = models.DateField(null=True)
    joined = models.DateTimeField(null=True)
    data = models.JSONField(null=True)
    clubs = models.ManyToManyField(Club)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(hours__gte=0), name="campus_hours"),
            models.UniqueConstraint(
                fields=["school", "name"], condition=Q(left=False), name="campus_one_of_a_name"
            ),
        ]
        indexes = [
            models.Index(F("joined").desc(), "name", name="campus_joined"),
            models.Index(fields=["-steps", "hours"], name="campus_steps"),
            models.Index(Upper("name"), name="campus_upper"),
        ]


class Mark(models.Model):
    """Its natural key is its only unique key: as upserted tables are to be."""

    key = models.CharField(max_length=20, primary_key=True)
    value = models.IntegerField()
    note = models.TextField(default="")


class Badge(models.Model):
    """Two unique keys that are both given: no upsert can choose between them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    code = models.CharField(max_length=20, unique=True)
    value = models.IntegerField(default=0)


class Poster(models.Model):
    """Nothing refers to it."""

    text = models.TextField()


ALL = [School, Club, Poster, Pupil, Mark, Badge]
