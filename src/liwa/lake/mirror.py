"""The records as of each refresh: one Delta table each, overwritten whole; earlier versions stay for a while."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from deltalake import DeltaTable, WriterProperties, write_deltalake
from deltalake.exceptions import DeltaError

from liwa.lake import log
from liwa.lake.disk import sync
from liwa.lake.schema import MIRRORS, schema_of

ZSTD = WriterProperties(compression="ZSTD", compression_level=1)


def write_mirror(root: Path, table: str, rows: pa.RecordBatchReader | pa.Table) -> int:
    """Replace the mirrored table by `rows` and give the version to record, on the disk when this returns.

    `rows` have at least the columns of `schema_of(table)`, in any order, of types that cast to them without
    loss; others are left out. Raises KeyError for an unknown table or a missing column, pyarrow.ArrowInvalid
    for a value that does not fit, and whatever reading `rows` raises; the table is then as before.
    """
    stream = _Typed(rows, schema_of(table))
    folder = root / "mirror" / table
    folder.mkdir(parents=True, exist_ok=True)
    log.mend(folder, None)
    before = DeltaTable(folder).version() if log.exists(folder) else -1
    try:
        write_deltalake(
            folder,
            pa.RecordBatchReader.from_batches(stream.schema, stream.batches()),
            mode="overwrite",
            schema_mode="overwrite",
            writer_properties=ZSTD,
            commit_properties=log.ALONE,
            post_commithook_properties=log.NO_HOOKS,
        )
    except DeltaError as error:
        raise (stream.error or error) from None
    version: int = DeltaTable(folder).version()
    sync(file.path for file in log.live_files(folder, version))
    log.settle(folder, before)
    return version


class _Typed:
    """Rows batch by batch with exactly the columns of `schema`; keeps the error that Delta would wrap in text."""

    def __init__(self, rows: pa.RecordBatchReader | pa.Table, schema: pa.Schema) -> None:
        missing = [name for name in schema.names if name not in rows.schema.names]
        if missing:
            raise KeyError(f"columns that are missing: {', '.join(missing)}")
        self.schema = schema
        self.error: BaseException | None = None
        self._batches = rows.to_batches() if isinstance(rows, pa.Table) else rows

    def batches(self) -> Iterator[pa.RecordBatch]:
        try:
            for batch in self._batches:
                columns = [batch.column(field.name).cast(field.type) for field in self.schema]
                yield pa.RecordBatch.from_arrays(columns, schema=self.schema)
        except BaseException as error:
            self.error = error
            raise


def newest(root: Path) -> dict[str, int]:
    """The newest version of each table that was ever mirrored."""
    folders = {table: root / "mirror" / table for table in MIRRORS}
    return {table: DeltaTable(folder).version() for table, folder in folders.items() if log.exists(folder)}
