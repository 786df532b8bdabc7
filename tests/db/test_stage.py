from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liwa.core.errors import LiwaError, Unavailable
from liwa.db.stage import Comparison, MisfitError, Stage, Written
from tests.db.sample import EMPTY, TABLE, columns, stored


@pytest.fixture
def stage(table: None) -> Iterator[Stage]:
    with Stage(connection, TABLE, columns(), ["key"]) as stage:
        yield stage


def staged(stage: Stage, *rows: tuple[int, str, str]) -> None:
    stage.add((line, key, text, *EMPTY) for line, key, text in rows)


def keys(stage: Stage) -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT _line, key FROM {stage.quoted_name} ORDER BY _line, _row")
        return list(cursor.fetchall())


def test_duplicates_name_the_first_line(stage: Stage) -> None:
    staged(stage, (1, "a", ""), (2, "b", ""), (3, "a", "x"), (3, "a", "y"), (4, "c", ""))
    assert stage.duplicates() == [(3, 1, ("a",)), (3, 1, ("a",))]
    with pytest.raises(LiwaError, match="same key"):
        stage.upsert()


def test_keep_last(stage: Stage) -> None:
    staged(stage, (3, "a", "later"), (1, "a", ""), (2, "b", ""), (3, "a", "last"))
    assert stage.keep_last() == 2
    assert stage.keep_last() == 0
    assert stage.upsert() == Written(2, 0, 0)
    assert [row[:2] for row in stored()] == [("a", "last"), ("b", "")]


def test_a_key_of_several_columns(table: None) -> None:
    with Stage(connection, TABLE, columns(), ["key", "text"]) as stage:
        staged(stage, (1, "a", "1"), (2, "a", "2"), (3, "a", "1"))
        assert stage.duplicates() == [(3, 1, ("a", "1"))]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 9), st.sampled_from("abc")), max_size=12))
def test_repeats_as_python_would_find_them(table: None, rows: list[tuple[int, str]]) -> None:
    first: dict[str, int] = {}
    last: dict[str, tuple[int, int]] = {}
    for place, (line, key) in enumerate(rows):
        first[key] = min(first.get(key, line), line)
        last[key] = max(last.get(key, (line, place)), (line, place))
    with Stage(connection, TABLE, columns(), ["key"]) as stage:
        stage.add((line, key, str(place), *EMPTY) for place, (line, key) in enumerate(rows))
        found = stage.duplicates()
        assert len(found) == len(rows) - len(first)
        assert all(first[key] == earliest for _, earliest, (key,) in found)
        assert stage.keep_last() == len(rows) - len(first)
        assert sorted(keys(stage)) == sorted((line, key) for key, (line, _) in last.items())


def test_missing_references(stage: Stage) -> None:
    """`maybe` refers to `key`."""
    with Stage(connection, TABLE, columns(), ["key"]) as known:
        known.add([(0, "stored", "", *EMPTY)])
        known.upsert()
    rest = EMPTY[1:]
    stage.add(
        [
            (1, "a", "", "stored", *rest),
            (2, "b", "", "a", *rest),
            (3, "c", "", "nobody", *rest),
            (4, "d", "", None, *rest),
        ]
    )
    assert list(stage.missing("maybe", TABLE, "key")) == [(2, "a"), (3, "nobody")]
    assert list(stage.missing("maybe", TABLE, "key", also_stage=stage)) == [(3, "nobody")]
    found = stage.missing("maybe", TABLE, "key", also_stage=stage, allow_null=False)
    assert list(found) == [(3, "nobody"), (4, None)]


def test_compare_counts_lines(stage: Stage) -> None:
    staged(stage, (1, "same", "x"), (2, "changed", "old"))
    stage.upsert()
    stage.drop_lines({1, 2, 99})
    assert stage.count() == 0
    staged(
        stage, (1, "same", "x"), (2, "changed", "new"), (3, "new", ""), (4, "same2", ""), (1, "changed2", "")
    )
    assert stage.compare() == Comparison(new=3, changed=1, same=0)
    stage.drop_lines([4])
    assert list(stage.changed_lines()) == [1, 2, 3]
    assert stage.upsert() == Written(2, 1, 1)
    assert stage.compare() == Comparison(0, 0, 3)
    assert list(stage.changed_lines()) == []


