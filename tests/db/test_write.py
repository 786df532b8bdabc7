import os
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liwa.core.errors import LiwaError
from liwa.db.stage import BATCH
from liwa.db.write import MisfitError, Written, columns_of, write_rows
from tests.db import sample
from tests.db.sample import EMPTY, TABLE, Sample, columns, rows, stored, tables

pytestmark = pytest.mark.django_db

in_one_table = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
    max_examples=int(os.environ.get("LIWA_TEST_EXAMPLES", "60")),
)


def write(some: Any, **options: Any) -> Written:
    return write_rows(TABLE, columns(), ["key"], some, **options)


@in_one_table
@given(tables)
def test_rows_come_back_as_they_went_in(table: None, given_rows: dict[str, Any]) -> None:
    Sample.objects.all().delete()
    assert write(rows(given_rows)) == Written(len(given_rows), 0, 0)
    assert stored() == sorted(rows(given_rows))


@in_one_table
@given(tables, tables, st.booleans())
def test_counts_are_exact(table: None, before: dict[str, Any], after: dict[str, Any], swap: bool) -> None:
    if swap:  # rows that are the same and rows that differ in one value
        after = {**before, **{key: (*row[:-1], None) for key, row in list(before.items())[::2]}, **after}
    Sample.objects.all().delete()
    write(rows(before))
    known = before.keys() & after.keys()
    same = {key for key in known if before[key] == after[key] and _kinds(before[key]) == _kinds(after[key])}
    assert write(rows(after)) == Written(len(after) - len(known), len(known) - len(same), len(same))
    assert stored() == sorted(rows({**before, **after}))
    assert write(rows(after)) == Written(0, 0, len(after))


def _kinds(value: Any) -> Any:
    """Python says 1 == 1.0 == True where a database may not."""
    if isinstance(value, (list, tuple)):
        return [_kinds(item) for item in value]
    if isinstance(value, dict):
        return {key: _kinds(item) for key, item in value.items()}
    return type(value).__name__


def test_rows_of_django_are_recognised(table: None) -> None:
    """What the ORM wrote is what we would have written, so it is not touched again."""
    at = datetime(2026, 9, 1, 8, 30, 0, 120_000, timezone(timedelta(hours=8)))
    data = {"words": ["丽娃", 'a "b"'], "n": 1}
    Sample.objects.create(
        key="a", text="x", maybe="", count=7, amount=0.1, yes=True, day=date(2026, 9, 1), at=at
    )
    Sample.objects.create(key="b", text="y", data=dict(sorted(data.items())), at=at.replace(microsecond=0))
    same = [
        ("a", "x", "", 7, None, 0.1, True, date(2026, 9, 1), at, None),
        ("b", "y", None, None, None, None, None, None, at.replace(microsecond=0), data),
    ]
    assert write(same) == Written(0, 0, 2)


def test_untouched_rows_are_not_written(table: None, engine: str) -> None:
    if engine == "sqlite":
        pytest.skip("SQLite does not show where a row lies")
    places = "ctid::text, xmax::text" if engine == "postgresql" else "ctid::text"
    write([("a", "x", *EMPTY), ("b", "x", *EMPTY)])
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT key, {places} FROM "{TABLE}" ORDER BY key')
        before = cursor.fetchall()
        write([("a", "x", *EMPTY), ("b", "y", *EMPTY)])
        cursor.execute(f'SELECT key, {places} FROM "{TABLE}" ORDER BY key')
        after = cursor.fetchall()
    assert before[0] == after[0]
    assert before[1] != after[1]


def test_empty_text_is_not_null(table: None) -> None:
    write([("a", "", None, *EMPTY[1:]), ("b", "", "", *EMPTY[1:])])
    assert [row[2] for row in stored()] == [None, ""]
    assert write([("a", "", "", *EMPTY[1:])]) == Written(0, 1, 0)


def test_only_named_columns_are_updated(table: None) -> None:
    write([("a", "old", "kept", *EMPTY[1:])])
    assert write([("a", "new", "lost", *EMPTY[1:]), ("b", "x", *EMPTY)], update=["text"]) == Written(1, 1, 0)
    assert [row[:3] for row in stored()] == [("a", "new", "kept"), ("b", "x", None)]
    assert write([("a", "new", "other", *EMPTY[1:])], update=["text"]) == Written(0, 0, 1)


