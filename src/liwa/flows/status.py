"""What is there and how fresh it is."""

from pathlib import Path
from typing import Any

from django.db.models import Max

from liwa.core.feeds import Feeds
from liwa.core.rows import RECORDS
from liwa.digest.models import FeedDigest, Refresh
from liwa.flows.home import Home
from liwa.flows.lakes import state
from liwa.flows.river import current
from liwa.records.intake import model_of
from liwa.records.models import Load, RefusedRow


def feed_rows(feeds: Feeds) -> list[dict[str, Any]]:
    """Every configured feed with its last finished load."""
    newest = Load.objects.filter(state=Load.State.DONE).values("feed").annotate(newest=Max("pk"))
    last = {load.feed: load for load in Load.objects.filter(pk__in=newest.values("newest"))}
    return [
        {
            "feed": feed.name,
            "source": feed.source,
            "path": str(feed.path) if feed.path != Path() else None,
            "schedule": feed.schedule or None,
            "last_loaded": last[feed.name].finished_at if feed.name in last else None,
            "in": last[feed.name].lines_in if feed.name in last else None,
            "refused": last[feed.name].refused if feed.name in last else None,
        }
        for feed in feeds.feed
    ]


def status(home: Home) -> dict[str, Any]:
    """Rows by table, events and unmatched events by feed, of statements also those of no class, and the rest.

    The rest: refused rows waiting, the lake's version, the last load and refresh.
    """
    refreshed = Refresh.objects.filter(pk="current").first()
    last = Load.objects.order_by("-pk").first()
    known = state()
    return {
        "home": str(home.root),
        "records": {
            record.table: model_of(record.table)._default_manager.filter(status="active").count()
            for record in RECORDS
        },
        "events": dict(FeedDigest.objects.values_list("feed", "events")),
        "unmatched": dict(FeedDigest.objects.filter(unmatched__gt=0).values_list("feed", "unmatched")),
        "statements": {
            feed: {"events": known["events"], "no_class": known["unmapped"]}
            for feed, known in current().feeds.items()
        },
        "quarantine": RefusedRow.objects.filter(resolved_by=None).count(),
        "lake": {"folder": known.root, "version": known.events_version},
        "last_load": {"feed": last.feed, "state": last.state, "at": last.started_at} if last else None,
        "last_refresh": (
            {"as_of": refreshed.as_of, "at": refreshed.finished_at, "basis": refreshed.basis}
            if refreshed
            else None
        ),
    }
