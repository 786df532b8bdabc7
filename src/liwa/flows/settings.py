"""How a load understood its input, kept with it so that a rebuild understands it the same way."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from liwa.core.feeds import Campus, Feed

# Sources whose files come as a bundle, a zip or a folder, and cannot be understood one at a time.
BUNDLES = frozenset({"oneroster", "oulad"})


class Understanding(msgspec.Struct, frozen=True):
    """What the reading of an input depends on.

    `only` has for some files the last line that was taken: the lines after it, and all other files, are there to
    be understood with it. Where it is empty everything was taken.
    """

    feed: Feed
    campus: Campus
    only: dict[str, int] = {}


def last_line(only: Mapping[str, int], file: str) -> int | None:
    """The last line of a file that is taken; None where all are. See `Understanding.only`."""
    return only.get(file, 0) if only else None


def settings_of(feed: Feed, campus: Campus, only: Mapping[str, int]) -> dict[str, Any]:
    """The understanding as JSON, without what makes no difference: where the file lay, when it was due, names."""
    known = Understanding(
        msgspec.structs.replace(feed, path=Path(feed.path.name), schedule=""),
        msgspec.structs.replace(campus, name=""),
        dict(only),
    )
    found: dict[str, Any] = json.loads(msgspec.json.encode(known, enc_hook=str))
    return found


def understood(settings: Mapping[str, Any]) -> Understanding:
    """The way back from `settings_of`."""
    return msgspec.convert(settings, Understanding, dec_hook=lambda kind, value: kind(value))
