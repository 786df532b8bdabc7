"""The real sources read what the simulator writes, and refuse only what was planted."""

from collections.abc import Iterator

import duckdb

from liwa.core.feeds import read_feeds
from liwa.core.rows import BulkPart, Refusal
from liwa.simulate.dirt import Planted
from liwa.sources import sources
from tests.simulate.conftest import Made

# These only show when all files are seen together.
NEEDS_OTHERS = ("the user is not in users.csv", "the line item is not in lineItems.csv")


def refused(campus: Made) -> Iterator[tuple[str, int]]:
    feeds = read_feeds(campus.out / "feeds.toml")
    for feed in feeds.feed:
        for part in sources[feed.source](feed, feed.path, feeds.campus):
            file = f"sis.zip/{part.file}" if feed.name == "sis" else part.file
            if isinstance(part, BulkPart):
                with duckdb.connect() as connection:
                    part.prepare(connection)
                    lines = connection.execute("SELECT line FROM refused").fetchall()
                    yield from ((file, line) for (line,) in lines)
            else:
                yield from ((file, item.line) for item in part.lines() if isinstance(item, Refusal))


def planted(campus: Made) -> Iterator[Planted]:
    for item in campus.summary.planted_refusals:
        if item.refused and item.reason not in NEEDS_OTHERS:
            yield item


def test_only_planted_lines_are_refused(campus: Made) -> None:
    expected = {(item.file, line) for item in planted(campus) for line in item.lines}
    assert sorted(refused(campus)) == sorted(expected)
