"""Rows go from one kind of database to another and back, and are the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liwa.db.write import columns_of, write_rows
from liwa.flows.tables import lines
from liwa.flows.tables.kinds import KINDS, cells, escaped, unescaped
from liwa.flows.tables.lines import blocks, read, sum_of, write
from liwa.flows.tables.places import database
from liwa.flows.tables.shape import Table, _table, flat, is_circular, tables_of
from tests.db import sample

SAMPLE = _table(sample.Sample)


def test_every_table_is_found_and_can_be_filled_in_this_order() -> None:
    groups = tables_of(apps)
    names = [table.name for table in flat(groups)]
    managed = {
        model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed
    }
    assert sorted(names) == sorted(managed)
    there: set[str] = set()
    for group in groups:
        there |= {table.name for table in group}
        assert all(table.refers_to <= there for table in group)
    alone = next(group for group in groups if group[0].name == "records_org")
    assert is_circular(alone)
    assert not is_circular(next(group for group in groups if group[0].name == "records_user"))


def test_tables_that_refer_to_each_other_are_one_group() -> None:
    from liwa.flows.tables.shape import _groups

    def made(name: str, *others: str) -> Table:
        return Table(name, (), (), (), "", frozenset(others), sample.Sample)

    tables = {
        one.name: one
        for one in (made("a", "b"), made("b", "c"), made("c", "a", "d"), made("d"), made("e", "a"))
    }
    assert _groups(tables) == [["d"], ["a", "b", "c"], ["e"]]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_a_cell_comes_back(text: str) -> None:
    assert cells(f"{escaped(text)}\t\\N\n".encode()) == [text, None]
    assert unescaped(escaped("\\N")) == "\\N"


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("JSONField", '{"b":1.0,"a":[1e2,"x"]}', '{"a": [100, "x"], "b": 1}'),
        ("JSONField", '{"a": 0.10}', '{"a":0.1}'),
        ("JSONField", '"\\u6210"', '"成"'),
        ("FloatField", "1e+15", "1000000000000000.0"),
        ("FloatField", "-0", "0.0"),
        ("DecimalField", "10.50", "10.5"),
        ("DecimalField", "1e400000", "1e400000"),
        ("GenericIPAddressField", "2001:DB8::0:1", "2001:db8::1"),
    ],
)
def test_the_same_is_written_in_one_way(kind: str, one: str, other: str) -> None:
    plain = KINDS[kind].plain
    assert plain
    assert plain(one) == plain(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [('{"a":1}', '{"a":"1"}'), ("1", "true"), ("12345678901234567890", "12345678901234567891")],
)
def test_what_differs_is_written_differently(one: str, other: str) -> None:
    plain = KINDS["JSONField"].plain
    assert plain
    assert plain(one) != plain(other)


@pytest.fixture
def shared_sample(other_databases: None) -> Iterator[None]:
    sample.create()
    yield
    sample.drop()


@pytest.fixture
def elsewhere(other_databases: None, tmp_path: Path) -> Iterator[BaseDatabaseWrapper]:
    """A SQLite database with the sample table."""
    with database(f"sqlite:///{tmp_path}/elsewhere.sqlite3", tmp_path, "elsewhere", "it") as found:
        quote = found.ops.quote_name
        definitions = ", ".join(
            f"{quote(one.name)} {one.db_type}" for one in columns_of(sample.Sample, sample.NAMES, found)
        )
        with found.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {quote(sample.TABLE)} ({definitions}, PRIMARY KEY (key))")
        yield found


def sum_in(connection: BaseDatabaseWrapper) -> lines.Sum:
    with transaction.atomic(using=connection.alias):
        return sum_of(blocks(SAMPLE, read(connection, SAMPLE)))


def copy(source: BaseDatabaseWrapper, target: BaseDatabaseWrapper) -> None:
    with transaction.atomic(using=source.alias), transaction.atomic(using=target.alias):
        lines.clear(target, [SAMPLE])
        for block in blocks(SAMPLE, read(source, SAMPLE)):
            write(target, SAMPLE, block.lines, foreign=source.vendor != "sqlite")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(rows=sample.tables)
def test_there_and_back(shared_sample: None, elsewhere: BaseDatabaseWrapper, rows: dict[str, object]) -> None:
    with transaction.atomic():
        lines.clear(connection, [SAMPLE])
    write_rows(sample.TABLE, sample.columns(), ["key"], sample.rows(rows))
    stored, before = sample.stored(), sum_in(connection)
    assert before.rows == len(rows)
    copy(connection, elsewhere)
    assert sum_in(elsewhere) == before
    copy(elsewhere, connection)
    assert sum_in(connection) == before
    assert sample.stored() == stored
    # A load that brings the same again finds it unchanged, here and there.
    for one in (connection, elsewhere):
        columns = columns_of(sample.Sample, sample.NAMES, one)
        again = write_rows(sample.TABLE, columns, ["key"], sample.rows(rows), connection=one)
        assert (again.inserted, again.updated) == (0, 0)


@given(st.integers(0, 60), st.integers(1, 9), st.integers(1, 90), st.data())
def test_blocks_are_cut_alike_wherever_one_begins(
    rows: int, most: int, size: int, data: st.DataObject
) -> None:
    made = [f"{number:04}{'x' * (number % 7)}\n".encode() for number in range(rows)]
    plain = Table("t", (), (), (), "", frozenset(), sample.Sample)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "BLOCK_ROWS", most)
        patch.setattr(lines, "BLOCK_BYTES", size)
        cut = list(blocks(plain, [made]))
        done = data.draw(st.integers(0, len(cut)))
        begun = sum(len(block.lines) for block in cut[:done])
        pieces = [made[at : at + 3] for at in range(begun, rows, 3)]
        assert list(blocks(plain, pieces)) == cut[done:]
    assert [line for block in cut for line in block.lines] == made
