"""The columns of the lake's tables."""

import types
from datetime import date, datetime
from typing import Any, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

from liwa.core.rows import RECORDS

INSTANT = pa.timestamp("us", tz="UTC")

EVENTS = pa.schema(
    [
        ("event_id", pa.string()),
        ("occurred_at", INSTANT),
        ("known_at", INSTANT),
        ("user", pa.string()),
        ("verb", pa.string()),
        ("object", pa.string()),
        ("object_type", pa.string()),
        ("klass", pa.string()),
        ("amount", pa.float64()),
        ("unit", pa.string()),
        ("source", pa.string()),
        ("month", pa.string()),
    ]
)
PARTITIONS = ("source", "month")

# What a mirrored table has beside its row type's fields.
ADDED = {"klass": [("starts_on", pa.date32()), ("ends_on", pa.date32())]}
PLAIN = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    date: pa.date32(),
    datetime: INSTANT,
}


def schema_of(table: str) -> pa.Schema:
    """The columns of the mirrored table: the row type's fields; lists and `metadata` are JSON text.

    Raises KeyError where there is no record table of that name.
    """
    return MIRRORS[table]


def _fields(record: type) -> pa.Schema:
    fields = [(name, _type(kind)) for name, kind in get_type_hints(record).items() if _is_field(record, name)]
    return pa.schema(fields + ADDED.get(record.table, []))  # type: ignore[attr-defined]


def _is_field(record: type, name: str) -> bool:
    return name in record.__struct_fields__  # type: ignore[attr-defined]


def _type(kind: Any) -> pa.DataType:
    """The Arrow type of `kind`, of `kind | None`, of a `Literal` (text), or of anything nested (JSON text)."""
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(one for one in get_args(kind) if one is not type(None))
    return PLAIN.get(kind, pa.string())


MIRRORS: dict[str, pa.Schema] = {record.table: _fields(record) for record in RECORDS}
