from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liwa.core.rows import RECORDS, Klass, Outcome, Record
from liwa.lake import log
from liwa.lake.mirror import newest, write_mirror
from liwa.lake.reader import open_lake
from liwa.lake.schema import schema_of
from tests.lake.made import mirror_rows

KLASS = {
    "sourced_id": "c1",
    "status": "active",
    "date_last_modified": datetime(2026, 1, 1, tzinfo=UTC),
    "metadata": '{"liwa.room": "东1"}',
    "title": "Rivers",
    "terms": '["t1", "t2"]',
    "course": "k1",
    "starts_on": date(2026, 3, 1),
    "ends_on": date(2026, 7, 1),
}


def rows_of(root: Path, table: str, version: int) -> list[dict[str, Any]]:
    with open_lake(root, events_version=None, mirror_versions={table: version}) as tables:
        return getattr(tables, table).to_pyarrow().to_pylist()


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.table)
def test_a_mirrored_table_has_the_fields_of_its_row_type(record: type[Record]) -> None:
    names = schema_of(record.table).names
    added = ["starts_on", "ends_on"] if record is Klass else []
    assert sorted(names) == sorted([*record.__struct_fields__, *added])


def test_types_are_those_of_the_row_type() -> None:
    assert schema_of(Outcome.table).field("success").type == pa.bool_()
    assert schema_of(Outcome.table).field("known_at").type == pa.timestamp("us", tz="UTC")
    assert schema_of("enrollment").field("earlier_attempts").type == pa.int64()
    assert schema_of("enrollment").field("credits").type == pa.float64()
    assert schema_of("enrollment").field("end_date").type == pa.date32()
    assert schema_of("klass").field("terms").type == pa.string()


def test_rows_come_back_as_they_went(tmp_path: Path) -> None:
    version = write_mirror(tmp_path, "klass", mirror_rows("klass", KLASS))
    (found,) = rows_of(tmp_path, "klass", version)
    assert {name: value for name, value in found.items() if value is not None} == KLASS


def test_a_stream_in_another_order_with_more_columns_is_taken(tmp_path: Path) -> None:
    given_rows = mirror_rows("org", {"sourced_id": "a"}, {"sourced_id": "b"})
    turned = given_rows.select(given_rows.schema.names[::-1]).append_column("more", pa.array([1, 2]))
    version = write_mirror(tmp_path, "org", turned.to_reader(max_chunksize=1))
    assert sorted(row["sourced_id"] for row in rows_of(tmp_path, "org", version)) == ["a", "b"]


def test_a_missing_column_or_a_value_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        write_mirror(tmp_path, "org", pa.table({"sourced_id": ["a"]}))
    rows = mirror_rows("enrollment", {"sourced_id": "e"})
    place = rows.schema.get_field_index("credits")
    with pytest.raises(pa.ArrowInvalid):
        write_mirror(tmp_path, "enrollment", rows.set_column(place, "credits", pa.array(["many"])))
    assert newest(tmp_path) == {}


def test_an_error_of_the_database_passes_through(tmp_path: Path) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield from mirror_rows("org", {"sourced_id": "b"}).to_batches()
        raise TimeoutError("the database went away")

    version = write_mirror(tmp_path, "org", mirror_rows("org", {"sourced_id": "a"}))
    with pytest.raises(TimeoutError):
        write_mirror(tmp_path, "org", pa.RecordBatchReader.from_batches(schema_of("org"), broken()))
    assert newest(tmp_path) == {"org": version}


@given(st.sampled_from(["", "../org", "klasses"]))
def test_other_tables_are_not_known(name: str) -> None:
    with pytest.raises(KeyError):
        schema_of(name)


def test_an_empty_table_replaces_a_full_one(tmp_path: Path) -> None:
    write_mirror(tmp_path, "org", mirror_rows("org", {"sourced_id": "a"}))
    version = write_mirror(tmp_path, "org", mirror_rows("org"))
    assert rows_of(tmp_path, "org", version) == []
    assert newest(tmp_path) == {"org": version}
    assert log.live_files(tmp_path / "mirror" / "org", version) == []
