"""What a column holds and how a Python value becomes it, the same on every engine.

A value that one engine would take and another refuse is refused on all of them: NUL characters, half surrogate
pairs, texts longer than the column, integers beyond its range, NaN, instants without a time zone.
"""

from __future__ import annotations  # Field takes parameters only where types are checked

import json
import math
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection as default_connection
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.operations import BaseDatabaseOperations

from liwa.db.alike import are_alike
from liwa.db.engines import engine_of

Convert = Callable[[Any], Any]
ConvertAll = Callable[[Sequence[Any]], list[Any]]


class UnfitError(ValueError):
    """A column cannot hold a value; the argument is the reason, without the value."""


@dataclass(frozen=True)
class Column:
    """A column of a table: `convert` makes what the driver is given of a value that is not None.

    `convert` raises UnfitError. `db_type` is the type as written in CREATE TABLE. `quick` does the same to many
    values at once, None among them, where there is a quicker way than one after the other.
    """

    name: str
    db_type: str
    convert: Convert
    null: bool = True
    quick: ConvertAll | None = None

    def convert_all(self, values: Sequence[Any]) -> list[Any]:
        """What the driver is given of many values; None stays None. Raises UnfitError."""
        if are_alike(values):
            return self.convert_all(values[:1]) * len(values)
        if self.quick is not None:
            return self.quick(values)
        convert = self.convert
        return [None if value is None else convert(value) for value in values]


def columns_of(
    model: type[models.Model], field_names: Sequence[str], connection: BaseDatabaseWrapper | None = None
) -> list[Column]:
    """The columns of a model's fields, in the order of the names; a foreign key is given as the key it holds."""
    connection = connection or default_connection
    found = []
    for name in field_names:
        field = model._meta.get_field(name)
        if not isinstance(field, models.Field) or not field.column:
            raise TypeError(f"{name} is not a column of {model.__name__}")
        # Of a number that the database gives, its plain type: a stage has no sequence of its own.
        is_given = isinstance(field, models.AutoField)
        db_type = field.rel_db_type(connection) if is_given else field.db_type(connection)
        null = field.null and not field.primary_key
        convert = _converter(field, connection)
        quick = _quick(field, convert)
        found.append(Column(field.column, str(db_type), convert, null, quick))
    return found


def _quick(field: models.Field[Any, Any], convert: Convert) -> ConvertAll | None:
    """A quicker way with many values of a field, where there is one."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    if isinstance(field, (models.CharField, models.TextField)):
        return _texts(field, convert)
    return _repeated(convert) if isinstance(field, models.DateField) else None


def _texts(field: models.Field[Any, Any], convert: Convert) -> ConvertAll:
    """Looks at all texts as one; only where something may be wrong with it at each."""
    longest = field.max_length if isinstance(field, models.CharField) else None

    def convert_all(values: Sequence[Any]) -> list[Any]:
        texts = [value for value in values if value is not None] if None in values else values
        try:
            joined = "".join(texts)
        except TypeError:
            raise UnfitError("is not a text") from None
        _check_text(joined)
        if longest is not None and max(map(len, texts), default=0) > longest:
            raise UnfitError(f"is longer than {longest} characters")
        return list(values)

    return convert_all


def _repeated(convert: Convert) -> ConvertAll:
    """Converts each different day or instant once: rows share few. (Equal ones mean the same, whatever their zone.)"""

    def convert_all(values: Sequence[Any]) -> list[Any]:
        try:
            different = set(values)
        except TypeError:
            raise UnfitError("is not of the column's type") from None
        known = {value: None if value is None else convert(value) for value in different}
        return [known[value] for value in values]

    return convert_all


def _converter(field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> Convert:
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    for kind, make in _MAKERS:
        if isinstance(field, kind):
            return make(field, connection)
    return lambda value: _by_django(field, connection, value)


def _by_django(field: models.Field[Any, Any], connection: BaseDatabaseWrapper, value: Any) -> Any:
    try:
        return field.get_db_prep_save(value, connection)
    except (TypeError, ValueError, ArithmeticError, ValidationError):
        raise UnfitError("is not of the column's type") from None


def _check_text(value: str) -> None:
    if "\0" in value:
        raise UnfitError("contains a NUL character")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise UnfitError("contains half a surrogate pair, which is no character") from None


def _text(field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> Convert:
    longest = field.max_length if isinstance(field, models.CharField) else None

    def convert(value: Any) -> str:
        if not isinstance(value, str):
            raise UnfitError("is not a text")
        _check_text(value)
        if longest is not None and len(value) > longest:
            raise UnfitError(f"is longer than {longest} characters")
        return value

    return convert


def _integer(field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> Convert:
    least, most = BaseDatabaseOperations.integer_field_ranges[field.get_internal_type()]

    def convert(value: Any) -> int:
        try:
            number = operator.index(value)
        except TypeError:
            raise UnfitError("is not a whole number") from None
        if not least <= number <= most:
            raise UnfitError(f"is not between {least} and {most}")
        return int(number)

    return convert


def _float(field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> Convert:
    def convert(value: Any) -> float:
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise UnfitError("is not a number") from None
        if math.isnan(number):
            raise UnfitError("is not a number")
        return number + 0.0  # -0.0 becomes 0.0: SQLite keeps no sign of zero

    return convert


def _boolean(field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> Convert:
    def convert(value: Any) -> bool:
        if value is True or value is False:
            return bool(value)
        raise UnfitError("is neither true nor false")

    return convert


def _date(field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> Convert:
    adapt = engine_of(connection).day

    def convert(value: Any) -> Any:
        if not isinstance(value, date) or isinstance(value, datetime):
            raise UnfitError("is not a date")
        return adapt(value)

    return convert


def _datetime(field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> Convert:
    adapt = engine_of(connection).instant

    def convert(value: Any) -> Any:
        if not isinstance(value, datetime):
            raise UnfitError("is not an instant")
        if value.tzinfo is UTC:
            return adapt(value)
        if value.utcoffset() is None:
            raise UnfitError("has no time zone")
        try:
            return adapt(value.astimezone(UTC))
        except OverflowError:
            raise UnfitError("lies outside the years 1 to 9999") from None

    return convert


# A NUL or a half surrogate pair within encoded JSON; whole pairs match too and are looked at closely.
_SUSPICIOUS = re.compile(r"\\u(0000|d[89a-f])")
_EMPTY: dict[type, str] = {dict: "{}", list: "[]"}


def _json(field: models.Field[Any, Any], connection: BaseDatabaseWrapper) -> Convert:
    encoder = getattr(field, "encoder", None) or json.JSONEncoder
    encode = encoder(sort_keys=True, allow_nan=False).encode

    def convert(value: Any) -> str:
        if not value and type(value) in _EMPTY:
            return _EMPTY[type(value)]
        try:
            text = str(encode(value))
        except (TypeError, ValueError, RecursionError):
            raise UnfitError("cannot be written as JSON") from None
        if _SUSPICIOUS.search(text):
            _check_texts(value)
        return text

    return convert


def _check_texts(value: Any) -> None:
    """Check every text within a JSON value."""
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_texts(key)
            _check_texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check_texts(item)


# The first that fits counts: DateTimeField is a DateField, and every AutoField is an IntegerField.
_MAKERS: tuple[tuple[type[models.Field[Any, Any]], Callable[..., Convert]], ...] = (
    (models.BooleanField, _boolean),
    (models.DateTimeField, _datetime),
    (models.DateField, _date),
    (models.FloatField, _float),
    (models.IntegerField, _integer),
    (models.JSONField, _json),
    (models.CharField, _text),
    (models.TextField, _text),
)
