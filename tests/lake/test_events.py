import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st

from liwa.core.errors import Busy, LiwaError, Unavailable
from liwa.core.ids import event_id
from liwa.core.rows import EventRow, Refusal
from liwa.lake import log, staging
from liwa.lake.events import Lake
from liwa.lake.schema import EVENTS, PARTITIONS
from liwa.lake.staging import LINE_BITS
from tests.lake.made import START, data_files, event, ids, live, numbered, stored

KEYS = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=30)


def keyed(keys: list[str]) -> list[EventRow]:
    """One event for each key; equal keys are exact repeats, 9 days apart from the next letter."""
    return [event(key, day=9.0 * ord(key)) for key in keys]


def over_many_years() -> list[EventRow]:
    return [event(str(n), day=30.5 * n) for n in range(130)]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path / "a lake's folder")


def test_an_event_is_kept_as_it_was_given(lake: Lake) -> None:
    at = datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC)
    known = datetime(2026, 2, 3, tzinfo=UTC)
    row = EventRow("k", at, known, "card:07", "entered", "门", "building", None, 0.5, "item")
    appended = lake.append_rows("gate", [(2, row)], None)
    assert stored(lake.root, appended.version) == [
        {
            "event_id": event_id("gate", "k", 1),
            "occurred_at": at,
            "known_at": known,
            "user": "card:07",
            "verb": "entered",
            "object": "门",
            "object_type": "building",
            "klass": None,
            "amount": 0.5,
            "unit": "item",
            "source": "gate",
            "month": "2026-01",
        }
    ]


def test_months_are_those_of_utc(lake: Lake) -> None:
    campus = datetime.fromisoformat("2026-03-01T07:59:00+08:00")
    row = event("k", occurred_at=campus, known_at=campus)
    appended = lake.append_rows("lms", [(2, row)], None)
    assert appended.months == ("2026-02",)


def test_a_load_may_span_many_years(lake: Lake) -> None:
    appended = lake.append_rows("lms", numbered(over_many_years()), None)
    assert len(ids(lake.root, appended.version)) == 130
    assert (len(appended.months), appended.months[0], appended.months[-1]) == (130, "2026-01", "2036-10")


def test_exact_repeats_are_kept_and_numbered(lake: Lake) -> None:
    appended = lake.append_rows("lms", numbered([event("k"), event("k"), event("other"), event("k")]), None)
    expected = [event_id("lms", "k", n) for n in (1, 2, 3)] + [event_id("lms", "other", 1)]
    assert ids(lake.root, appended.version) == sorted(expected)
    assert (appended.events, appended.stored(0), appended.unchanged(0)) == (4, 4, 0)


@settings(max_examples=10, deadline=None)
@given(KEYS, st.integers(0, 30))
def test_growing_exports_add_only_what_is_new(keys: list[str], cut: int) -> None:
    with TemporaryDirectory() as folder:
        lake = Lake(Path(folder))
        first = lake.append_rows("lms", numbered(keyed(keys[:cut])), None)
        whole = lake.append_rows("lms", numbered(keyed(keys)), first.version)
        again = lake.append_rows("lms", numbered(keyed(keys)), whole.version)
        assert (whole.stored(0), whole.unchanged(0)) == (max(0, len(keys) - cut), min(cut, len(keys)))
        assert (again.version, again.events, again.unchanged(0)) == (whole.version, 0, len(keys))
        assert len(ids(lake.root, again.version)) == len(keys)


@settings(max_examples=10, deadline=None)
@given(KEYS, st.sets(st.sampled_from("abcdef")))
def test_any_split_by_key_gives_the_same_lake(keys: list[str], first_keys: set[str]) -> None:
    with TemporaryDirectory() as folder:
        whole, split = Lake(Path(folder) / "whole"), Lake(Path(folder) / "split")
        expected = whole.append_rows("lms", numbered(keyed(keys)), None)
        version = None
        for piece in (set("abcdef") - first_keys, first_keys):
            rows = numbered(event for event in keyed(keys) if event.natural_key in piece)
            version = split.append_rows("lms", rows, version).version
        assert stored(split.root, version) == stored(whole.root, expected.version)


def test_feeds_do_not_share_ids(lake: Lake) -> None:
    one = lake.append_rows("lms", numbered([event("k")]), None)
    two = lake.append_rows("library", numbered([event("k")]), one.version)
    assert two.events == 1
    assert {row["source"] for row in stored(lake.root, two.version)} == {"lms", "library"}


def test_parts_of_one_load_are_one_transaction_and_overlap_is_dropped(lake: Lake) -> None:
    with lake.writer("lms", None) as writer:
        writer.add_rows(0, numbered([event("a"), event("b")]))
        for line, found in numbered([event("b"), event("c")]):
            writer.add(1 << LINE_BITS | line, (found,))
        appended = writer.commit()
    assert len(ids(lake.root, appended.version)) == 3
    assert [(appended.stored(part), appended.unchanged(part)) for part in (0, 1)] == [(2, 0), (1, 1)]
    assert DeltaTable(lake.events).version() == 1


