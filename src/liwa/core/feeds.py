"""`feeds.toml`: the campus and its feeds, typed and checked before anything is read."""

import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from liwa.core.errors import ConfigError

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
KIND = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
DERIVED = "derived"  # the feed of rows that Liwa works out itself; any feed may give them instead
DESK = "desk"  # the feed of rows that the data office makes on a page
OWN = (DERIVED, DESK)
PATHLESS = ("xapi",)  # sources whose rows come over the network, and in files only now and then
HELP = "docs/feeds.md explains every field."
SCHEDULE = re.compile(r"hourly|daily ([01]\d|2[0-3]):[0-5]\d|every [1-9]\d{0,4} minutes")


class Campus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The school as a whole. `as_of` is the day the files speak of; None is today."""

    name: str = "Campus"
    timezone: str = "Asia/Shanghai"
    simulated: bool = False
    as_of: date | None = None
    invented_names: bool = False

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class OutcomeRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How an outcome follows from a mark where no feed gives one.

    The line item of kind or title `final` decides; `pass_mark` is percent of its maximum.
    """

    final: str
    pass_mark: float = 60.0


class TimeFormat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a file writes instants: `format` as in strptime ('' is ISO 8601), in `timezone` ('' is the campus's)."""

    timezone: str = ""
    format: str = ""


class Feed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One configured source. `path` is absolute after `read_feeds`, or Path() for a feed that has none.

    `columns` maps our word to the file's column, `fixed` gives constants, `verbs` maps the file's words to ours. An
    option whose name ends in `_file` is a path too.
    """

    name: str
    source: str
    path: Path = Path()
    identity: str = "sourcedId"
    schedule: str = ""
    columns: dict[str, str] = {}
    fixed: dict[str, str] = {}
    verbs: dict[str, str] = {}
    time: TimeFormat = TimeFormat()
    options: dict[str, Any] = {}


class Feeds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole feeds.toml."""

    campus: Campus = Campus()
    outcome: OutcomeRule | None = None
    feed: tuple[Feed, ...] = ()

    def named(self, name: str) -> Feed:
        for feed in self.feed:
            if feed.name == name:
                return feed
        known = ", ".join(feed.name for feed in self.feed) or "none"
        raise ConfigError(f"No feed is called {name!r}.", remedy=f"Configured feeds: {known}.")


def read_feeds(path: Path) -> Feeds:
    """The feeds configured in `path`; paths inside are relative to the file.

    Raises ConfigError naming the entry and the field that is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(f"There is no {path}.", remedy="`liwa init` writes one to start from.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}.") from None
    try:
        feeds = msgspec.convert(raw, Feeds, strict=True, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_plain(str(error), raw)}.", remedy=HELP) from None
    _check_zone(feeds.campus.timezone, f"{path}: [campus] timezone")
    if feeds.outcome and not 0 <= feeds.outcome.pass_mark <= 100:
        raise ConfigError(f"{path}: [outcome] pass_mark is not a percentage.", remedy=HELP)
    checked = tuple(_checked(feed, path) for feed in feeds.feed)
    _check_unique(checked, path)
    return msgspec.structs.replace(feeds, feed=checked)


def _plain(message: str, raw: dict[str, Any]) -> str:
    """What msgspec says, with the place in our words: "Expected `str`, got `int` - at `$.feed[0].path`"."""
    said, _, place = message.partition(" - at `$")
    place = place.strip("`.")
    found = re.match(r"feed\[(\d+)\]\.?", place)
    if found:
        number = int(found[1])
        name = raw["feed"][number].get("name") if isinstance(raw["feed"][number], dict) else None
        entry = f"feed {name!r}" if isinstance(name, str) else f"feed number {number + 1}"
        place = f"{entry} {place[found.end() :]}".strip()
    return f"{place}: {said}" if place else said


def _decode(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError(f"Expected a text, got {value!r}")  # msgspec adds the place


def _check_zone(name: str, where: str) -> None:
    if name not in available_timezones():
        raise ConfigError(
            f"{where}: {name!r} is not a time zone.", remedy="Use a name such as Asia/Shanghai."
        )


def _checked(feed: Feed, path: Path) -> Feed:
    where = f"{path}: feed {feed.name!r}"
    if not NAME.fullmatch(feed.name):
        raise ConfigError(f"{where}: a name has 1 to 40 of a-z, 0-9 and '-'.")
    if feed.name in OWN:
        raise ConfigError(f"{where}: that name is Liwa's own.", remedy="Choose another name.")
    if feed.path == Path() and feed.source not in PATHLESS:
        raise ConfigError(f"{where}: path is missing.", remedy=HELP)
    if feed.schedule and not SCHEDULE.fullmatch(feed.schedule):
        raise ConfigError(
            f"{where}: schedule {feed.schedule!r} is not understood.",
            remedy="Use 'hourly', 'daily 02:00' or 'every 15 minutes'.",
        )
    if not KIND.fullmatch(feed.identity):
        raise ConfigError(f"{where}: identity {feed.identity!r} has other signs than letters, digits, _ . -")
    if feed.time.timezone:
        _check_zone(feed.time.timezone, f"{where}: [feed.time] timezone")
    options = {
        name: str(_absolute(path, Path(value)))
        if name.endswith("_file") and isinstance(value, str)
        else value
        for name, value in feed.options.items()
    }
    where_it_is = feed.path if feed.path == Path() else _absolute(path, feed.path)
    return msgspec.structs.replace(feed, path=where_it_is, options=options)


def _absolute(path: Path, named: Path) -> Path:
    """A path written in the file at `path`."""
    return (path.parent / named.expanduser()).resolve()


def _check_unique(feeds: tuple[Feed, ...], path: Path) -> None:
    names = [feed.name for feed in feeds]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ConfigError(f"{path}: two feeds are called {', '.join(sorted(twice))}.")
