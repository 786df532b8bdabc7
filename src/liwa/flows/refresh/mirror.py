"""The records into the lake, as they are now."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from django.db import connection, models

from liwa.core.rows import RECORDS, Record
from liwa.flows.lakes import record_mirror, state
from liwa.flows.refresh import Phase, Run, step
from liwa.lake.mirror import schema_of, write_mirror
from liwa.records.intake import fields_of, model_of

BATCH = 20_000


@step("mirror", Phase.MIRROR)
def mirror(run: Run) -> None:
    """Write each table of records to the lake and accept the versions together."""
    root = run.home.lake(state().root)
    versions = {record.table: write_mirror(root, record.table, _reader(record)) for record in RECORDS}
    record_mirror(versions)


def _reader(record: type[Record]) -> pa.RecordBatchReader:
    """The active rows of one table as Arrow batches."""
    schema = schema_of(record.table)
    return pa.RecordBatchReader.from_batches(schema, _batches(record, schema))


def _batches(record: type[Record], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    model = model_of(record.table)
    names = [*fields_of(record), *(name for name in ("starts_on", "ends_on") if name in schema.names)]
    names = list(dict.fromkeys(names))
    rows = model._default_manager.filter(status="active").order_by("pk").values_list(*_attributes(model, names))
    batch: list[tuple[Any, ...]] = []
    for row in rows.iterator(chunk_size=BATCH):
        batch.append(row)
        if len(batch) == BATCH:
            yield _arrow(batch, schema)
            batch = []
    yield _arrow(batch, schema)


def _attributes(model: type[models.Model], names: list[str]) -> list[str]:
    return [model._meta.get_field(name).attname for name in names]


def _arrow(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(column, type=found.type) for column, found in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
