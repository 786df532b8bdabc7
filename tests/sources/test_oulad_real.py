"""The published data set, where it is beside the checkout."""

import os
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from liwa.core.feeds import Campus, Feed
from liwa.core.rows import Accepted, BulkPart, Enrollment, EventRow, Outcome, Record
from liwa.sources import sources

ROOT = Path(os.environ.get("LIWA_REAL_DATA") or Path(__file__).parents[3] / "shared" / "data")
ARCHIVE = ROOT / "oulad" / "anonymisedData.zip"
CAMPUS = Campus(timezone="Europe/London")

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not ARCHIVE.exists(), reason=f"the OULAD is not at {ARCHIVE}"),
]


@pytest.fixture(scope="module")
def read() -> tuple[list[Record], list[EventRow], dict[str, int], BulkPart]:
    records: list[Record] = []
    events: list[EventRow] = []
    lines: dict[str, int] = {}
    clicks = None
    for part in sources["oulad"](Feed(name="oulad", source="oulad", path=ARCHIVE), ARCHIVE, CAMPUS):
        if isinstance(part, BulkPart):
            clicks = part
            continue
        lines[part.file] = 0
        for item in part.lines():
            assert isinstance(item, Accepted), item
            lines[part.file] += 1
            records += item.records
            events += item.events
    assert clicks is not None
    return records, events, lines, clicks


def test_every_line_is_taken(read: tuple[list[Record], list[EventRow], dict[str, int], BulkPart]) -> None:
    assert read[2] == {
        "courses.csv": 22,
        "assessments.csv": 206,
        "vle.csv": 6364,
        "studentInfo.csv": 32593,
        "studentRegistration.csv": 32593,
        "studentAssessment.csv": 173912,
    }


def test_rows(read: tuple[list[Record], list[EventRow], dict[str, int], BulkPart]) -> None:
    distinct = Counter(table for table, _ in {(record.table, record.sourced_id) for record in read[0]})
    assert distinct == {
        "org": 1,
        "academic_session": 4 + 22,
        "course": 7,
        "klass": 22,
        "line_item": 206,
        "resource": 6364,
        "user": 28785,
        "demographics": 28785,
        "enrollment": 32593,
        "outcome": 32593,
        "result": 173912,
    }


def test_events(read: tuple[list[Record], list[EventRow], dict[str, int], BulkPart]) -> None:
    assert Counter(event.verb for event in read[1]) == {
        "registered": 32593 - 45,
        "withdrew": 10072,
        "submitted": 172003,
        "scored": 173912 - 173 - 1909 + 1,
        "banked": 1909,
    }
    assert len({event.natural_key for event in read[1]}) == len(read[1])
    assert all(event.known_at >= event.occurred_at for event in read[1])


def test_outcomes(read: tuple[list[Record], list[EventRow], dict[str, int], BulkPart]) -> None:
    left = {record.sourced_id: record.end_date for record in read[0] if isinstance(record, Enrollment)}
    outcomes = [record for record in read[0] if isinstance(record, Outcome)]
    assert Counter(outcome.success for outcome in outcomes) == {True: 12361 + 3024, False: 7052 + 10156}
    assert (
        sum(outcome.value == "Withdrawn" and left[outcome.sourced_id] is None for outcome in outcomes) == 93
    )


def test_clicks(read: tuple[list[Record], list[EventRow], dict[str, int], BulkPart]) -> None:
    with duckdb.connect() as connection:
        read[3].prepare(connection)
        count = 'SELECT count(*), count(DISTINCT (klass, "user", object, occurred_at)), min(line), max(line) FROM accepted'
        assert connection.execute(count).fetchall() == [(1048575, 773216, 2, 1048576)]
        repeats = "SELECT count(*) - count(DISTINCT natural_key) FROM accepted"
        assert connection.execute(repeats).fetchall() == [(89529,)]
        assert connection.execute("SELECT count(*) FROM refused").fetchall() == [(0,)]
