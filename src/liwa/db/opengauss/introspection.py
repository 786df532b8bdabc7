"""What is in the database, from catalogues of the 9.2 line: no attidentity, relispartition or WITH ORDINALITY."""

from typing import Any

from django.db.backends.postgresql import introspection
from django.db.models import Index

# Options a table or index has of itself.
_DEFAULT_OPTIONS = {"orientation=row", "compression=no", "storage_type=astore", "storage_type=ustore"}
# ubtree is the B-tree of tables whose storage is ustore.
_BTREES = ("btree", "ubtree")

_TABLES = """
SELECT c.relname, CASE WHEN c.relkind IN ('m', 'v') THEN 'v' ELSE 't' END, obj_description(c.oid, 'pg_class')
FROM pg_catalog.pg_class c
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v')
  AND n.nspname NOT IN ('pg_catalog', 'pg_toast')
  AND pg_catalog.pg_table_is_visible(c.oid)
"""
_COLUMNS = """
SELECT a.attname,
       NOT (a.attnotnull OR (t.typtype = 'd' AND t.typnotnull)),
       pg_get_expr(d.adbin, d.adrelid),
       CASE WHEN co.collname = 'default' THEN NULL ELSE co.collname END,
       coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%%', false),
       col_description(a.attrelid, a.attnum)
FROM pg_attribute a
LEFT JOIN pg_attrdef d ON a.attrelid = d.adrelid AND a.attnum = d.adnum
LEFT JOIN pg_collation co ON a.attcollation = co.oid
JOIN pg_type t ON a.atttypid = t.oid
JOIN pg_class c ON a.attrelid = c.oid
WHERE c.relkind IN ('f', 'm', 'p', 'r', 'v')
  AND a.attnum > 0 AND NOT a.attisdropped
  AND c.relname = %s AND pg_catalog.pg_table_is_visible(c.oid)
"""
_NUMBERED = """
SELECT a.attnum, a.attname
FROM pg_attribute a JOIN pg_class c ON a.attrelid = c.oid
WHERE c.relname = %s AND a.attnum > 0 AND pg_catalog.pg_table_is_visible(c.oid)
"""
_CONSTRAINTS = """
SELECT c.conname, c.conkey, c.contype,
       (SELECT fkc.relname || '.' || fka.attname
        FROM pg_attribute fka JOIN pg_class fkc ON fka.attrelid = fkc.oid
        WHERE fka.attrelid = c.confrelid AND fka.attnum = c.confkey[1]),
       cl.reloptions
FROM pg_constraint c JOIN pg_class cl ON c.conrelid = cl.oid
WHERE cl.relname = %s AND pg_catalog.pg_table_is_visible(cl.oid)
"""
_INDEXES = """
SELECT c2.relname, i.indkey::text, i.indoption::text, i.indisunique, i.indisprimary, am.amname,
       CASE WHEN i.indexprs IS NOT NULL THEN pg_get_indexdef(i.indexrelid) END, c2.reloptions
FROM pg_index i
JOIN pg_class c ON i.indrelid = c.oid
JOIN pg_class c2 ON i.indexrelid = c2.oid
JOIN pg_am am ON c2.relam = am.oid
WHERE c.relname = %s AND pg_catalog.pg_table_is_visible(c.oid)
"""


class DatabaseIntrospection(introspection.DatabaseIntrospection):
    """As PostgreSQL's, asked in words the server knows; what several rows say is put together in Python."""

    def get_table_list(self, cursor: Any) -> list[Any]:
        cursor.execute(_TABLES)
        return [
            introspection.TableInfo(*row) for row in cursor.fetchall() if row[0] not in self.ignored_tables
        ]

    def get_table_description(self, cursor: Any, table_name: str) -> list[Any]:
        cursor.execute(_COLUMNS, [table_name])
        said = {name: rest for name, *rest in cursor.fetchall()}
        cursor.execute("SELECT * FROM " + self.connection.ops.quote_name(table_name) + " LIMIT 1")  # noqa: S608
        return [
            introspection.FieldInfo(
                column.name,
                column.type_code,
                column.internal_size if column.display_size is None else column.display_size,
                column.internal_size,
                column.precision,
                column.scale,
                *said[column.name],
            )
            for column in cursor.description
        ]

    def get_constraints(self, cursor: Any, table_name: str) -> dict[str, Any]:
        cursor.execute(_NUMBERED, [table_name])
        names = dict(cursor.fetchall())
        cursor.execute(_CONSTRAINTS, [table_name])
        constraints = {row[0]: _constraint(names, *row[1:]) for row in cursor.fetchall()}
        cursor.execute(_INDEXES, [table_name])
        for name, *row in cursor.fetchall():
            constraints.setdefault(name, _index(names, name, row))
        return constraints


def _constraint(
    names: dict[int, str], numbers: list[int] | None, kind: str, refers_to: str | None, options: Any
) -> dict[str, Any]:
    return {
        "columns": [names[number] for number in numbers or []],
        "primary_key": kind == "p",
        "unique": kind in {"p", "u"},
        "foreign_key": tuple((refers_to or "").split(".", 1)) if kind == "f" else None,
        "check": kind == "c",
        "index": False,
        "definition": None,
        "options": _chosen(options),
    }


def _index(names: dict[int, str], name: str, row: list[Any]) -> dict[str, Any]:
    numbers, order, unique, primary, method, definition, options = row
    columns = [names.get(int(number)) for number in numbers.split()]  # number 0 is an expression
    orders = [("DESC" if int(bits) & 1 else "ASC") if method in _BTREES else None for bits in order.split()]
    chosen = _chosen(options)
    basic = method in _BTREES and not name.endswith("_btree") and chosen is None
    return {
        "columns": columns if columns != [None] else [],
        "orders": orders if orders != [None] else [],
        "primary_key": primary,
        "unique": unique,
        "foreign_key": None,
        "check": False,
        "index": True,
        "type": Index.suffix if basic else method,
        "definition": definition,
        "options": chosen,
    }


def _chosen(options: list[str] | None) -> list[str] | None:
    """The options that somebody has set."""
    return [option for option in options or [] if option not in _DEFAULT_OPTIONS] or None
