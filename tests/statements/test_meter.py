"""Figures of use: cheap to note, added up over processes, and nobody's wait."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest
from django.db import connection, transaction

from liwa.statements import credentials, meter
from liwa.statements.models import Credential, Minute
from tests.statements.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)


class Clock:
    """The two clocks of the meter, moved by hand."""

    def __init__(self) -> None:
        self.at = NOON

    def seconds(self) -> float:
        return self.at.timestamp()

    def __iadd__(self, seconds: float) -> "Clock":
        self.at += timedelta(seconds=seconds)
        return self


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    found = Clock()
    monkeypatch.setattr(meter, "time", found.seconds)
    monkeypatch.setattr(meter.clock, "monotonic", found.seconds)
    monkeypatch.setattr(meter.clock, "now", lambda: found.at)
    yield found


def totals() -> Counter[tuple[str, str, int, str]]:
    found: Counter[tuple[str, str, int, str]] = Counter()
    for row in Minute.objects.all():
        found[row.resource, row.method, row.status, row.asked] += row.requests
        assert sum(row.buckets) == row.requests
    return found


def test_requests_are_counted_by_kind_and_minute(clock: Clock) -> None:
    one = meter.Meter()
    one.note("statements", "GET", 200, 0.004, ["verb", "agent"])
    one.note("statements", "GET", 200, 0.006, ["agent", "verb"])
    one.note("statements", "GET", 400, 0.0, ["Agent"])
    one.note("statements", "POST", 200, 9.0, [])
    one.flush()
    assert totals() == {
        ("statements", "GET", 200, "agent+verb"): 2,
        ("statements", "GET", 400, "?"): 1,
        ("statements", "POST", 200, ""): 1,
    }
    row = Minute.objects.get(asked="agent+verb")
    assert (row.minute, row.longest) == (NOON, 0.006)
    assert row.seconds == pytest.approx(0.010)
    assert (row.buckets[2], row.buckets[3]) == (1, 1)
    assert Minute.objects.get(method="POST").buckets[-1] == 1


def test_a_bucket_ends_with_its_limit(clock: Clock) -> None:
    one = meter.Meter()
    one.note("about", "GET", 200, meter.LIMITS[0], [])
    one.flush()
    assert Minute.objects.get().buckets[0] == 1


def test_written_again_it_is_counted_once(clock: Clock) -> None:
    one = meter.Meter()
    for _ in range(3):
        one.note("about", "GET", 200, 0.001, [])
        one.flush()
        one.flush()
    assert totals() == {("about", "GET", 200, ""): 3}
    assert Minute.objects.count() == 1


def test_processes_add_up(clock: Clock) -> None:
    workers = [meter.Meter() for _ in range(3)]
    for number, one in enumerate(workers):
        for _ in range(number + 1):
            one.note("about", "GET", 200, 0.001, [])
        one.flush()
    assert totals() == {("about", "GET", 200, ""): 6}


def test_it_is_written_every_few_seconds_by_whoever_comes(clock: Clock) -> None:
    one = meter.Meter()
    one.note("about", "GET", 200, 0.001, [])
    assert sum(totals().values()) == 1
    for _ in range(4):
        clock += 1
        one.note("about", "GET", 200, 0.001, [])
    assert sum(totals().values()) == 1
    clock += 1.5
    one.note("about", "GET", 200, 0.001, [])
    assert sum(totals().values()) == 6


def test_nothing_is_lost_at_the_turn_of_a_minute(clock: Clock) -> None:
    one = meter.Meter()
    for _ in range(200):
        clock += 1.3
        one.note("about", "GET", 200, 0.001, [])
    one.flush()
    assert sum(totals().values()) == 200
    clock += 200
    one.note("about", "GET", 200, 0.001, [])
    assert len(one._sums) == 1


def test_threads_lose_nothing(clock: Clock) -> None:
    one = meter.Meter()

    def work(place: int) -> None:
        for number in range(500):
            one.note("about", "GET", 200, number / 1000, [])
            if number % 100 == 0:
                one.flush()

    assert at_once(6, work) == [None] * 6
    one.flush()
    assert totals() == {("about", "GET", 200, ""): 3000}


def test_questions_nobody_can_count_are_put_together(clock: Clock) -> None:
    many = meter.Meter()
    names = sorted(meter._PARAMETERS)
    for number in range(meter._MOST_KINDS * 2):
        many.note(
            "statements", "GET", 200, 0.001, [name for place, name in enumerate(names) if number >> place & 1]
        )
    assert len(many._sums) <= meter._MOST_KINDS + 1
    for number in range(10):
        many.note("statements", f"M{number}", 400, 0.001, [])
    assert len(many._sums) <= meter._MOST_KINDS + 2
    many.flush()
    assert sum(totals().values()) == meter._MOST_KINDS * 2 + 10


def test_a_busy_database_is_not_waited_for(clock: Clock) -> None:
    one = meter.Meter()
    one.note("about", "GET", 200, 0.001, [])
    one.note("about", "GET", 200, 0.001, [])
    took: list[float] = []

    def work(place: int) -> None:
        began = perf_counter()
        one.flush()
        took.append(perf_counter() - began)

    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("LOCK TABLE statements_minute IN EXCLUSIVE MODE")
        at_once(1, work)
    assert took[0] < 3
    assert sum(totals().values()) == 1
    one.flush()
    assert sum(totals().values()) == 2


def test_waiting_is_as_before_afterwards(clock: Clock, engine: str) -> None:
    settings = {"sqlite": "PRAGMA busy_timeout", "opengauss": "SHOW statement_timeout"}
    setting = settings.get(engine, "SHOW lock_timeout")
    with connection.cursor() as cursor:
        before = cursor.execute(setting) and cursor.fetchone()
        meter.note("about", "GET", 200, 0.001)
        meter.flush()
        assert (cursor.execute(setting) and cursor.fetchone()) == before


def test_nothing_is_written_within_somebodys_transaction(clock: Clock) -> None:
    one = meter.Meter()
    with transaction.atomic():
        one.note("about", "GET", 200, 0.001, [])
    assert Minute.objects.count() == 0
    one.flush()
    assert Minute.objects.count() == 1


def test_a_keys_use_is_told_once_a_minute(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    one = meter.Meter()
    monkeypatch.setattr(meter, "_meter", one)
    made, secret = credentials.issue("Tool")
    other, _ = credentials.issue("Other")

    def last() -> datetime | None:
        return Credential.objects.get(pk=made.pk).last_used_at

    assert last() is None
    assert credentials.authenticate(made.key, "wrong") is None
    meter.flush()
    assert last() is None
    assert credentials.authenticate(made.key, secret)
    meter.flush()
    assert last() == NOON
    clock += 30
    assert credentials.authenticate(made.key, secret)
    meter.flush()
    assert last() == NOON
    clock += 40
    assert credentials.authenticate(made.key, secret)
    meter.flush()
    assert last() == NOON + timedelta(seconds=70)
    assert Credential.objects.get(pk=other.pk).last_used_at is None


def test_what_is_long_past_goes(clock: Clock) -> None:
    one = meter.Meter()
    one.note("about", "GET", 200, 0.001, [])
    one.flush()
    clock += meter.KEPT.total_seconds() + 120
    one.note("about", "GET", 200, 0.001, [])
    one.flush()
    assert [row.minute for row in Minute.objects.all()] == [NOON + meter.KEPT + timedelta(minutes=2)]


def test_a_fork_has_rows_of_its_own() -> None:
    before = meter._meter
    try:
        meter._begin_anew()
        assert meter._meter.worker != before.worker
    finally:
        meter._meter = before