def test_insert_only(table: None) -> None:
    write([("a", "old", *EMPTY)])
    assert write([("a", "new", *EMPTY), ("b", "new", *EMPTY)], update=[]) == Written(1, 0, 1)
    assert [row[1] for row in stored()] == ["old", "new"]


def test_two_rows_with_one_key(table: None) -> None:
    with pytest.raises(LiwaError, match="same key"):
        write([("a", "1", *EMPTY), ("a", "2", *EMPTY)])
    assert stored() == []


def test_no_rows(table: None) -> None:
    assert write([]) == Written(0, 0, 0)


def test_all_or_nothing(table: None) -> None:
    def failing() -> Any:
        yield from ((f"{i}", "x", *EMPTY) for i in range(BATCH + 1))
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        write(failing())
    assert stored() == []


def test_rows_are_not_held(table: None) -> None:
    """No more than a batch of them is alive at any time."""
    alive = most = 0

    class Text(str):
        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def many() -> Any:
        nonlocal alive, most
        for number in range(4 * BATCH):
            alive += 1
            most = max(most, alive)
            yield (f"{number}", Text("x"), *EMPTY)

    assert write(many()).inserted == 4 * BATCH
    assert most <= 2 * BATCH


WRONG = {
    "key": [("a\0b", "NUL"), ("x" * 41, "longer than 40"), (None, "required"), (7, "not a text")],
    "text": [("\ud800", "surrogate"), (None, "required"), (b"x", "not a text")],
    "count": [
        (2**63, "not between"),
        (-(2**63) - 1, "not between"),
        (1.5, "not a whole"),
        ("7", "not a whole"),
    ],
    "small": [(2**31, "not between")],
    "amount": [(float("nan"), "not a number"), ("x", "not a number"), (10**400, "not a number")],
    "yes": [("true", "neither"), (2, "neither"), (1, "neither")],
    "day": [("2026-09-01", "not a date"), (datetime(2026, 9, 1, tzinfo=UTC), "not a date")],
    "at": [
        (datetime(2026, 9, 1), "no time zone"),  # noqa: DTZ001
        (date(2026, 9, 1), "not an instant"),
        (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8))), "outside"),
    ],
    "data": [
        ({"a": ["b\0"]}, "NUL"),
        ({"\ud83d": 1}, "surrogate"),
        ({"a": float("nan")}, "JSON"),
        ({"a": {1}}, "JSON"),
    ],
}


@pytest.mark.parametrize(
    ("column", "value", "reason"), [(name, *case) for name, cases in WRONG.items() for case in cases]
)
def test_what_no_engine_may_hold(table: None, column: str, value: Any, reason: str) -> None:
    row = dict(zip(sample.NAMES, ("a", "x", *EMPTY), strict=True)) | {column: value}
    good = ("good", "x", *EMPTY)
    with pytest.raises(MisfitError, match=reason) as caught:
        write([good, tuple(row.values())])
    assert (caught.value.line, caught.value.column) == (2, column)
    assert caught.value.value is value
    assert stored() == []


def test_a_pair_of_surrogates_is_a_character(table: None) -> None:
    write([("a", "🌊", *EMPTY[1:], {"🌊": "\\u0000 🌊"})])
    assert stored()[0][-1] == {"🌊": "\\u0000 🌊"}


def test_columns_of_a_foreign_key() -> None:
    from liwa.records.models import Org

    names = columns_of(Org, ["sourced_id", "parent"])
    assert [column.name for column in names] == ["sourced_id", "parent_id"]
    assert names[1].null
    with pytest.raises(ValueError, match="longer than 255"):
        names[1].convert("x" * 256)
    with pytest.raises(TypeError, match="children"):
        columns_of(Org, ["children"])


def test_part_of_a_larger_transaction(table: None) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        write([("a", "x", *EMPTY)])
        raise RuntimeError
    assert stored() == []


def test_no_trace_is_left(table: None) -> None:
    with pytest.raises(MisfitError):
        write([("a", "x\0", *EMPTY)])
    write([("a", "x", *EMPTY)])
    source = "temp.sqlite_master" if connection.vendor == "sqlite" else "pg_tables"
    name = "name" if connection.vendor == "sqlite" else "tablename"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {source} WHERE {name} LIKE '%stage%'")
        assert cursor.fetchone()[0] == 0
