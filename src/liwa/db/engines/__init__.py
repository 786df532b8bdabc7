"""One file per database engine: how its URL is read and the few statements that differ.

An engine is a module of this folder that registers an `Engine` under the schemes of its URLs, with a `.sql`
file of the same name beside it; nothing else has to know of it.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import Any, ClassVar

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from liwa.core.errors import ConfigError
from liwa.core.registry import Registry
from liwa.db.statements import Statements

Row = tuple[Any, ...]


class Engine(ABC):
    """What Liwa has to know of a database beyond what Django knows."""

    backend: ClassVar[str]  # Django's name of it, as in DATABASES["default"]["ENGINE"]
    is_remote: ClassVar[bool] = True  # whether there is a line that may be cut
    sql: Statements

    @abstractmethod
    def settings(self, url: str, home: Path) -> dict[str, Any]:
        """Django's settings for `url`. Raises ConfigError, which never shows the URL: it may hold a password."""

    def day(self, day: date) -> Any:
        """What the driver is given of a date."""
        return day

    def instant(self, at: datetime) -> Any:
        """What the driver is given of an instant, which is in UTC."""
        return at

    @abstractmethod
    def fill(
        self, connection: BaseDatabaseWrapper, table: str, columns: str, values: Sequence[Sequence[Any]]
    ) -> None:
        """Append rows to the temporary table, given as the values of each column.

        `table` and `columns` (comma-separated) are quoted already.
        """

    @abstractmethod
    def delete_lines(self, connection: BaseDatabaseWrapper, table: str, lines: Sequence[int]) -> None:
        """Delete the rows of the temporary table with these line numbers."""

    @abstractmethod
    def upsert(self, cursor: CursorWrapper, names: dict[str, str]) -> tuple[int, int]:
        """Bring the stage into its target; returns rows inserted and rows updated. Runs in a transaction.

        `names` fills the places of the statement, as `Stage` makes them.
        """

    @abstractmethod
    def impatient(self, connection: BaseDatabaseWrapper, milliseconds: int) -> AbstractContextManager[None]:
        """Within is a transaction that waits for others' locks only so long, and then fails."""


engines = Registry[Engine]("kind of database", "liwa.db.engines")


def engine_of(connection: BaseDatabaseWrapper) -> Engine:
    """The engine behind a Django connection."""
    backend = connection.settings_dict["ENGINE"]
    for _, engine in engines.items():
        if engine.backend == backend:
            return engine
    raise ConfigError(f"Liwa does not know the database backend {backend}.")
