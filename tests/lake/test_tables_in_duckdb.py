"""Ibis, sqlglot and DuckDB at the locked versions understand one another."""

import ibis
import pyarrow as pa


def test_a_table_can_be_made_replaced_and_dropped() -> None:
    backend = ibis.duckdb.connect()
    rows = pa.table({"number": [1, 2]})
    backend.create_table("kept", rows)
    replaced = backend.create_table("kept", rows.slice(1), overwrite=True)
    assert replaced.to_pyarrow().to_pylist() == [{"number": 2}]
    backend.drop_table("kept")
    assert backend.list_tables() == []
