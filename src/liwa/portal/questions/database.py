"""What does the database take on the disk, which statements take it longest, and what has moved out of it?"""

from dataclasses import dataclass
from datetime import datetime

from django.apps import apps
from django.core.cache import cache
from django.db import connection

from liwa.accounts.scope import Scope
from liwa.db.sizes import Sizes, sizes
from liwa.db.slowest import Taken, slowest
from liwa.statements.models import MovedMonth

MOST = 15
_KEPT = 600  # seconds: a table does not grow much in ten minutes


@dataclass(frozen=True)
class Slow:
    """The statements that took longest in the process that answers, and since when it counts."""

    since: datetime
    statements: list[Taken]


def database(scope: Scope) -> Sizes | None:
    """Sizes of the database and its tables, ten minutes old at most."""
    if not scope.sees_feeds:
        return None
    names = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    found: Sizes | None = cache.get_or_set("database-sizes", lambda: sizes(connection, names), _KEPT)
    return found


def slow(scope: Scope) -> Slow | None:
    """What took longest."""
    return Slow(slowest.since, slowest.top(MOST)) if scope.sees_feeds else None


def moved(scope: Scope) -> list[MovedMonth]:
    """Months whose statements' payloads are in the lake."""
    return list(MovedMonth.objects.order_by("-month")) if scope.sees_feeds else []
