"""The connection. ENGINE is the name of this package."""

import re
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import NotSupportedError
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from django.utils.functional import cached_property

from . import checks, logins, versions
from .creation import DatabaseCreation
from .features import DatabaseFeatures
from .introspection import DatabaseIntrospection
from .operations import DatabaseOperations
from .schema import DatabaseSchemaEditor

# What servers have said of themselves, so that no thread has to ask amid a transaction.
_SAID: dict[tuple[str, str, str], versions.Version] = {}
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's postgresql backend on openGauss or GaussDB, over psycopg 3.

    Two more of OPTIONS than there: `schema`, the schema that tables are made and looked for in, and `session_timeout`,
    the seconds after which the server ends a session that says nothing (0: never; left out: as the server is set).
    """

    display_name = "openGauss"
    # There are no identity columns.
    data_types = base.DatabaseWrapper.data_types | {
        "AutoField": "serial",
        "BigAutoField": "bigserial",
        "SmallAutoField": "smallserial",
    }
    data_types_suffix: dict[str, str] = {}
    # The number these servers give libpq; that of GaussDB would be read as a new PostgreSQL's.
    pg_version = 90204

    SchemaEditorClass = DatabaseSchemaEditor
    creation_class = DatabaseCreation
    features_class = DatabaseFeatures
    introspection_class = DatabaseIntrospection
    ops_class = DatabaseOperations
    validation_class = checks.DatabaseValidation

    @cached_property
    def opengauss_version(self) -> versions.Version:
        """What the server says it is. Raises NotSupportedError where it is neither openGauss nor GaussDB."""
        place = (self.alias, str(self.settings_dict["HOST"]), str(self.settings_dict["PORT"]))
        if place not in _SAID:
            with self.temporary_connection() as cursor:
                cursor.execute("SELECT version()")
                said = cursor.fetchone()[0]
            try:
                _SAID[place] = versions.parse(said)
            except ValueError as error:
                raise NotSupportedError(str(error)) from None
        return _SAID[place]

    def get_database_version(self) -> tuple[int, ...]:
        """As (6, 0, 2); GaussDB's own numbers are larger, as (505, 2, 0)."""
        return self.opengauss_version.numbers

    def check_database_version_supported(self) -> None:
        """Once in a process: refuse servers too old, of another mode or encoding.

        Raises NotSupportedError, which names the remedy.
        """
        super().check_database_version_supported()
        if self.alias == NO_DB_ALIAS:  # a look at the database `postgres`, which is in another mode
            return
        for problem in checks.problems(self, checks.REQUIRED):
            raise NotSupportedError(f"{problem.msg} {problem.hint}")

    def connect(self) -> None:
        """Connect; a server that is refused is not left connected."""
        try:
            super().connect()
        except NotSupportedError:
            self.close()
            raise

    @property
    def schema(self) -> str | None:
        """The schema of OPTIONS. Raises ImproperlyConfigured for a name that would need quotes."""
        name: str | None = self.settings_dict["OPTIONS"].get("schema")
        if name and not _SCHEMA.fullmatch(name):
            raise ImproperlyConfigured(
                f"OPTIONS['schema'] is {name!r}; use lower-case letters, digits and _, beginning with a letter."
            )
        return name

    def get_connection_params(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_connection_params()
        parameters.pop("schema", None)
        parameters.pop("session_timeout", None)
        if self.schema:
            path = f"-c search_path={self.schema}"
            parameters["options"] = f"{parameters.get('options') or ''} {path}".strip()
        return parameters

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; where the log-in cannot succeed, say what to ask the administrator for."""
        try:
            return super().get_new_connection(conn_params)
        except self.Database.OperationalError as error:
            reason = self._reason(error, conn_params)
            remedy = logins.advice(reason)
            if remedy is None:
                raise
            raise self.Database.OperationalError(f"{reason.strip()}\n{remedy}") from error

    def _configure_connection(self, connection: Any) -> bool:
        """What Django sets of a session as it begins, and the time-out of OPTIONS; whether that is to be committed."""
        changed = bool(super()._configure_connection(connection))
        seconds = self.settings_dict["OPTIONS"].get("session_timeout")
        if seconds is None:
            return changed
        connection.execute(f"SET session_timeout = {int(seconds)}")
        return True

    def _reason(self, error: Exception, conn_params: dict[str, Any]) -> str:
        """Why there is no connection. A pool says only that it waited in vain: where it failed, one is tried alone."""
        if not self.pool or not self.pool.get_stats().get("connections_errors"):
            return str(error)
        try:
            self.Database.connect(**conn_params).close()
        except self.Database.OperationalError as direct:
            return str(direct)
        return str(error)
