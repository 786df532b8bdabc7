"""Set-based writing: stage rows in a temporary table, compare, change what differs in one statement."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Any, Self

from django.db import connection as default_connection
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

BATCH = 5000
_numbers = count(1)


@dataclass(frozen=True)
class Column:
    name: str
    db_type: str
    convert: Callable[[Any], Any] | None = None
    is_json: bool = False


@dataclass(frozen=True)
class Written:
    inserted: int
    updated: int
    unchanged: int


def columns_of(model: type[models.Model], field_names: Sequence[str], connection=None) -> list[Column]:
    connection = connection or default_connection
    found = []
    for name in field_names:
        field = model._meta.get_field(name)
        target = field
        while target.remote_field:
            target = target.target_field
        is_json = isinstance(target, models.JSONField)
        db_type = field.db_type(connection)
        if "serial" in (db_type or ""):
            db_type = "bigint"
        found.append(Column(field.column, db_type, _converter(target, connection), is_json))
    return found


def _converter(field, connection):
    if isinstance(field, models.JSONField):
        return lambda value: json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    if connection.vendor == "sqlite":
        if isinstance(field, models.DateTimeField):
            return lambda value: None if value is None else connection.ops.adapt_datetimefield_value(value)
        if isinstance(field, models.DateField):
            return lambda value: None if value is None else value.isoformat()
    return None


class Stage:
    def __init__(self, connection, table, columns, key):
        self.connection = connection
        self.table = table
        self.columns = list(columns)
        self.key = list(key)
        self.name = f"stage_{next(_numbers)}_{table}"[:60]
        q = connection.ops.quote_name
        self.quoted_name = q(self.name)
        self.target = q(table)
        self.q = q

    def __enter__(self):
        cols = ", ".join(f"{self.q(c.name)} {c.db_type}" for c in self.columns)
        self._run(f"CREATE TEMP TABLE {self.quoted_name} (_line bigint, {cols})")
        return self

    def __exit__(self, *a):
        if not self.connection.needs_rollback:
            self._run(f"DROP TABLE IF EXISTS {self.quoted_name}")

    def _run(self, sql, params=()):
        with self.connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall() if cursor.description else cursor.rowcount

    def add(self, rows):
        converters = [c.convert for c in self.columns]
        rows = [
            (row[0], *(v if f is None else f(v) for f, v in zip(converters, row[1:], strict=True)))
            for row in rows
        ]
        marks = ", ".join(["%s"] * (len(self.columns) + 1))
        with transaction.atomic() if False else self.connection.cursor() as cursor:
            if self.connection.vendor == "postgresql":
                with cursor.copy(f"COPY {self.quoted_name} FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                cursor.executemany(f"INSERT INTO {self.quoted_name} VALUES ({marks})", rows)

    def _keys(self, alias=""):
        return ", ".join(f"{alias}{self.q(k)}" for k in self.key)

    def _on(self, a, b):
        return " AND ".join(f"{a}.{self.q(k)} = {b}.{self.q(k)}" for k in self.key)

    def _values(self):
        return [c for c in self.columns if c.name not in self.key]

    def _differs(self, a, b):
        op = "IS NOT" if self.connection.vendor == "sqlite" else "IS DISTINCT FROM"
        return " OR ".join(f"{a}.{self.q(c.name)} {op} {b}.{self.q(c.name)}" for c in self._values()) or "1=0"

    def _index(self):
        if not getattr(self, "_indexed", False):
            self._indexed = True
            self._run(f"CREATE INDEX {self.q('i_' + self.name)} ON {self.quoted_name} ({self._keys()})")
            self._run(f"CREATE INDEX {self.q('l_' + self.name)} ON {self.quoted_name} (_line)")

    def duplicates(self):
        self._index()
        sql = (
            f"SELECT s._line, f.first, {self._keys('s.')} FROM {self.quoted_name} s JOIN"
            f" (SELECT {self._keys()}, min(_line) AS first FROM {self.quoted_name} GROUP BY {self._keys()}"
            f" HAVING count(*) > 1) f ON {self._on('s', 'f')} WHERE s._line > f.first"
        )
        return [(r[0], r[1], tuple(r[2:])) for r in self._run(sql)]

    def keep_last(self):
        row = "rowid" if self.connection.vendor == "sqlite" else "ctid"
        self._index()
        self._run(
            f"DELETE FROM {self.quoted_name} WHERE {row} IN (SELECT {row} FROM (SELECT {row}, row_number() OVER"
            f" (PARTITION BY {self._keys()} ORDER BY _line DESC, {row} DESC) AS n FROM {self.quoted_name}) z WHERE n > 1)"
        )

    def drop_lines(self, lines):
        lines = list(lines)
        self._index()
        for i in range(0, len(lines), 500):
            some = lines[i : i + 500]
            self._run(f"DELETE FROM {self.quoted_name} WHERE _line IN ({', '.join(['%s'] * len(some))})", some)

    def missing(self, column, target_table, target_column, also_stage=None, allow_null=True):
        self._index()
        c = f"s.{self.q(column)}"
        sql = (
            f"SELECT s._line, {c} FROM {self.quoted_name} s WHERE {c} IS NOT NULL AND NOT EXISTS"
            f" (SELECT 1 FROM {self.q(target_table)} t WHERE t.{self.q(target_column)} = {c})"
        )
        if also_stage is not None:
            also_stage._index()
            sql += (
                f" AND NOT EXISTS (SELECT 1 FROM {also_stage.quoted_name} o WHERE o.{self.q(target_column)} = {c})"
            )
        yield from self._run(sql)

    def changed_lines(self):
        self._index()
        sql = (
            f"SELECT s._line FROM {self.quoted_name} s LEFT JOIN {self.target} t ON {self._on('s', 't')}"
            f" WHERE t.{self.q(self.key[0])} IS NULL OR {self._differs('s', 't')}"
        )
        return [line for (line,) in self._run(sql)]

    def upsert(self):
        names = ", ".join(self.q(c.name) for c in self.columns)
        total = self._run(f"SELECT count(*) FROM {self.quoted_name}")[0][0]
        known = self._run(
            f"SELECT count(*) FROM {self.quoted_name} s JOIN {self.target} t ON {self._on('s', 't')}"
        )[0][0]
        same = self._run(
            f"SELECT count(*) FROM {self.quoted_name} s JOIN {self.target} t ON {self._on('s', 't')}"
            f" WHERE NOT ({self._differs('s', 't')})"
        )[0][0]
        sets = ", ".join(f"{self.q(c.name)} = EXCLUDED.{self.q(c.name)}" for c in self._values())
        action = f"DO UPDATE SET {sets} WHERE {self._differs(self.target, 'EXCLUDED')}" if sets else "DO NOTHING"
        self._run(
            f"INSERT INTO {self.target} ({names}) SELECT {names} FROM {self.quoted_name} WHERE 1=1"
            f" ON CONFLICT ({self._keys()}) {action}"
        )
        return Written(total - known, known - same, same)

    def absent(self, where, params):
        self._index()
        sql = (
            f"SELECT {self._keys('t.')} FROM {self.target} t WHERE ({where}) AND NOT EXISTS"
            f" (SELECT 1 FROM {self.quoted_name} s WHERE {self._on('s', 't')})"
        )
        yield from self._run(sql, params)


def write_rows(table, columns, key, rows, *, connection=None, update=None):
    connection = connection or default_connection
    with Stage(connection, table, columns, key) as stage:
        batch = []
        for number, row in enumerate(rows):
            batch.append((number, *row))
            if len(batch) == BATCH:
                stage.add(batch)
                batch = []
        if batch:
            stage.add(batch)
        return stage.upsert()
