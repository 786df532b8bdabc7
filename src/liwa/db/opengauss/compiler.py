"""From query to SQL: Django's compilers, with other words where the server has none of PostgreSQL's."""

from typing import Any

from django.db.backends.postgresql.compiler import SQLCompiler as PostgresqlCompiler
from django.db.models.constants import OnConflict
from django.db.models.sql import compiler

from . import conflicts
from .expressions import writer_of


class _Words:
    """Compiles a node by the writer we have for it, or as for PostgreSQL."""

    connection: Any

    def compile(self, node: Any) -> Any:
        writer = writer_of(node)
        written = writer(node, self, self.connection) if writer else None
        return written or super().compile(node)


class SQLCompiler(_Words, PostgresqlCompiler):
    """SELECT."""


class SQLInsertCompiler(_Words, compiler.SQLInsertCompiler):
    """INSERT, with plain VALUES: PostgreSQL's compiler unnests several arrays at once, which is not known here."""

    def as_sql(self, *arguments: Any, **named: Any) -> Any:
        if self.query.on_conflict == OnConflict.UPDATE:
            conflicts.check(self.query)
        return super().as_sql(*arguments, **named)

    def execute_sql(self, returning_fields: Any = None) -> Any:
        """Where an upsert returns nothing (before 6.0.2) or not every row, the keys of new objects stay unknown."""
        query, features = self.query, self.connection.features
        able = features.can_return_rows_from_upsert and conflicts.returns_every_row(query)
        if query.on_conflict is not None and not able:
            returning_fields = None
        return super().execute_sql(returning_fields)


class SQLUpdateCompiler(_Words, compiler.SQLUpdateCompiler):
    """UPDATE."""


class SQLDeleteCompiler(_Words, compiler.SQLDeleteCompiler):
    """DELETE."""


class SQLAggregateCompiler(_Words, compiler.SQLAggregateCompiler):
    """SELECT of aggregates over a subquery."""
