"""A table with a column of every kind, known to no app."""

import string
from datetime import UTC, date, timedelta, timezone
from typing import Any

from django.apps.registry import Apps
from django.db import connection, models
from hypothesis import strategies as st

from liwa.db.columns import Column, columns_of


class Sample(models.Model):
    key = models.CharField(max_length=40, primary_key=True)
    text = models.TextField()
    maybe = models.TextField(null=True)
    count = models.BigIntegerField(null=True)
    small = models.IntegerField(null=True)
    amount = models.FloatField(null=True)
    yes = models.BooleanField(null=True)
    day = models.DateField(null=True)
    at = models.DateTimeField(null=True)
    data = models.JSONField(null=True)

    class Meta:
        apps = Apps()
        app_label = "sample"
        db_table = "sample rows"


NAMES = [field.name for field in Sample._meta.concrete_fields]
TABLE = Sample._meta.db_table
EMPTY = (None,) * (len(NAMES) - 2)  # for the columns after `text`


def columns() -> list[Column]:
    return columns_of(Sample, NAMES)


def create() -> None:
    quote = connection.ops.quote_name
    definitions = [
        f"{quote(column.name)} {column.db_type}" + ("" if column.null else " NOT NULL")
        for column in columns()
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {quote(TABLE)} ({', '.join(definitions)}, PRIMARY KEY ({quote('key')}))"
        )


def drop() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {connection.ops.quote_name(TABLE)}")


def stored() -> list[tuple[Any, ...]]:
    """All rows as Django reads them, by key."""
    return sorted(Sample.objects.values_list(*NAMES))


texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    | st.sampled_from("\t\n\r\\'\"\b%{}$,;"),
    max_size=20,
)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
naive = st.datetimes().filter(lambda at: 1 < at.year < 9999)
instants = st.builds(lambda at, zone: at.replace(tzinfo=zone), naive, zones | st.just(UTC))
# Halves: engines disagree whether 1 and 1.0 within a document are the same.
numbers = st.integers(-(2**53), 2**53) | st.integers(-(2**40), 2**40).map(lambda number: number + 0.5)
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(texts, inside, max_size=3),
    max_leaves=6,
)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


others = st.tuples(
    texts,
    maybe(texts),
    maybe(st.integers(-(2**63), 2**63 - 1)),
    maybe(st.integers(-(2**31), 2**31 - 1)),
    maybe(st.floats(allow_nan=False).map(lambda number: number + 0.0)),
    maybe(st.booleans()),
    maybe(st.dates(date.min, date.max)),
    maybe(instants),
    maybe(json_values),
)
keys = texts.map(lambda text: text[:20]) | st.text(string.ascii_lowercase, min_size=1, max_size=3)
tables = st.dictionaries(keys, others, max_size=12)


def rows(table: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(key, *values) for key, values in table.items()]
