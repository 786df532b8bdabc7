"""Months whose statements' payloads are in the lake."""

from django.db import models


class MovedMonth(models.Model):
    """A month (YYYY-MM, UTC, of when statements were stored) whose payloads are in a file of LIWA_HOME/payloads.

    A statement of it (its seq from `first` to `last`) whose payload is empty here has it there; one that is not empty
    counts as it is here. `is_moved` is false as long as payloads that the file has are still being emptied.
    """

    month = models.CharField(max_length=7, primary_key=True)
    file = models.CharField(max_length=60)
    first = models.BigIntegerField()
    last = models.BigIntegerField()
    statements = models.BigIntegerField()
    payload_bytes = models.BigIntegerField()
    file_bytes = models.BigIntegerField()
    moved_at = models.DateTimeField()
    is_moved = models.BooleanField(default=False)

    class Meta:
        db_table = "statements_moved_month"

    def __str__(self) -> str:
        return self.month
