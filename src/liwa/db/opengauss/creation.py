"""Databases for tests."""

from typing import Any

from django.db.backends.postgresql import creation


class DatabaseCreation(creation.DatabaseCreation):
    """Test databases in PG mode, with the schema of the settings."""

    def _get_database_create_suffix(self, encoding: str | None = None, template: str | None = None) -> str:
        suffix = f"WITH DBCOMPATIBILITY 'PG' ENCODING '{encoding or 'UTF8'}'"
        return f"{suffix} TEMPLATE {self._quote_name(template)}" if template else suffix

    def _execute_create_test_db(self, cursor: Any, parameters: Any, keepdb: bool = False) -> None:
        super()._execute_create_test_db(cursor, parameters, keepdb)
        if not self.connection.schema:
            return
        # The owner of a database may write in no schema that is there, not even in public.
        settings = {**self.connection.settings_dict, "NAME": parameters["dbname"].strip('"')}
        other = type(self.connection)(settings, alias="__no_db__")
        try:
            with other.cursor() as inside:
                inside.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [self.connection.schema])
                if inside.fetchone() is None:
                    inside.execute(f'CREATE SCHEMA "{self.connection.schema}"')
        finally:
            other.close()
