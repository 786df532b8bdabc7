"""Several processes on one database, and processes that die."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection, transaction

from liwa.core.errors import Busy
from liwa.db import retrying as module
from liwa.db.engines import engine_of
from liwa.db.retrying import retrying
from liwa.db.write import write_rows
from tests.db.sample import EMPTY, TABLE, Sample, columns, stored

ROOT = Path(__file__).parent.parent.parent
Start = Callable[..., "subprocess.Popen[str]"]


def url() -> str:
    """The URL of the test's database, for another process."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    head, mark, query = os.environ["LIWA_DATABASE_URL"].partition("?")
    return f"{head.rpartition('/')[0]}/{found['NAME']}{mark}{query}"


@pytest.fixture
def start(shared_table: None) -> Iterator[Start]:
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.db.other", *arguments],
            cwd=ROOT,
            env={**os.environ, "LIWA_DATABASE_URL": url()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def hears(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def tell(process: "subprocess.Popen[str]") -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def test_two_writers_count_each_row_once(start: Start) -> None:
    one, two = start("write", "0", "3000", "x"), start("write", "1500", "4500", "x")
    assert hears(one) == hears(two) == "ready"
    tell(one)
    tell(two)
    counts = [[int(word) for word in hears(process).split()] for process in (one, two)]
    assert sum(inserted for inserted, _, _ in counts) == 4500
    assert sum(unchanged for _, _, unchanged in counts) == 1500
    assert sum(updated for _, updated, _ in counts) == 0
    assert Sample.objects.count() == 4500


def test_two_writers_who_disagree(start: Start) -> None:
    """One of them wins each row, whole writes at a time."""
    one, two = start("write", "0", "2000", "one"), start("write", "0", "2000", "two")
    assert hears(one) == hears(two) == "ready"
    tell(one)
    tell(two)
    counts = [[int(word) for word in hears(process).split()] for process in (one, two)]
    assert sorted(counts) == [[0, 2000, 0], [2000, 0, 0]]
    assert Sample.objects.values("text").distinct().count() == 1


def test_readers_are_not_held_up(start: Start) -> None:
    Sample.objects.create(key="a", text="before")
    other = start("hold")
    assert hears(other) == "held"
    assert Sample.objects.get(key="a").text == "before"
    tell(other)
    assert hears(other) == "done"
    assert Sample.objects.get(key="a").text == "theirs"


_WAITS = {
    "django.db.backends.sqlite3": ["PRAGMA busy_timeout = 50"],
    "django.db.backends.postgresql": ["SET lock_timeout = 50"],
    # Which only an administrator may set, as the user of the tests is one.
    "liwa.db.opengauss": ["SET lockwait_timeout = 50", "SET update_lockwait_timeout = 50"],
}


def impatient() -> None:
    """Wait a twentieth of a second for a lock, in this connection."""
    with connection.cursor() as cursor:
        for wait in _WAITS[engine_of(connection).backend]:
            cursor.execute(wait)


def test_a_lock_is_waited_for_by_trying_again(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    other = start("hold")
    assert hears(other) == "held"
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            tell(other)
            assert hears(other) == "done"

    monkeypatch.setattr(module.time, "sleep", sleep)
    impatient()
    written = retrying(write_rows, TABLE, columns(), ["key"], [("a", "ours", *EMPTY)])
    assert written.updated == 1
    assert len(waits) == 2
    assert stored()[0][1] == "ours"
    connection.close()  # and with it the impatience


def test_a_lock_that_stays_is_said_plainly(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    other = start("hold")
    assert hears(other) == "held"
    waits: list[float] = []
    monkeypatch.setattr(module.time, "sleep", waits.append)
    impatient()
    with pytest.raises(Busy, match="locked"):
        retrying(write_rows, TABLE, columns(), ["key"], [("a", "ours", *EMPTY)])
    assert len(waits) == module.ATTEMPTS - 1
    assert all(0 <= wait <= module.LONGEST_WAIT_SECONDS for wait in waits)
    connection.close()


@pytest.mark.parametrize("seconds", [0.0, 0.05])
def test_a_writer_killed_leaves_the_old_state_or_the_new(start: Start, seconds: float) -> None:
    for _ in range(4):
        other = start("endless", str(seconds))
        said = int(hears(other))
        time.sleep(random.uniform(0, 0.4))
        other.send_signal(signal.SIGKILL)
        assert other.stdout
        said = max([said, *(int(line) for line in other.stdout.read().split())])
        other.wait()
        texts = _settled_texts()
        assert len(texts) == 1, "half of one state, half of another"
        assert int(texts[0]) in {said, said + 1}  # what was acknowledged is there
        assert Sample.objects.count() == 3000


def _settled_texts() -> list[str]:
    """The texts of all rows once the dead writer's server process is gone."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f'LOCK TABLE "{TABLE}" IN EXCLUSIVE MODE')
        return list(Sample.objects.values_list("text", flat=True).distinct())
