"""openGauss and GaussDB, by psycopg 3 and its pool."""

from pathlib import Path
from typing import Any
from zlib import crc32

from django.db.backends.utils import CursorWrapper

from liwa.db.engines import engines
from liwa.db.engines.postgresql import Postgresql
from liwa.db.libpq import libpq_settings
from liwa.db.statements import Statements

# The server ends a session that says nothing for ten minutes (session_timeout), so none is kept for its own sake.
_POOL = {"pool_min": 0, "pool_max": 16, "pool_timeout": 10, "pool_idle": 60}


class Opengauss(Postgresql):
    """The engine of `opengauss://…` and `gaussdb://…`; `liwa.db.libpq` says what the URL takes."""

    backend = "liwa.db.opengauss"
    sql = Statements(Path(__file__).parent.parent / "stage.sql", Path(__file__).with_suffix(".sql"))

    def settings(self, url: str, home: Path) -> dict[str, Any]:
        return libpq_settings(url, self.backend, _POOL)

    def upsert(self, cursor: CursorWrapper, names: dict[str, str]) -> tuple[int, int]:
        # No server before 6.0.2 tells what became of each row, so they are counted beforehand. One stage at a time
        # goes into a table; what else writes to it meanwhile is met by the upsert, and may be counted as the other.
        cursor.execute(self.sql("alone", names), [crc32(names["target"].encode())])
        cursor.execute(self.sql("count_changes", names))
        inserted, updated = cursor.fetchone()
        cursor.execute(self.sql("upsert" if names["assignments"] else "insert_new", names))
        return int(inserted), int(updated)


for _scheme in ("opengauss", "gaussdb"):
    engines.register(_scheme)(Opengauss())
