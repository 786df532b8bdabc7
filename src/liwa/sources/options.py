"""A feed's `options`, read with the type they must have."""

from zoneinfo import ZoneInfo

from liwa.core.errors import ConfigError
from liwa.core.feeds import Campus, Feed


def _where(feed: Feed, name: str) -> str:
    return f"Feed {feed.name!r}: options.{name}"


def text_option(feed: Feed, name: str, default: str = "", allowed: tuple[str, ...] = ()) -> str:
    """A text, one of `allowed` where that is given. Raises ConfigError."""
    value = feed.options.get(name, default)
    if not isinstance(value, str):
        raise ConfigError(f"{_where(feed, name)} has to be text.")
    if allowed and value not in allowed:
        raise ConfigError(
            f"{_where(feed, name)} is {value!r}.", remedy=f"Use {' or '.join(map(repr, allowed))}."
        )
    return value


def whole_option(feed: Feed, name: str, default: int = 0, largest: int = 3660) -> int:
    """A whole number from 0 to `largest`. Raises ConfigError."""
    value = feed.options.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= largest:
        raise ConfigError(f"{_where(feed, name)} has to be a whole number from 0 to {largest}.")
    return value


def check_options(feed: Feed, *known: str) -> None:
    """Raises ConfigError for an option that means nothing to this source: a typing error would go unnoticed."""
    unknown = sorted(set(feed.options) - set(known))
    if unknown:
        raise ConfigError(
            f"{_where(feed, unknown[0])} means nothing to a feed of source {feed.source!r}.",
            remedy=f"It knows: {', '.join(known) or 'no options'}.",
        )


def zone_of(feed: Feed, campus: Campus) -> ZoneInfo:
    """The time zone in which the feed writes its days: its own, else the campus's."""
    return ZoneInfo(feed.time.timezone or campus.timezone)
