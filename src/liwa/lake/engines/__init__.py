"""Where the lake's tables are computed: DuckDB on one machine, Spark on a cluster, the same Ibis expressions.

An engine reads Parquet files by their paths, which the Delta log gives, so that neither needs a plug-in.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from liwa.core.registry import Registry

Table = Any  # an ibis.expr.types.Table; Ibis publishes no types


class Engine(Protocol):
    """What the reader asks of an engine."""

    def read(self, name: str, files: Sequence[Path], schema: pa.Schema, root: Path) -> Table:
        """The rows of Parquet files below `root`, with just the columns of `schema`, as the table `name`.

        Partition columns come from the path (`source=lms/month=2026-09`) as text. No files are an empty table.
        """

    def keep(self, name: str, table: Table) -> Table:
        """The same rows, computed once and kept by the engine until it is closed."""

    def close(self) -> None:
        """Give back memory and temporary files."""


engines: Registry[Callable[[], Engine]] = Registry("engine", "liwa.lake.engines")
