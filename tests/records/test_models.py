"""The tables of records are those of `liwa.core.rows`."""

from datetime import date, datetime
from types import NoneType
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from django.db import models

from liwa.core.rows import RECORDS, Record
from liwa.records.intake import column_of, fields_of, model_of
from liwa.records.models.base import ID_LENGTH

OF_TABLE = {record.table: record for record in RECORDS}
KINDS = {
    str: (models.CharField, models.TextField),
    int: models.IntegerField,
    float: models.FloatField,
    bool: models.BooleanField,
    date: models.DateField,
    datetime: models.DateTimeField,
    dict: models.JSONField,
    list: models.JSONField,
}
OURS = {"klass": {"starts_on", "ends_on"}}  # columns that loads fill from other rows


def kinds_of(hint: Any) -> tuple[type, bool]:
    """The plain type of a field's annotation, and whether it may be None."""
    parts = (
        [part for part in get_args(hint) if part is not NoneType] if NoneType in get_args(hint) else [hint]
    )
    (kind,) = parts
    if get_origin(kind) is Literal:
        kind = str
    return get_origin(kind) or kind, NoneType in get_args(hint)


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.table)
def test_every_field_has_its_column(record: type[Record]) -> None:
    model = model_of(record.table)
    columns = {field.column for field in model._meta.concrete_fields}
    expected = {column_of(record, name) for name in record.__struct_fields__} | {"feed"}
    assert columns == expected | OURS.get(record.table, set())
    assert len(fields_of(record)) == len(record.__struct_fields__)
    assert model._meta.pk.column == "sourced_id"
    assert model._meta.db_table == f"records_{record.table}"


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.table)
def test_types_and_nulls_agree(record: type[Record]) -> None:
    model, hints = model_of(record.table), get_type_hints(record)
    for name, field_name in zip(record.__struct_fields__, fields_of(record), strict=True):
        field = model._meta.get_field(field_name)
        kind, optional = kinds_of(hints[name])
        if name in record.refers:
            assert isinstance(field, models.ForeignKey), name
            assert model_of(record.refers[name]) is field.related_model
            assert kind is str
        else:
            assert isinstance(field, KINDS[kind]), name
            # an instant is a day to Django, but not to us
            assert isinstance(field, models.DateTimeField) == (kind is datetime), name
        assert bool(field.null) == optional, name


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.table)
def test_every_reference_is_checked(record: type[Record]) -> None:
    """A foreign key that `refers` does not name would fail at the commit instead of refusing a line."""
    model = model_of(record.table)
    keys = {field.column for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)}
    assert keys == {column_of(record, name) for name in record.refers}
    assert set(record.lists) <= set(record.__struct_fields__)
    places = {other.table: place for place, other in enumerate(RECORDS)}
    for target in (*record.refers.values(), *record.lists.values()):
        assert places[target] <= places[record.table], "named rows come first"


def test_ids_are_as_long_as_sources_let_them_be() -> None:
    from liwa.sources.fields import MAX_ID

    assert MAX_ID == ID_LENGTH


def test_names_are_shown_as_their_bearers_write_them() -> None:
    user = model_of("user")
    assert user(given_name="晓雨", family_name="林").name == "林晓雨"
    assert user(given_name="Ada", family_name="Moss").name == "Ada Moss"
    assert user(given_name="Adelaide", preferred_given_name="Ada", family_name="Moss").name == "Ada Moss"
    assert user(username="ada").name == "ada"
    assert user(sourced_id="u1").name == "u1"
