from collections.abc import Iterator
from pathlib import Path

import pytest

from liwa.core.errors import LiwaError
from liwa.core.rows import RECORDS
from liwa.lake.events import Lake
from liwa.lake.mirror import write_mirror
from liwa.lake.reader import Tables, open_lake
from liwa.lake.schema import EVENTS, schema_of
from tests.lake.made import event, mirror_rows, numbered

USERS = [{"sourced_id": "u1"}, {"sourced_id": "u2"}, {"sourced_id": "card:9"}]
IDENTITIES = [
    {"sourced_id": "card:1", "user": "u1"},
    {"sourced_id": "card:2", "user": "gone"},
    {"sourced_id": "card:9", "user": "u2"},
]
SEEN = ["u1", "card:1", "u2", "card:2", "card:3", "card:9"]


@pytest.fixture(params=[False, True], ids=["as needed", "kept"])
def tables(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Tables]:
    lake = Lake(tmp_path)
    rows = [event(f"k{n}", user=user, day=40.0 * n) for n, user in enumerate(SEEN)]
    version = lake.append_rows("gate", numbered(rows), None).version
    write_mirror(tmp_path, "user", mirror_rows("user", *USERS))
    write_mirror(tmp_path, "identity", mirror_rows("identity", *IDENTITIES))
    with open_lake(tmp_path, events_version=version, keep_events=request.param) as opened:
        yield opened


def users(table: object) -> list[str]:
    return sorted(table.select("user").to_pyarrow()["user"].to_pylist())  # type: ignore[attr-defined]


def test_users_are_named_by_their_sourced_id(tables: Tables) -> None:
    assert users(tables.events) == ["card:9", "u1", "u1", "u2"]


def test_events_of_nobody_we_know_wait(tables: Tables) -> None:
    assert users(tables.unmatched) == ["card:2", "card:3"]
    assert users(tables.raw_events) == sorted(SEEN)


def test_the_columns_are_those_agreed(tables: Tables) -> None:
    for table in (tables.events, tables.raw_events, tables.unmatched):
        assert table.schema().to_pyarrow() == EVENTS
        assert table.to_pyarrow().schema == EVENTS


def test_every_record_table_is_there_with_its_columns(tables: Tables) -> None:
    for record in RECORDS:
        assert getattr(tables, record.table).to_pyarrow().schema == schema_of(record.table)


def test_an_empty_lake_has_all_tables(tmp_path: Path) -> None:
    with open_lake(tmp_path, events_version=None, mirror_versions={}) as tables:
        assert tables.events.count().to_pyarrow().as_py() == 0
        assert tables.klass.count().to_pyarrow().as_py() == 0


def test_each_state_stays_readable(tmp_path: Path) -> None:
    versions = [write_mirror(tmp_path, "org", mirror_rows("org", {"sourced_id": name})) for name in "ab"]
    for version, name in zip(versions, "ab", strict=True):
        with open_lake(tmp_path, events_version=None, mirror_versions={"org": version}) as tables:
            assert tables.org.sourced_id.to_pyarrow().to_pylist() == [name]


def test_a_mirror_that_is_not_recorded_is_empty(tmp_path: Path) -> None:
    write_mirror(tmp_path, "org", mirror_rows("org", {"sourced_id": "a"}))
    with open_lake(tmp_path, events_version=None, mirror_versions={}) as tables:
        assert tables.org.count().to_pyarrow().as_py() == 0


def test_a_lost_version_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(LiwaError, match="rebuild"):
        open_lake(tmp_path, events_version=4)
