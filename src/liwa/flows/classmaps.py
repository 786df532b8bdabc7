"""Which feed a statement belongs to, how that feed is understood, and which class its names stand for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

import msgspec

from liwa.core import clock
from liwa.core.feeds import Campus, Feed, Feeds
from liwa.flows.home import Home
from liwa.records.models import Klass, Load
from liwa.sources.xapi import SOURCE, StatementMap, statement_map
from liwa.statements.models import Credential

USUAL = "xapi"  # the feed of statements whose key names none
FILE = "feed:"  # begins the name of the authority of statements that came in a file of a feed
Span = tuple[str, date | None, date | None]


def statement_feeds(home: Home) -> Feeds:
    """The campus and its feeds of statements; without a feeds.toml there are none."""
    if not home.feeds_file.exists():
        return Feeds()
    feeds = home.feeds()
    return msgspec.structs.replace(feeds, feed=tuple(one for one in feeds.feed if one.source == SOURCE))


Classes = Mapping[str, Sequence[Span]]


def known_classes() -> Classes:
    """Every active class by its sourcedId and by its class code, with its first and last day."""
    found: dict[str, list[Span]] = defaultdict(list)
    rows = Klass.objects.filter(status="active").order_by("pk")
    for pk, code, starts_on, ends_on in rows.values_list("pk", "class_code", "starts_on", "ends_on"):
        span = (pk, starts_on, ends_on)
        found[pk].insert(0, span)
        if code and code != pk:
            found[code].append(span)
    return {name: spans[:1] if spans[0][0] == name else spans for name, spans in found.items()}


class Names:
    """What class names stand for: a sourcedId, else a class code; of several classes, the one under way.

    `asked` keeps each name with the classes it stood for, so that one can tell whether that has changed.
    """

    def __init__(self, campus: Campus, known: Classes) -> None:
        self._zone = campus.zone
        self._known = known
        self.asked: dict[str, list[str]] = {}

    def classes(self, name: str) -> list[str]:
        """The classes a name stands for, each with its dates where there are several."""
        spans = self._known.get(name, ())
        return [" ".join(map(str, span)) for span in spans] if len(spans) > 1 else [one[0] for one in spans]

    def find(self, name: str, at: datetime) -> str | None:
        """The class of that name at an instant; None where there is none, or it cannot be told which."""
        if name not in self.asked:
            self.asked[name] = self.classes(name)
        spans = self._known.get(name, ())
        if len(spans) < 2:
            return spans[0][0] if spans else None
        day = clock.day_of(at, self._zone)
        running = [pk for pk, first, last in spans if first and last and first <= day <= last]
        return running[0] if len(running) == 1 else None


def _of_other_sources(home: Home) -> set[str]:
    """The names of feeds that bring something else than statements."""
    loaded = Load.objects.exclude(source=SOURCE).values_list("feed", flat=True).distinct()
    configured = home.feeds().feed if home.feeds_file.exists() else ()
    return {*loaded, *(feed.name for feed in configured if feed.source != SOURCE)}


class Maps:
    """Every feed of statements with its map, and the feed of whoever wrote them."""

    def __init__(self, home: Home) -> None:
        self.feeds = statement_feeds(home)
        self._by_name = {feed.name: feed for feed in self.feeds.feed}
        self._taken = _of_other_sources(home)
        self._maps: dict[str, StatementMap] = {}

    @cached_property
    def _of_key(self) -> dict[str, str]:
        return dict(Credential.objects.values_list("key", "feed"))

    @property
    def usual(self) -> str:
        """The feed of statements whose key names none: the only one there is, else USUAL."""
        return self.feeds.feed[0].name if len(self.feeds.feed) == 1 else USUAL

    def writer(self, authority: Mapping[str, Any]) -> str:
        """Who wrote statements with this authority: a key, a feed whose file they came in, "" for anyone else."""
        name = str((authority.get("account") or {}).get("name", ""))
        return name if name.startswith(FILE) or name in self._of_key else ""

    def feed_of(self, writer: str) -> str:
        """The feed of what a writer wrote."""
        named = writer.removeprefix(FILE) if writer.startswith(FILE) else self._of_key.get(writer, "")
        found = named or self.usual
        # The events of a feed of statements may be made anew as a whole, so no other source may share them.
        return f"{found}-{SOURCE}" if found in self._taken else found

    def map_of(self, name: str) -> StatementMap:
        """The feed's map; one that is not configured is read with the usual one."""
        if name not in self._maps:
            feed = self._by_name.get(name)
            self._maps[name] = statement_map(feed) if feed else StatementMap()
        return self._maps[name]

    def fingerprint(self, name: str) -> str:
        """What the reading of the feed's statements depends on, but for the classes that names stand for."""
        found = self.map_of(name)
        said: Sequence[object] = (
            found.places,
            sorted(found.classes.items()),
            found.pattern.pattern if found.pattern else "",
            sorted(found.verbs.items()),
            found.known,
            found.delay.total_seconds(),
        )
        return sha256(msgspec.json.encode(said)).hexdigest()


def file_authority(feed: str) -> Credential:
    """Who answers for statements that come in a file of a feed ("": of none in particular).

    A credential that is never saved.
    """
    return Credential(key=f"{FILE}{feed}", name=feed, scopes=["all"], feed=feed, created_at=clock.now())


def feed_named(feeds: Feeds, name: str) -> Feed:
    """The feed of statements of that name, which need not be configured."""
    for feed in feeds.feed:
        if feed.name == name:
            return feed
    return Feed(name=name, source=SOURCE)
