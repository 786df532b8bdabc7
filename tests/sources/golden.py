"""Raw files as the sources understand them, to compare with what is expected.

`python -m tests.sources.golden` writes the expectations anew; read the difference before committing it.
"""

import json
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from liwa.core.feeds import read_feeds
from liwa.core.rows import Accepted, BulkPart, Part, Refusal
from liwa.sources import sources
from liwa.sources.preview import first_events, first_refusals

FIXTURES = Path(__file__).parent.parent / "fixtures"
CASES = sorted(path.name for path in (FIXTURES / "raw").iterdir() if (path / "feeds.toml").exists())


def expected_file(case: str) -> Path:
    return FIXTURES / "expected" / f"{case}.json"


def understood(case: str) -> list[dict[str, Any]]:
    """Every part of the case's one feed with all its lines, as plain JSON; default values are left out."""
    feeds = read_feeds(FIXTURES / "raw" / case / "feeds.toml")
    (feed,) = feeds.feed
    parts = sources[feed.source](feed, feed.path, feeds.campus)
    return [_lines(part) if isinstance(part, Part) else _bulk(part) for part in parts]


def _lines(part: Part) -> dict[str, Any]:
    lines = [_line(item) if isinstance(item, Accepted) else _refused(item) for item in part.lines()]
    return {"file": part.file, "complete": list(part.complete), "repeats": part.repeats, "lines": lines}


def _bulk(part: BulkPart) -> dict[str, Any]:
    with duckdb.connect() as connection:
        part.prepare(connection)
        lines = [{"line": line, "events": [_said(event)]} for line, event in first_events(connection, 1000)]
        lines += [_refused(refusal) for refusal in first_refusals(connection, 1000)]
    return {"file": part.file, "bulk": True, "lines": sorted(lines, key=lambda line: line["line"])}


def _refused(item: Refusal) -> dict[str, Any]:
    return {"line": item.line, "refused": _said(item)}


def _line(item: Accepted) -> dict[str, Any]:
    records = [{"table": record.table, **_said(record)} for record in item.records]
    return {"line": item.line, "records": records, "events": [_said(event) for event in item.events]}


def _said(row: msgspec.Struct) -> dict[str, Any]:
    found = msgspec.to_builtins(row)
    defaults = {field.name: field.default for field in msgspec.structs.fields(row)}
    return {
        name: value
        for name, value in found.items()
        if value not in (None, [], {}) and value != defaults[name]
    }


def as_text(found: list[dict[str, Any]]) -> str:
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for name in CASES:
        expected_file(name).write_text(as_text(understood(name)), encoding="utf-8")
