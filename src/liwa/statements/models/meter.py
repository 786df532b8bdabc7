"""How the store is used, minute by minute."""

from django.db import models


class Minute(models.Model):
    """Requests of one kind that one process answered in one minute; whoever reads adds the processes up.

    `asked` names the parameters of the request (never their values), joined by `+`. `seconds` is their sum,
    `longest` the longest. `buckets` counts the requests that took at most `meter.LIMITS` seconds, each counted once,
    and last those that took longer.
    """

    pk = models.CompositePrimaryKey("minute", "worker", "resource", "method", "status", "asked")
    minute = models.DateTimeField()
    worker = models.BigIntegerField()
    resource = models.CharField(max_length=40)
    method = models.CharField(max_length=8)
    status = models.IntegerField()
    asked = models.CharField(max_length=200)
    requests = models.BigIntegerField()
    seconds = models.FloatField()
    longest = models.FloatField()
    buckets = models.JSONField()

    class Meta:
        db_table = "statements_minute"

    def __str__(self) -> str:
        return f"{self.minute:%H:%M} {self.method} {self.resource}"
