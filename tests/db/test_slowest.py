import pytest
from django.db import Error, connection

from liwa.db import slowest as module
from liwa.db.slowest import Slowest
from tests.db.sample import Sample


def test_what_runs_is_counted_without_its_values(table: None) -> None:
    watched = Slowest()
    with connection.execute_wrapper(watched):
        Sample.objects.filter(key__in=["somebody", "else"]).count()
        Sample.objects.filter(key__in=["a", "b", "c"]).count()
    (one,) = watched.top(5)
    assert one.runs == 2
    assert "somebody" not in one.sql
    assert "IN (…)" in one.sql
    assert one.seconds >= one.longest > 0


def test_what_fails_is_counted_and_fails(table: None) -> None:
    watched = Slowest()
    with connection.execute_wrapper(watched), connection.cursor() as cursor, pytest.raises(Error):
        cursor.execute("SELECT nothing FROM nowhere")
    assert [one.runs for one in watched.top(5)] == [1]


def test_a_connection_is_watched_once(db: None) -> None:
    watched = Slowest()
    before = list(connection.execute_wrappers)
    try:
        for _ in range(2):
            watched.watch(connection=connection, sender=None)
        assert connection.execute_wrappers == [*before, watched]
    finally:
        connection.execute_wrappers[:] = before


def test_the_slowest_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 10)
    watched = Slowest()
    for number in range(100):
        watched.note(f"SELECT {number}", 100.0 if number == 3 else number / 1000)
    assert [one.sql for one in watched.top(1)] == ["SELECT 3"]
    assert len(watched.top(100)) <= 10
