"""The records as of each refresh: one Delta table each, overwritten whole; earlier versions stay for a while."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, WriterProperties, write_deltalake

from liwa.lake import log
from liwa.lake.disk import sync
from liwa.lake.schema import MIRRORS, schema_of

ZSTD = WriterProperties(compression="ZSTD", compression_level=1)


def write_mirror(root: Path, table: str, rows: pa.RecordBatchReader | pa.Table) -> int:
    """Replace the mirrored table by `rows` and give the version to record, on the disk when this returns.

    `rows` have at least the columns of `schema_of(table)`, in any order, of types that cast to them without
    loss; others are left out. Raises KeyError for an unknown table or a missing column, pyarrow.ArrowInvalid
    for a value that does not fit.
    """
    schema = schema_of(table)
    folder = root / "mirror" / table
    folder.mkdir(parents=True, exist_ok=True)
    log.mend(folder, None)
    before = DeltaTable(folder).version() if log.exists(folder) else -1
    write_deltalake(
        folder,
        _typed(rows, schema),
        mode="overwrite",
        schema_mode="overwrite",
        writer_properties=ZSTD,
        commit_properties=log.ALONE,
        post_commithook_properties=log.NO_HOOKS,
    )
    table_now = DeltaTable(folder)
    version: int = table_now.version()
    sync(file.path for file in log.live_files(folder, version))
    log.settle(folder, before)
    return version


def _typed(rows: pa.RecordBatchReader | pa.Table, schema: pa.Schema) -> pa.RecordBatchReader:
    """The same rows, batch by batch, with exactly the columns and types of `schema`."""
    batches = rows.to_batches() if isinstance(rows, pa.Table) else rows

    def typed() -> Iterator[pa.RecordBatch]:
        for batch in batches:
            columns = [batch.column(field.name).cast(field.type) for field in schema]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, typed())


def newest(root: Path) -> dict[str, int]:
    """The newest version of each table that was ever mirrored."""
    folders = {table: root / "mirror" / table for table in MIRRORS}
    return {table: DeltaTable(folder).version() for table, folder in folders.items() if log.exists(folder)}