def test_absent(stage: Stage) -> None:
    staged(stage, (1, "a", "sis"), (2, "b", "sis"), (3, "c", "lms"), (4, "d", "sis"))
    stage.upsert()
    stage.drop_lines([1, 3, 4])
    assert list(stage.absent()) == [("a",), ("c",), ("d",)]
    assert list(stage.absent("t.text = %s", ["sis"])) == [("a",), ("d",)]
    assert list(stage.absent("text = %s OR text = %s", ["lms", "%"])) == [("c",)]
    assert stage.count_absent("text = %s", ["sis"]) == 2


def test_misfits_can_be_set_aside(stage: Stage) -> None:
    found: list[MisfitError] = []
    rows = [(1, "a", "x", *EMPTY), (2, "b", "x\0", *EMPTY), (3, None, "x", *EMPTY), (4, "d", "x", *EMPTY)]
    assert stage.add(rows, unfit=found.append) == 2
    assert [(one.line, one.column, one.value) for one in found] == [(2, "text", "x\0"), (3, "key", None)]
    assert keys(stage) == [(1, "a"), (4, "d")]


def test_a_row_too_short_is_a_defect(stage: Stage) -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        stage.add([(1, "a")])


@pytest.mark.parametrize(
    ("key", "update"), [([], None), (["no"], None), (["key"], ["no"]), (["key"], ["key"])]
)
def test_key_and_update_are_columns(db: None, key: list[str], update: list[str] | None) -> None:
    with pytest.raises(ValueError, match="distinct columns"):
        Stage(connection, TABLE, columns(), key, update)


def test_stages_do_not_disturb_each_other(table: None) -> None:
    with (
        Stage(connection, TABLE, columns(), ["key"]) as one,
        Stage(connection, TABLE, columns(), ["key"]) as two,
    ):
        staged(one, (1, "a", ""))
        staged(two, (1, "b", ""))
        assert (keys(one), keys(two)) == ([(1, "a")], [(1, "b")])


def test_a_stage_goes_with_its_connection(shared_table: None) -> None:
    with Stage(connection, TABLE, columns(), ["key"]) as stage:
        staged(stage, (1, "a", ""))
        connection.close()
        connection.ensure_connection()
        with pytest.raises(Unavailable, match="was lost"):
            stage.upsert()


def test_a_stage_outlives_a_transaction_rolled_back(shared_table: None) -> None:
    from django.db import transaction

    with Stage(connection, TABLE, columns(), ["key"]) as stage:
        staged(stage, (1, "a", ""))
        with pytest.raises(RuntimeError), transaction.atomic():
            stage.upsert()
            raise RuntimeError
        assert stored() == []
        assert stage.upsert() == Written(1, 0, 0)


def test_rows_added_later_may_repeat_a_key(stage: Stage) -> None:
    """What has been looked at is known to hold no key twice until rows are added."""
    staged(stage, (1, "a", "first"), (2, "b", ""))
    assert stage.duplicates() == []
    staged(stage, (3, "a", "second"))
    assert stage.duplicates() == [(3, 1, ("a",))]
    assert stage.keep_last() == 1
    assert stage.upsert() == Written(2, 0, 0)
    assert [row[:2] for row in stored()] == [("a", "second"), ("b", "")]


def test_a_repeat_does_not_end_the_transaction(stage: Stage) -> None:
    staged(stage, (1, "a", ""), (2, "a", ""))
    with transaction.atomic():
        assert stage.keep_last() == 1
        assert stage.upsert() == Written(1, 0, 0)
    assert [row[0] for row in stored()] == ["a"]
