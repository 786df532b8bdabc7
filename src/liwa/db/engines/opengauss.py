"""openGauss and GaussDB, by psycopg 3 and its pool."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zlib import crc32

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from liwa.db.engines import engines
from liwa.db.engines.postgresql import Postgresql
from liwa.db.libpq import libpq_settings
from liwa.db.statements import Statements

# The server ends a session that says nothing for ten minutes (session_timeout), also amid a transaction; a command may
# say nothing for longer, while it works on the lake or on another database. So ours have no end of that kind, and none
# is kept for its own sake.
_SESSION_TIMEOUT = 0
_POOL = {"pool_min": 0, "pool_max": 16, "pool_timeout": 10, "pool_idle": 60}
_STATEMENT_MS = 2000  # ample for what is said impatiently, where nobody is in the way


class Opengauss(Postgresql):
    """The engine of `opengauss://…` and `gaussdb://…`; `liwa.db.libpq` says what the URL takes."""

    backend = "liwa.db.opengauss"
    sql = Statements(Path(__file__).parent.parent / "stage.sql", Path(__file__).with_suffix(".sql"))

    def settings(self, url: str, home: Path) -> dict[str, Any]:
        settings = libpq_settings(url, self.backend, _POOL)
        settings["OPTIONS"]["session_timeout"] = _SESSION_TIMEOUT
        return settings

    @contextmanager
    def impatient(self, connection: BaseDatabaseWrapper, milliseconds: int) -> Iterator[None]:
        # What is timed is a statement as a whole, not its waiting alone.
        with super().impatient(connection, max(milliseconds, _STATEMENT_MS)):
            yield

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
