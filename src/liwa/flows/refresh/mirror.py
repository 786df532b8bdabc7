"""The records into the lake, as they are now."""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
from django.db import models

from liwa.core.rows import RECORDS, Record
from liwa.flows.lakes import record_mirror, state
from liwa.flows.refresh import Phase, Run, step
from liwa.lake.mirror import schema_of, write_mirror
from liwa.records.intake import model_of

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
    attributes = [_attribute(model, name) for name in schema.names]
    rows = model._default_manager.filter(status="active").order_by("pk").values_list(*attributes)
    batch: list[tuple[Any, ...]] = []
    for row in rows.iterator(chunk_size=BATCH):
        batch.append(row)
        if len(batch) == BATCH:
            yield _arrow(batch, schema)
            batch = []
    yield _arrow(batch, schema)


def _attribute(model: type[models.Model], name: str) -> str:
    """The model's attribute for a column of the mirror."""
    known = {
        column: found.attname
        for found in model._meta.concrete_fields
        for column in (found.column, found.name)
    }
    return known[name]


def _arrow(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [
        pa.array(map(_text, column) if pa.types.is_string(found.type) else column, type=found.type)
        for column, found in zip(columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _text(value: Any) -> Any:
    """Lists and metadata are JSON text in the lake."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value
