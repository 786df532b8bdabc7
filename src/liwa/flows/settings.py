"""How a load understood its input, kept with it so that a rebuild understands it the same way."""

import json
from pathlib import Path
from typing import Any

import msgspec

from liwa.core.feeds import Campus, Feed


class Understanding(msgspec.Struct, frozen=True):
    """What the reading of an input depends on."""

    feed: Feed
    campus: Campus


def settings_of(feed: Feed, campus: Campus) -> dict[str, Any]:
    """The understanding as JSON; the folder in which the file lay is left out."""
    known = Understanding(msgspec.structs.replace(feed, path=Path(feed.path.name)), campus)
    found: dict[str, Any] = json.loads(msgspec.json.encode(known, enc_hook=str))
    return found


def feed_and_campus(settings: dict[str, Any]) -> tuple[Feed, Campus]:
    """The way back from `settings_of`."""
    known = msgspec.convert(settings, Understanding, dec_hook=lambda kind, value: kind(value))
    return known.feed, known.campus
