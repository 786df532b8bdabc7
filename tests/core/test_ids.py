"""Ids and invented names come out the same wherever they are made."""

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from liwa.core.errors import Busy, Held, LiwaError, Unavailable
from liwa.core.ids import EVENT_ID_SQL, event_id, row_id
from liwa.core.names import FAMILY, GIVEN, invented_name

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@given(st.lists(st.tuples(TEXT, TEXT, st.integers(1, 10**9)), min_size=1, max_size=5))
@settings(deadline=None)
def test_duckdb_makes_the_same_ids(keys: list[tuple[str, str, int]]) -> None:
    sql = EVENT_ID_SQL.format(feed="?", natural_key="?", occurrence="?")
    with duckdb.connect() as connection:
        for key in keys:
            assert connection.execute(f"SELECT {sql}", key).fetchone() == (event_id(*key),)


def test_parts_do_not_run_together() -> None:
    assert row_id("ab", "c") != row_id("a", "bc")
    assert event_id("a", "b", 11) != event_id("a", "b1", 1)
    assert len(row_id("a")) == len(event_id("a", "b", 1)) == 32


@given(TEXT)
@settings(deadline=None)
def test_a_person_keeps_the_same_name(person: str) -> None:
    given_name, family = invented_name(person)
    assert (given_name, family) == invented_name(person)
    assert given_name in GIVEN
    assert family in FAMILY


def test_errors_say_what_to_do() -> None:
    assert str(LiwaError("It broke.", remedy="Mend it.")) == "It broke. Mend it."
    assert str(LiwaError("It broke.")) == "It broke."
    codes = [error("x").exit_code for error in (LiwaError, Held, Busy, Unavailable)]
    assert codes == [2, 3, 4, 5]
