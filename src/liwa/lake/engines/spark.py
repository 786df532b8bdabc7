"""Spark: the engine for when one machine is too small. Needs the extra `liwa[spark]` and a Java runtime."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from liwa.core.errors import ConfigError
from liwa.lake.engines import Table, engines

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    # Partition values are text: 2026-09 is a month, not a number.
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.sql.ansi.enabled": "false",
}


class Spark:
    """A Spark session, made with the cluster's own configuration where there is one."""

    def __init__(self, session: Any) -> None:
        for name, value in SETTINGS.items():
            session.conf.set(name, value)
        self._session = session
        self.backend = ibis.pyspark.connect(session)

    def read(self, name: str, files: Sequence[Path], schema: pa.Schema, root: Path) -> Table:
        if files:
            frame = self._session.read.option("basePath", str(root)).parquet(*map(str, files))
            frame = frame.select(*schema.names)
        else:
            frame = self._session.createDataFrame([], self._types(schema))
        frame.createOrReplaceTempView(name)
        return self._table(name)

    def _table(self, name: str) -> Table:
        """The view as Ibis sees it, but for its timestamps: to Spark they are instants, which Ibis does not know."""
        table = self.backend.table(name)
        instants = [column for column, kind in table.schema().items() if kind.is_timestamp()]
        return table.cast(dict.fromkeys(instants, "timestamp('UTC')"))

    def _types(self, schema: pa.Schema) -> Any:
        from ibis.backends.pyspark.datatypes import PySparkSchema

        return PySparkSchema.from_ibis(ibis.Schema.from_pyarrow(schema))

    def keep(self, name: str, table: Table) -> Table:
        self._session.sql(self.backend.compile(table)).cache().createOrReplaceTempView(name)
        return self._table(name)

    def close(self) -> None:
        self._session.catalog.clearCache()


@engines.register("spark")
def connect() -> Spark:
    """The session of this process, or a new one. Raises ConfigError where PySpark is not installed."""
    if find_spec("pyspark") is None:
        raise ConfigError("Spark is not installed.", remedy="Install the extra: pip install 'liwa[spark]'.")
    from pyspark.sql import SparkSession

    return Spark(SparkSession.builder.appName("liwa").getOrCreate())