def test_a_line_counts_as_stored_when_one_of_its_events_is_new(lake: Lake) -> None:
    first = lake.append_rows("lms", [(2, event("submitted")), (3, event("other"))], None)
    rows = [(2, event("submitted")), (2, event("scored")), (3, event("other"))]
    second = lake.append_rows("lms", rows, first.version)
    assert (second.events, second.stored(0), second.unchanged(0)) == (1, 1, 1)


def test_refused_lines_leave_nothing_and_take_no_number(lake: Lake) -> None:
    with lake.writer("lms", None) as writer:
        writer.add_rows(0, numbered([event("k"), event("k"), event("other")]))
        appended = writer.commit(without={2, 4})
    assert ids(lake.root, appended.version) == [event_id("lms", "k", 1)]
    assert appended.stored(0) == 1


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Four lines: a click, its exact repeat, another click, and one that is refused."""
    connection.execute(
        "CREATE TEMP TABLE clicks AS SELECT * FROM (VALUES (2, 'k', 3), (3, 'k', 3), (4, 'l', 1)) t(line, k, n)"
    )
    connection.execute(
        "CREATE TEMP VIEW accepted AS SELECT line, k AS natural_key, TIMESTAMPTZ '2026-01-20 08:00:00Z'"
        " AS occurred_at, occurred_at AS known_at, 'u1' AS \"user\", 'viewed' AS verb, NULL AS object,"
        " NULL AS object_type, 'c1' AS klass, n AS amount, 'click' AS unit FROM clicks"
    )
    connection.execute(
        "CREATE TEMP TABLE refused AS SELECT 5::BIGINT AS line, 'date' AS field, 'x' AS \"value\","
        " 'not a number' AS reason"
    )


def test_a_table_is_the_same_as_its_rows(lake: Lake, tmp_path: Path) -> None:
    with lake.writer("lms", None) as writer:
        assert writer.add_table(0, prepare) == (3, [Refusal(5, "date", "x", "not a number")])
        assert writer.add_table(1, prepare) == (3, [Refusal(5, "date", "x", "not a number")])
        appended = writer.commit()
    assert (appended.stored(0), appended.stored(1), appended.unchanged(1)) == (3, 0, 3)
    rows = [event(key, amount=amount, unit="click") for key, amount in (("k", 3.0), ("k", 3.0), ("l", 1.0))]
    other = Lake(tmp_path / "other")
    assert stored(other.root, other.append_rows("lms", numbered(rows), None).version) == stored(
        lake.root, appended.version
    )


def test_append_takes_a_table(lake: Lake) -> None:
    appended = lake.append("lms", prepare, None)
    assert lake.append("lms", prepare, appended.version).unchanged(0) == 3


def test_what_was_known_before_it_happened_is_a_defect_of_the_source(lake: Lake) -> None:
    early = event("k", known_at=START - timedelta(seconds=1))
    with pytest.raises(duckdb.ConstraintException):
        lake.append_rows("lms", [(2, early)], None)
    assert not data_files(lake.root)


def test_nothing_new_is_no_commit(lake: Lake) -> None:
    assert lake.append_rows("lms", [], None).version is None
    assert not log.exists(lake.events)


def test_leaving_without_commit_leaves_nothing(lake: Lake) -> None:
    with lake.writer("lms", None) as writer:
        writer.add_rows(0, numbered([event("k")]))
    assert not [path for path in lake.root.rglob("*") if path.is_file()]


def test_what_the_database_does_not_know_is_rolled_back_again_and_again(lake: Lake) -> None:
    known = lake.append_rows("lms", numbered([event("a")]), None).version
    for _ in range(3):
        lake.append_rows("lms", numbered([event("b")]), known)
        lake.append_rows("library", numbered([event("b")]), known)
    assert ids(lake.root, known) == [event_id("lms", "a", 1)]
    after = lake.append_rows("lms", numbered([event("c")]), known)
    assert ids(lake.root, after.version) == sorted(event_id("lms", key, 1) for key in "ac")


def test_nothing_known_means_empty_whatever_there_is(lake: Lake) -> None:
    lake.append_rows("lms", numbered([event("a")]), None)
    after = lake.append_rows("lms", numbered([event("b")]), None)
    assert ids(lake.root, None) == []
    assert ids(lake.root, after.version) == [event_id("lms", "b", 1)]


def test_loads_that_change_nothing_do_not_grow_the_log(lake: Lake) -> None:
    known = lake.append_rows("lms", numbered([event("a")]), None).version
    orphan = lake.append_rows("lms", numbered([event("b")]), known).version
    for _ in range(3):
        assert lake.append_rows("lms", numbered([event("a")]), known).version == known
    assert DeltaTable(lake.events).version() == orphan


def test_a_version_that_is_not_there_is_said_plainly(lake: Lake) -> None:
    with pytest.raises(LiwaError, match="rebuild"):
        lake.append_rows("lms", numbered([event("a")]), 3)
    known = lake.append_rows("lms", numbered([event("a")]), None).version
    assert known is not None
    with pytest.raises(LiwaError, match="rebuild"):
        lake.append_rows("lms", numbered([event("a")]), known + 1)


def test_two_writers_cannot_both_commit(lake: Lake) -> None:
    known = lake.append_rows("lms", numbered([event("a")]), None).version
    stale = log.writable(lake.events, known, EVENTS, PARTITIONS)
    version = lake.append_rows("lms", numbered([event("b")]), known).version
    with pytest.raises(Busy):
        log.commit(lake.events, stale, [], {})
    assert len(ids(lake.root, version)) == 2


def test_what_a_dead_writer_left_is_removed(lake: Lake) -> None:
    known = lake.append_rows("lms", numbered([event("a")]), None).version
    (file,) = data_files(lake.root)
    (lake.root / ".work" / "dead").mkdir(parents=True)
    (lake.root / ".work" / "dead" / "spilled").write_bytes(b"x")
    file.with_name("dead.parquet").write_bytes(b"half a fi")
    log_folder = lake.events / "_delta_log"
    (log_folder / "_commit_1234.json.tmp").write_bytes(b"{")
    (log_folder / "00000000000000000002.json").write_bytes(b'{"commitInfo": {')
    (log_folder / "_last_checkpoint").write_bytes(b"")
    assert lake.append_rows("lms", numbered([event("a")]), known).version == known
    assert data_files(lake.root) == {file}
    assert sorted(path.name for path in log_folder.iterdir()) == [f"{n:020}.json" for n in (0, 1)]
    assert not list((lake.root / ".work").iterdir())


def test_a_committed_file_is_not_taken_for_a_leftover(lake: Lake) -> None:
    known = lake.append_rows("lms", numbered([event("a")]), None).version
    (file,) = data_files(lake.root)
    (lake.root / ".work" / file.stem).mkdir()
    lake.append_rows("lms", numbered([event("b")]), known)
    assert file in live(lake.root, known)
    assert file.exists()


def test_many_loads_stay_quick_to_open(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "CHECKPOINT_EVERY", 3)
    version = None
    for number in range(9):
        version = lake.append_rows("lms", numbered([event(str(number))]), version).version
    names = {path.name for path in (lake.events / "_delta_log").glob("*.checkpoint.parquet")}
    assert names == {f"{n:020}.checkpoint.parquet" for n in (3, 6)}
    assert len(ids(lake.root, version)) == 9
    assert len(ids(lake.root, 2)) == 2


def test_a_full_disk_is_said_plainly(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("liwa.lake.events.sync", full)
    with pytest.raises(Unavailable, match="No space left"):
        lake.append_rows("lms", numbered([event("a")]), None)
    monkeypatch.undo()
    assert not data_files(lake.root)
    assert lake.append_rows("lms", numbered([event("a")]), None).events == 1


def test_big_files_are_in_the_order_of_classes(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "ROW_GROUP", 10)
    rows = [event(str(n), user=f"u{n % 3}", day=n / 7, klass=f"c{n % 2}") for n in range(20)]
    (file,) = live(lake.root, lake.append_rows("lms", numbered(rows), None).version)
    order = pq.ParquetFile(file).read(["klass", "occurred_at"]).to_pylist()
    assert order == sorted(order, key=lambda row: tuple(row.values()))


def test_files_are_zstd_and_described(lake: Lake) -> None:
    rows = [event(str(n), user=f"u{n % 3}", day=n / 7, klass=f"c{n % 2}") for n in range(20)]
    appended = lake.append_rows("lms", numbered(rows), None)
    (file,) = live(lake.root, appended.version)
    metadata = pq.ParquetFile(file).metadata
    assert metadata.row_group(0).column(0).compression == "ZSTD"
    (action,) = [
        json.loads(line)["add"]
        for line in (lake.events / "_delta_log" / f"{1:020}.json").read_text().splitlines()
        if '"add"' in line
    ]
    stats = json.loads(action["stats"])
    assert stats["numRecords"] == 20
    assert stats["minValues"]["occurred_at"] == "2026-01-20T08:00:00.000Z"
    # Rounded up, never down, to whole milliseconds: a reader may skip a file by its statistics.
    assert stats["maxValues"]["occurred_at"] == "2026-01-23T01:08:34.286Z"


def test_everything_is_on_the_disk_when_commit_returns(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    monkeypatch.setattr("liwa.lake.disk._sync", synced.append)
    appended = lake.append_rows("lms", numbered([event("a"), event("b", day=30)]), None)
    entries = [lake.events / "_delta_log" / f"{n:020}.json" for n in (0, 1)]
    files = live(lake.root, appended.version)
    assert {*entries, *files} <= set(synced)
    assert {entries[0].parent, lake.events, lake.root, *(file.parent for file in files)} <= set(synced)
    assert max(map(synced.index, files)) < synced.index(entries[1]), "the log may not name what could be lost"
