"""The records into the lake, as they are now."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pyarrow as pa
from django.db import models
from django.db.models.functions import Cast

from liwa.core.rows import RECORDS, Record
from liwa.db.retrying import retrying
from liwa.flows.lakes import is_mirrored, record_mirror, state
from liwa.flows.refresh import Phase, Run, step
from liwa.lake.mirror import write_mirror
from liwa.lake.schema import schema_of
from liwa.records.intake import model_of

BATCH = 20_000


@step("mirror", Phase.MIRROR)
def mirror(run: Run) -> None:
    """Write each table of records that has changed since to the lake, and accept the versions together."""
    known = state()
    root = run.home.lake(known.root)
    stale = [record for record in RECORDS if not is_mirrored(known, record.table)]
    versions = {record.table: write_table(run.home.root, root, record) for record in stale}
    retrying(record_mirror, versions, known.changes)


def write_table(home: Path, root: Path, record: type[Record]) -> int:
    """Mirror one table; gives the version to record.

    Delta asks for the rows from a thread of its own, which would open a connection of its own: so they are all
    read first, into a file that has no name and goes with the process.
    """
    schema = schema_of(record.table)
    with TemporaryFile(dir=home) as spool:
        with pa.ipc.new_stream(spool, schema) as writer:
            for batch in _batches(record, schema):
                writer.write_batch(batch)
        spool.seek(0)
        return write_mirror(root, record.table, pa.ipc.open_stream(spool))


def _batches(record: type[Record], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    model = model_of(record.table)
    fields = _fields(model)
    columns = [_as_text(fields[name]) for name in schema.names]
    rows = model._default_manager.filter(status="active").order_by("pk").values_list(*columns)
    batch: list[tuple[Any, ...]] = []
    for row in rows.iterator(chunk_size=BATCH):
        batch.append(row)
        if len(batch) == BATCH:
            yield _arrow(batch, schema)
            batch = []
    yield _arrow(batch, schema)


def _fields(model: type[models.Model]) -> "dict[str, models.Field[Any, Any]]":
    """The model's fields by the names of the mirror's columns."""
    found = model._meta.concrete_fields
    return {name: field for field in found for name in (str(field.column), field.name)}


def _as_text(field: "models.Field[Any, Any]") -> str | Cast:
    """The field for a query; lists and metadata, JSON text in the lake as in the database, are not parsed."""
    return Cast(field.attname, models.TextField()) if isinstance(field, models.JSONField) else field.attname


def _arrow(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(column, type=found.type) for column, found in zip(columns, schema, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
