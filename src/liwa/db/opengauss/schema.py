"""DDL."""

from typing import Any

from django.db import NotSupportedError
from django.db.backends.postgresql import schema
from django.db.backends.utils import strip_quotes

# What a column of an automatic key is of: serial is a word of CREATE alone.
_COLUMN_TYPES = {"serial": "integer", "bigserial": "bigint", "smallserial": "smallint"}
_AUTOMATIC = {"AutoField", "BigAutoField", "SmallAutoField"}


class DatabaseSchemaEditor(schema.DatabaseSchemaEditor):
    """Serial keys with sequences of their own, for want of identity columns."""

    # A serial key that becomes an ordinary column loses its default; its sequence is dropped after it.
    sql_drop_indentity = "ALTER TABLE %(table)s ALTER COLUMN %(column)s DROP DEFAULT"
    # Sequences count in bigint whatever their column; there is no ALTER SEQUENCE … AS.
    sql_alter_sequence_type = "ALTER SEQUENCE IF EXISTS %(sequence)s NO MAXVALUE"
    sql_create_sequence = "CREATE SEQUENCE %(sequence)s"
    sql_set_default_of_sequence = (
        "ALTER TABLE %(table)s ALTER COLUMN %(column)s SET DEFAULT nextval('%(sequence)s'::regclass)"
    )
    sql_own_sequence = "ALTER SEQUENCE %(sequence)s OWNED BY %(table)s.%(column)s"
    sql_set_sequence = (
        "SELECT setval('%(sequence)s'::regclass, coalesce(max(%(column)s), 1), "
        "(max(%(column)s)) IS NOT NULL) FROM %(table)s"
    )

    def _alter_column_type_sql(
        self,
        model: Any,
        old_field: Any,
        new_field: Any,
        new_type: str,
        old_collation: Any,
        new_collation: Any,
    ) -> Any:
        new_type = _COLUMN_TYPES.get(new_type, new_type)
        fragment, others = super()._alter_column_type_sql(
            model, old_field, new_field, new_type, old_collation, new_collation
        )
        becomes_automatic = new_field.get_internal_type() in _AUTOMATIC
        if becomes_automatic and old_field.get_internal_type() not in _AUTOMATIC:
            others = self._count_from_a_sequence(model, new_field)
        return fragment, others

    def _count_from_a_sequence(self, model: Any, field: Any) -> list[tuple[str, list[Any]]]:
        """What makes an integer column count on by itself from its largest value."""
        table, column = strip_quotes(model._meta.db_table), strip_quotes(field.column)
        names = {
            "table": self.quote_name(table),
            "column": self.quote_name(column),
            "sequence": self.quote_name(self._create_index_name(table, [column], suffix="_seq")),
        }
        statements = [
            self.sql_create_sequence,
            self.sql_set_default_of_sequence,
            self.sql_own_sequence,
            self.sql_set_sequence,
        ]
        return [(statement % names, []) for statement in statements]

    def _create_index_sql(self, model: Any, *, using: str = "", **named: Any) -> Any:
        if "brin" in using.lower().split():
            raise NotSupportedError("openGauss has no BRIN indexes. Use a B-tree, or partition the table.")
        return super()._create_index_sql(model, using=using, **named)

    def _is_collation_deterministic(self, collation_name: str) -> bool:
        """Every collation is: the catalogue knows no others."""
        return True
