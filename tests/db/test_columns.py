"""Many values at once become what each alone becomes, and are refused where one is."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from liwa.db.columns import Column, UnfitError, columns_of
from liwa.records.models import Enrollment
from tests.db.sample import columns

ANYTHING = st.one_of(
    st.none(),
    st.text(st.characters(), max_size=45),
    st.sampled_from(["", "a\0", "\ud800", "x" * 41, "\t\\N\n"]),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.just(UTC)),
    st.datetimes(timezones=st.just(timezone(timedelta(hours=8)))),
    st.lists(st.text(max_size=3), max_size=2),
)


def one_by_one(column: Column, values: list[Any]) -> list[Any] | None:
    try:
        return [None if value is None else column.convert(value) for value in values]
    except UnfitError:
        return None


def all_at_once(column: Column, values: list[Any]) -> list[Any] | None:
    try:
        return column.convert_all(values)
    except UnfitError:
        return None


@pytest.mark.django_db
@pytest.mark.parametrize("column", columns(), ids=lambda column: column.name)
@given(data=st.data())
def test_at_once_as_one_by_one(column: Column, data: st.DataObject) -> None:
    repeated = st.builds(lambda value, times: [value] * times, ANYTHING, st.integers(2, 5))
    values = data.draw(st.lists(ANYTHING, max_size=6) | repeated)
    apart, together = one_by_one(column, values), all_at_once(column, values)
    assert apart == together
    assert list(map(type, apart or [])) == list(map(type, together or []))


@pytest.mark.django_db
def test_days_that_repeat_and_a_key_of_another_table() -> None:
    klass, day = columns_of(Enrollment, ["klass", "begin_date"], connection)
    assert klass.convert_all(["k", None, "k"]) == ["k", None, "k"]
    with pytest.raises(UnfitError, match="longer than 255"):
        klass.convert_all(["k", "k" * 256])
    one = day.convert(date(2026, 9, 1))
    assert day.convert_all([date(2026, 9, 1), None, date(2026, 9, 1)]) == [one, None, one]
    with pytest.raises(UnfitError, match="not a date"):
        day.convert_all([date(2026, 9, 1), datetime(2026, 9, 1, tzinfo=UTC)])
