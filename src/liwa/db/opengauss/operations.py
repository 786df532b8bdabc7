"""The SQL of single clauses and statements."""

from collections.abc import Iterable
from typing import Any

from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.backends.postgresql import operations

from . import conflicts


class DatabaseOperations(operations.DatabaseOperations):
    """What differs from PostgreSQL."""

    compiler_module = f"{__package__}.compiler"
    # The words of EXPLAIN in the 9.2 line.
    explain_options = frozenset(["ANALYZE", "BUFFERS", "COSTS", "TIMING", "VERBOSE"])

    def on_conflict_suffix_sql(
        self, fields: Any, on_conflict: Any, update_fields: Iterable[str], unique_fields: Iterable[str]
    ) -> str:
        quoted = [
            [self.quote_name(column) for column in columns] for columns in (update_fields, unique_fields)
        ]
        return conflicts.suffix(on_conflict, *quoted)

    def prepare_join_on_clause(self, lhs_table: Any, lhs_field: Any, rhs_table: Any, rhs_field: Any) -> Any:
        """No cast between a serial key and the integers that refer to it: their columns are of one type."""
        same = lhs_field.cast_db_type(self.connection) == rhs_field.cast_db_type(self.connection)
        plain = BaseDatabaseOperations if same else operations.DatabaseOperations
        return plain.prepare_join_on_clause(self, lhs_table, lhs_field, rhs_table, rhs_field)

    def sql_flush(
        self, style: Any, tables: Any, *, reset_sequences: bool = False, allow_cascade: bool = False
    ) -> list[str]:
        """TRUNCATE, then setval: there is no RESTART IDENTITY."""
        flush = super().sql_flush(style, tables, reset_sequences=False, allow_cascade=allow_cascade)
        if not reset_sequences or not tables:
            return flush
        with self.connection.cursor() as cursor:
            sequences = [
                sequence
                for table in tables
                for sequence in self.connection.introspection.get_sequences(cursor, table)
            ]
        return flush + self.sequence_reset_by_name_sql(style, sequences)

    # EXTRACT gives a double here, numeric on PostgreSQL: a year is to be 2026, not 2026.0, also in text and JSON.

    def date_extract_sql(self, lookup_type: str, sql: str, params: Any) -> Any:
        return _numeric(super().date_extract_sql(lookup_type, sql, params))

    def datetime_extract_sql(self, lookup_type: str, sql: str, params: Any, tzname: str | None) -> Any:
        if lookup_type != "second":
            return super().datetime_extract_sql(lookup_type, sql, params, tzname)
        return _numeric(super().datetime_extract_sql(lookup_type, sql, params, tzname))

    def time_extract_sql(self, lookup_type: str, sql: str, params: Any) -> Any:
        if lookup_type != "second":
            return super().time_extract_sql(lookup_type, sql, params)
        return _numeric(super().time_extract_sql(lookup_type, sql, params))


def _numeric(compiled: Any) -> tuple[str, Any]:
    sql, params = compiled
    return f"({sql})::numeric", params
