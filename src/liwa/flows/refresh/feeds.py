"""Each feed: when it is to be loaded, and what the lake holds of it."""

from collections import defaultdict
from typing import Any

from liwa.core.feeds import Feed
from liwa.digest.models import FeedDigest
from liwa.flows.home import Home
from liwa.flows.refresh import Phase, Run, step
from liwa.flows.refresh.moment import rows


@step("feeds", Phase.DIGEST)
def feeds(run: Run) -> None:
    """Fill FeedDigest: schedule, events, months, first and last, and those whose user matches nobody yet."""
    raw = run.tables.raw_events
    by_month = raw.group_by("source", "month").agg(
        events=raw.count(), first_at=raw.occurred_at.min(), last_at=raw.occurred_at.max()
    )
    unmatched = run.tables.unmatched
    lost = unmatched.group_by("source").agg(unmatched=unmatched.count())
    missing = {row["source"]: row["unmatched"] for row in rows(lost)}
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows(by_month):
        found[row["source"]].append(row)
    said = _configured(run.home)
    run.digest[FeedDigest] = [
        _feed(name, said.get(name), found.get(name, []), missing.get(name, 0))
        for name in sorted({*said, *found})
    ]


def _configured(home: Home) -> dict[str, Feed]:
    """The feeds of feeds.toml by name; none where there is no such file."""
    return {feed.name: feed for feed in home.feeds().feed} if home.feeds_file.exists() else {}


def _feed(name: str, said: Feed | None, months: list[dict[str, Any]], unmatched: int) -> dict[str, Any]:
    months.sort(key=lambda month: month["month"])
    return {
        "feed": name,
        "source": said.source if said else "",
        "schedule": said.schedule if said else "",
        "events": sum(month["events"] for month in months),
        "unmatched": unmatched,
        "first_at": min((month["first_at"] for month in months), default=None),
        "last_at": max((month["last_at"] for month in months), default=None),
        "months": [{"month": month["month"], "events": month["events"]} for month in months],
    }
