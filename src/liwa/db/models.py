"""What the database remembers of those who write to it."""

from typing import ClassVar

from django.db import models


class Writer(models.Model):
    """Somebody who writes, one transaction at a time; see `liwa.db.marks`."""

    id = models.BigIntegerField(primary_key=True)
    committed = models.BigIntegerField()  # the number of the transaction committed last
    used_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Writer"]] = models.Manager()
