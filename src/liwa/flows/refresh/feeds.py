"""What the lake holds of each feed."""

from collections import defaultdict
from typing import Any

from liwa.digest.models import FeedDigest
from liwa.flows.refresh import Phase, Run, step
from liwa.flows.refresh.moment import rows


@step("feeds", Phase.DIGEST)
def feeds(run: Run) -> None:
    """Fill FeedDigest: events, months, first and last, and those whose user matches nobody yet."""
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
    run.digest[FeedDigest] = [_feed(name, months, missing.get(name, 0)) for name, months in found.items()]


def _feed(name: str, months: list[dict[str, Any]], unmatched: int) -> dict[str, Any]:
    months.sort(key=lambda month: month["month"])
    return {
        "feed": name,
        "events": sum(month["events"] for month in months),
        "unmatched": unmatched,
        "first_at": min(month["first_at"] for month in months),
        "last_at": max(month["last_at"] for month in months),
        "months": [{"month": month["month"], "events": month["events"]} for month in months],
    }
