"""Connections that are lent, and rows that are fetched as they are asked for."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from liwa.db.stage import Stage
from tests.db.sample import EMPTY, TABLE, Sample, columns


@pytest.fixture(autouse=True)
def _remote(engine: str) -> None:
    if engine == "sqlite":
        pytest.skip("there is no server")


def _session() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_connection_that_the_server_ended_is_replaced_unseen(shared_table: None) -> None:
    """As after openGauss's session_timeout, or a restart."""
    import psycopg

    ended = _session()
    parameters = connection.get_connection_params()
    connection.close()  # back to the pool
    with psycopg.connect(autocommit=True, **parameters) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [ended])
        while other.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [ended]).fetchone():
            pass
    Sample.objects.create(key="a", text="x")
    assert _session() != ended


def _cursors() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_cursors")
        return int(cursor.fetchone()[0])


def _streams() -> Iterator[Iterator[Any]]:
    yield Sample.objects.order_by("key").iterator(chunk_size=2)
    with Stage(connection, TABLE, columns(), ["key"]) as stage:
        stage.add([(1, "z", "x", *EMPTY)])
        yield stage.absent()


@pytest.mark.parametrize("off", [False, True])
def test_rows_are_streamed_by_cursors_of_the_server_unless_they_are_off(
    shared_table: None, monkeypatch: pytest.MonkeyPatch, off: bool
) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", off)
    Sample.objects.bulk_create([Sample(key=f"{number:03}", text="x") for number in range(20)])
    for rows in _streams():
        before = _cursors()
        next(rows)
        assert _cursors() - before == (0 if off else 1)
        assert len(list(rows)) == 19
