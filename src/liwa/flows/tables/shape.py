"""Which tables there are, in the order in which they can be filled."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

from django.apps.registry import Apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from liwa.flows.tables.kinds import Kind, kind_of


@dataclass(frozen=True)
class Table:
    """A table: its columns with their kinds, those of its primary key, and the one that is numbered by the database."""

    name: str
    columns: tuple[str, ...]
    kinds: tuple[Kind, ...]
    key: tuple[str, ...]
    numbered: str
    refers_to: frozenset[str]
    model: type[models.Model]

    @property
    def key_places(self) -> list[int]:
        """Where the key's columns are among the columns."""
        return [self.columns.index(column) for column in self.key]

    @property
    def is_plain(self) -> bool:
        """Whether every database writes its rows in the same way."""
        return not any(kind.plain for kind in self.kinds)

    @property
    def key_is_text(self) -> list[bool]:
        """For each column of the key, whether its order is a matter of language."""
        return [self.kinds[place].sorts_as_text for place in self.key_places]


def tables_of(apps: Apps) -> list[list[Table]]:
    """Every table of the models that Django knows, in groups; rows refer to none of a later group.

    A group is one table, or several that refer to each other in a circle.
    """
    found: dict[str, Table] = {}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            found.setdefault(model._meta.db_table, _table(model))
    return [[found[name] for name in names] for names in _groups(found)]


def flat(groups: Iterable[Sequence[Table]]) -> list[Table]:
    """The tables of all groups."""
    return [table for group in groups for table in group]


def is_circular(group: Sequence[Table]) -> bool:
    """Whether a row of the group may refer to one that comes after it."""
    names = {table.name for table in group}
    return any(table.refers_to & names for table in group)


def _table(model: type[models.Model]) -> Table:
    fields: list[models.Field[Any, Any]] = [one for one in model._meta.local_concrete_fields if one.column]
    numbered = [str(one.column) for one in fields if isinstance(one, models.AutoField)]
    return Table(
        name=model._meta.db_table,
        columns=tuple(str(one.column) for one in fields),
        kinds=tuple(kind_of(one) for one in fields),
        key=tuple(str(one.column) for one in model._meta.pk_fields),
        numbered=numbered[0] if numbered else "",
        refers_to=frozenset(filter(None, map(_referred, fields))),
        model=model,
    )


def _referred(field: "models.Field[Any, Any]") -> str:
    """The table that a column's values are keys of."""
    if not isinstance(field, models.ForeignKey):
        return ""
    other: type[models.Model] = field.target_field.model
    return other._meta.db_table if other._meta.managed else ""


def _groups(tables: dict[str, Table]) -> list[list[str]]:
    reach = {name: _reached(name, tables) for name in tables}
    circle = {name: min(one for one in tables if _together(name, one, reach)) for name in tables}
    order: dict[str, set[str]] = {first: set() for first in circle.values()}
    for name, table in tables.items():
        order[circle[name]] |= {circle[one] for one in table.refers_to} - {circle[name]}
    members = {first: sorted(name for name in tables if circle[name] == first) for first in order}
    sorter = TopologicalSorter({first: sorted(before) for first, before in sorted(order.items())})
    return [members[first] for first in sorter.static_order()]


def _reached(name: str, tables: dict[str, Table]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for other in tables[waiting.pop()].refers_to - found:
            found.add(other)
            waiting.append(other)
    return found


def _together(one: str, other: str, reach: dict[str, set[str]]) -> bool:
    return one == other or (other in reach[one] and one in reach[other])


def last_number(connection: BaseDatabaseWrapper, table: Table) -> int:
    """The highest number that the database ever gave to a row of the table, also if that is gone; 0 for none."""
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max({quote(table.numbered)}) FROM {quote(table.name)}")  # noqa: S608 - quoted
        (highest,) = cursor.fetchone()
        if connection.vendor == "sqlite":
            cursor.execute("SELECT max(seq) FROM sqlite_sequence WHERE name = %s", [table.name])
        else:
            cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [quote(table.name), table.numbered])
            (sequence,) = cursor.fetchone()
            cursor.execute(f"SELECT last_value FROM {sequence} WHERE is_called")  # noqa: S608 - quoted by the server
        row = cursor.fetchone()
    return max(highest or 0, (row[0] if row else 0) or 0)


def set_last_number(connection: BaseDatabaseWrapper, table: Table, last: int) -> None:
    """Let the database go on counting after this number."""
    if not last:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table.name])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table.name, last])
        else:
            name = connection.ops.quote_name(table.name)
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [name, table.numbered, last])
