"""One line of a OneRoster file as one record, by the file's Spec."""

from collections.abc import Callable
from datetime import date
from typing import Any

from liwa.core.rows import Record
from liwa.sources.fields import in_order
from liwa.sources.oneroster.specs import Parse, Spec
from liwa.sources.tables import FieldError, Row, Table

PREFIX = "metadata."

Fields = dict[str, Any]


def record_reader(table: Table, spec: Spec) -> Callable[[Row], Record]:
    """The function that turns a row of `table` into a record.

    A column that is missing, or blank on a line, leaves the field at what the row type has for "not said".
    Raises SourceError if a required column is missing; the function raises FieldError.
    """
    table.require(*(column.name for column in spec.columns if column.required))
    plan = [
        (table.columns[column.name.lower()], column.name, column.field, column.parse, column.required)
        for column in spec.columns
        if column.name.lower() in table.columns
    ]
    extras = _extras(table, spec)
    periods = [(first, last, _field(spec, first), _field(spec, last)) for first, last in spec.periods]
    record = spec.record

    def read(row: Row) -> Record:
        fields: Fields = {}
        for place, name, field, parse, required in plan:
            text = row[place].strip()
            if text:
                fields[field] = parse(name, text) if parse else text
            elif required:
                raise FieldError(name, "", "is missing")
        if extras:
            fields["metadata"] = _metadata(row, extras)
        for first, last, begins, ends in periods:
            _check_period(fields, first, begins, last, ends)
        return record(**fields)

    return read


def _field(spec: Spec, column: str) -> str:
    return next(one.field for one in spec.columns if one.name == column)


def _check_period(fields: Fields, first: str, begins: str, last: str, ends: str) -> None:
    start: date | None = fields.get(begins)
    end: date | None = fields.get(ends)
    in_order(first, start, last, end)


def _extras(table: Table, spec: Spec) -> list[tuple[int, str, str, Parse | None]]:
    """Which columns go to metadata: place, heading, key and parser.

    Those whose heading begins with `metadata.` and that have no field of their own, and those the spec keeps.
    """
    typed = {column.name.lower() for column in spec.columns}
    found: list[tuple[int, str, str, Parse | None]] = [
        (place, name, name[len(PREFIX) :], None)
        for place, name in enumerate(table.header)
        if name.lower().startswith(PREFIX) and len(name) > len(PREFIX) and name.lower() not in typed
    ]
    for name, parse in spec.kept.items():
        if name.lower() in table.columns:
            found.append((table.columns[name.lower()], name, name, parse))
    return found


def _metadata(row: Row, extras: list[tuple[int, str, str, Parse | None]]) -> Fields:
    found: Fields = {}
    for place, name, key, parse in extras:
        text = row[place].strip()
        if text:
            found[key] = parse(name, text) if parse else text
    return found
