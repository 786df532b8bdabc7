"""What every record has."""

from django.db import models

ID_LENGTH = 255


class Provenance(models.Model):
    """Where a row came from and whether it still holds. `tobedeleted` rows stay, so that nothing is lost."""

    status = models.CharField(max_length=12, default="active")
    date_last_modified = models.DateTimeField(null=True)
    metadata = models.JSONField(default=dict)
    feed = models.CharField(max_length=40)

    class Meta:
        abstract = True


class Record(Provenance):
    """A row with the sourcedId its source gave it."""

    sourced_id = models.CharField(max_length=ID_LENGTH, primary_key=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.sourced_id


def words() -> models.JSONField:
    """A list of words."""
    return models.JSONField(default=list)


def text(max_length: int = 255) -> "models.CharField[str, str]":
    """A text that is empty where the source did not say."""
    return models.CharField(max_length=max_length, default="", blank=True)
