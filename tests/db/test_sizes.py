from django.db import connection

from liwa.db import sizes as module
from liwa.db.sizes import sizes
from tests.db.sample import TABLE, Sample


def test_tables_grow_with_what_is_in_them(shared_table: None) -> None:
    (empty,) = sizes(connection, {TABLE}).tables or []
    Sample.objects.bulk_create(Sample(key=f"{number:06}", text="x" * 500) for number in range(2_000))
    found = sizes(connection, {TABLE})
    (full,) = found.tables or []
    assert full.table == TABLE
    assert full.table_bytes - empty.table_bytes > 2_000 * 500
    assert full.index_bytes - empty.index_bytes > 2_000 * 6
    assert full.total == full.table_bytes + full.index_bytes <= found.total


def test_only_of_tables_that_are_asked_for(db: None) -> None:
    found = sizes(connection, {"records_org", "records_user"}).tables or []
    assert sorted(one.table for one in found) == ["records_org", "records_user"]


def test_a_large_file_is_not_looked_through(db: None, monkeypatch, engine: str) -> None:
    monkeypatch.setattr(module, "LOOKED_THROUGH", 0)
    found = sizes(connection, {"records_org"})
    assert found.total > found.free >= 0
    assert (found.tables is None) == (engine == "sqlite")
