import json

from liwa.core.feeds import read_feeds
from liwa.sources.preview import preview
from tests.sources.golden import FIXTURES


def of(case: str, rows: int) -> list[dict[str, object]]:
    feeds = read_feeds(FIXTURES / "raw" / case / "feeds.toml")
    (feed,) = feeds.feed
    found = preview(feed, feed.path, feeds.campus, rows)
    json.dumps(found)
    return found


def test_records_and_events_of_the_first_lines() -> None:
    users = next(item for item in of("oneroster-1.2", 2) if item["file"] == "users.csv")
    assert (users["lines"], users["accepted"], users["refused"]) == (7, 4, 3)
    assert users["complete"] == ["user"]
    assert [row["id"] for row in users["rows"]] == ["s1", "s2"]  # type: ignore[attr-defined]
    assert users["rows"][0]["says"].startswith("metadata={'cohort': '2026'}, username=s1")  # type: ignore[index]
    assert [refusal["line"] for refusal in users["refusals"]] == [5, 8]  # type: ignore[attr-defined]


def test_bulk_file() -> None:
    (item,) = of("activity", 1)
    assert (item["lines"], item["accepted"], item["refused"]) == (12, 5, 7)
    (row,) = item["rows"]  # type: ignore[misc]
    assert row == {
        "line": 2,
        "what": "viewed",
        "id": "lms:anna",
        "says": "occurred_at=2026-10-24T22:30:00Z, known_at=2026-10-25T04:30:00Z, object=p1, "
        "object_type=resource, klass=ma1-a, amount=3.0, unit=click",
    }
