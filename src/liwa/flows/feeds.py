"""Loading the feeds that feeds.toml names, in an order in which each finds what it refers to."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from liwa.core import clock
from liwa.core.errors import ConfigError, Held, LiwaError, SourceError
from liwa.core.feeds import Campus, Feed, Feeds
from liwa.flows.home import Home
from liwa.flows.load import Consent, Progress, load_feed, together
from liwa.flows.statement_files import load_statements
from liwa.records.models import Load
from liwa.sources import sources
from liwa.sources.xapi import SOURCE


def _no_progress(name: str, done: int, total: int | None) -> None:
    """Show nothing."""


def _not_told(load: Load) -> None:
    """Tell nobody."""


def load_feeds(
    home: Home,
    names: Sequence[str],
    *,
    only_due: bool = False,
    consent: Consent | None = None,
    requested_by: str = "",
    progress: Progress = _no_progress,
    finished: Callable[[Load], None] = _not_told,
) -> list[Load]:
    """Load the named feeds, or all; in the order of feeds.toml. Returns the finished loads.

    A feed or file that cannot be loaded, or waits for consent, does not keep the others from loading; all such
    troubles are raised as one when everything has been tried. `finished` is told each load as it is done, for
    whoever wants to know of those that went well beside a trouble.
    """
    feeds = checked(home.feeds())
    chosen = [feeds.named(name) for name in names] or [feed for feed in feeds.feed if feed.path != Path()]
    if not feeds.feed:
        raise ConfigError(f"{home.feeds_file} names no feeds.", remedy="docs/feeds.md shows how to add one.")
    if only_due:
        chosen = [feed for feed in chosen if is_due(feed, feeds.campus, clock.now())]
    found: list[Load] = []
    troubles: list[LiwaError] = []
    for feed in chosen:
        loading = load_statements if feed.source == SOURCE else load_feed
        try:
            for load in loading(
                home,
                feed,
                feeds.campus,
                feeds.outcome,
                consent=consent or Consent(),
                requested_by=requested_by,
                progress=progress,
            ):
                found.append(load)
                finished(load)
        except (SourceError, Held) as trouble:
            troubles.append(trouble)
    if troubles:
        raise together(troubles)
    return found


def checked(feeds: Feeds) -> Feeds:
    """The feeds, each with a source that exists. Raises ConfigError."""
    for feed in feeds.feed:
        if feed.source not in sources:
            known = ", ".join(sources)
            raise ConfigError(
                f"The feed {feed.name} names the source {feed.source!r}, which does not exist.",
                remedy=f"Known sources: {known}.",
            )
    return feeds


def is_due(feed: Feed, campus: Campus, moment: datetime) -> bool:
    """Whether the feed's schedule asks for a load at `moment`, given when the last one began.

    A load that failed is due again at once; one that was held waits for its next time, as does its consent.
    """
    if not feed.schedule:
        return False
    tried = Load.objects.filter(feed=feed.name, state__in=(Load.State.DONE, Load.State.HELD))
    last = tried.order_by("-started_at").first()
    return last is None or last.started_at < last_due(feed.schedule, campus, moment)


def last_due(schedule: str, campus: Campus, moment: datetime) -> datetime:
    """The latest instant (UTC) at or before `moment` at which the schedule asked for a load.

    A daily time that the clocks skip is due as much later; one that comes twice is due the first time.
    """
    if schedule == "hourly":
        return moment - timedelta(hours=1)
    if found := re.fullmatch(r"every (\d+) minutes", schedule):
        return moment - timedelta(minutes=int(found[1]))
    at = time.fromisoformat(schedule.removeprefix("daily "))
    today = clock.day_of(moment, campus.zone)
    due = datetime.combine(today, at, campus.zone).astimezone(UTC)
    if due <= moment:
        return due
    return datetime.combine(today - timedelta(days=1), at, campus.zone).astimezone(UTC)
