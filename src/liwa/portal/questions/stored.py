"""How much is stored, from which feed, and how do the database, the lake and the digest stand to one another?"""

from collections import Counter
from dataclasses import dataclass

from django.apps import apps
from django.core.cache import cache
from django.db.models import Count, Max, Model, Sum

from liwa.accounts.scope import Scope
from liwa.digest.models import FeedDigest
from liwa.records.models import LakeState, Load
from liwa.records.models.base import Provenance

ACTIVE = "active"


@dataclass(frozen=True)
class Table:
    """Rows of one table of the records: those that hold, those no longer given, and the feeds they are from."""

    name: str
    rows: int
    gone: int
    feeds: dict[str, int]


def tables(scope: Scope) -> list[Table]:
    """Every table of the records; one query a table, the first time after a load.

    Only loads change the records, and each is in the database together with what it changed; so what was counted
    stays true until there is another.
    """
    if not scope.sees_feeds:
        return []
    last = Load.objects.aggregate(key=Max("pk"), at=Max("finished_at"))
    parts = (str(last["key"]), last["at"].isoformat() if last["at"] else "")
    return cache.get_or_set("-".join(("stored", *parts)), _all_counted) or []


def _all_counted() -> list[Table]:
    records = apps.get_app_config("records").get_models()
    return [_counted(model) for model in records if issubclass(model, Provenance)]


def _counted(model: type[Model]) -> Table:
    found = model._default_manager.order_by().values_list("feed", "status").annotate(n=Count("pk"))
    feeds: Counter[str] = Counter()
    gone = 0
    for feed, status, number in found:
        if status == ACTIVE:
            feeds[feed] += number
        else:
            gone += number
    return Table(model._meta.model_name or "", feeds.total(), gone, dict(sorted(feeds.items())))


def lake(scope: Scope) -> LakeState | None:
    """The state of the lake that belongs to this database; None before the first load."""
    return LakeState.objects.filter(pk="current").first() if scope.sees_feeds else None


def events(scope: Scope) -> int:
    """Events in the lake as of the last refresh."""
    if not scope.sees_feeds:
        return 0
    return FeedDigest.objects.aggregate(events=Sum("events"))["events"] or 0
