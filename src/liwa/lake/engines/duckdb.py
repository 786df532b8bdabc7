"""DuckDB: the engine for one machine, with nothing to install or start."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp

import ibis
import pyarrow as pa

from liwa.lake.engines import Table, engines

MEMORY = "1GB"


class DuckDB:
    """An in-memory DuckDB that spills to a temporary folder beyond `memory`."""

    def __init__(self, memory: str = MEMORY) -> None:
        self._spill = Path(mkdtemp(prefix="liwa-"))
        self.backend = ibis.duckdb.connect(
            memory_limit=memory, temp_directory=str(self._spill), autoinstall_known_extensions=False
        )
        self.backend.raw_sql("SET TimeZone = 'UTC'")

    def read(self, name: str, files: Sequence[Path], schema: pa.Schema, root: Path) -> Table:
        if not files:
            return self.backend.create_table(name, schema=ibis.Schema.from_pyarrow(schema), temp=True)
        table = self.backend.read_parquet(
            [str(file) for file in files],
            table_name=name,
            hive_partitioning=any("=" in part for part in files[0].relative_to(root).parts),
            hive_types_autocast=False,
        )
        return table.select(*schema.names)

    def keep(self, name: str, table: Table) -> Table:
        return self.backend.create_table(name, table, temp=True)

    def close(self) -> None:
        self.backend.disconnect()
        shutil.rmtree(self._spill, ignore_errors=True)


@engines.register("duckdb")
def connect() -> DuckDB:
    """DuckDB in this process."""
    return DuckDB()
