"""What becomes of a transaction whose line is cut: at its work, at its commit, and before the server has decided."""

import os
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from liwa.core import clock
from liwa.core.errors import Unavailable
from liwa.db import marks
from liwa.db import retrying as module
from liwa.db.models import Writer
from liwa.db.retrying import retrying
from tests.db.line import Cut, Line, through_a_line
from tests.db.sample import Sample


@pytest.fixture
def line(shared_table: None, engine: str) -> Iterator[Line]:
    if engine == "sqlite":
        pytest.skip("there is no line to cut")
    if not str(connection.settings_dict["HOST"]).startswith("/"):
        pytest.skip("the server is not at a Unix socket")
    with through_a_line() as line:
        yield line


class Work:
    """Writes a row each time it is run, and tells of it on commit."""

    def __init__(self) -> None:
        self.runs = 0
        self.told: list[int] = []

    def __call__(self) -> int:
        self.runs += 1
        run = self.runs
        Sample.objects.create(key=f"run {run}", text="x")
        transaction.on_commit(lambda: self.told.append(run))
        return run


def stored() -> set[str]:
    return set(Sample.objects.values_list("key", flat=True))


@pytest.mark.parametrize("query", [b"BEGIN", b"UPDATE db_writer", b"INSERT INTO", b"COMMIT"])
@pytest.mark.parametrize("how", ["unsent", "unanswered"])
def test_done_once_wherever_the_line_is_cut(line: Line, query: bytes, how: str) -> None:
    retrying(int)  # takes a writer, which is kept
    line.cut = Cut(query, how)
    work = Work()
    found = retrying(work)
    assert line.cut.done.is_set()
    committed = query == b"COMMIT" and how == "unanswered"
    assert work.runs == (1 if committed or query in {b"BEGIN", b"UPDATE db_writer"} else 2)
    assert (found, stored(), work.told) == (work.runs, {f"run {work.runs}"}, [work.runs])


def test_who_asks_waits_for_a_server_that_is_still_at_it(line: Line) -> None:
    """The commit arrives a second after the line was cut: an answer before that would have been wrong."""
    retrying(int)
    line.cut = Cut(b"COMMIT", "late", delay=1.0)
    work = Work()
    began = time.monotonic()
    assert retrying(work) == 1
    assert time.monotonic() - began > 0.9
    assert (work.runs, stored(), work.told) == (1, {"run 1"}, [1])


def test_the_line_is_cut_before_there_is_a_writer(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "_writers", marks._Writers())
    line.cut = Cut(b"INSERT INTO db_writer", "unanswered")
    work = Work()
    assert retrying(work) == 1
    assert line.cut.done.is_set()
    assert stored() == {"run 1"}


def test_a_server_that_does_not_answer_any_more(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows, so nothing is done again."""
    retrying(int)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr(marks.Writer, "ask", _refuse)
    line.cut = Cut(b"COMMIT", "unanswered")
    work = Work()
    with pytest.raises(Unavailable, match="may have been saved"):
        retrying(work)
    assert work.runs == 1


def _refuse(*_: object) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    raise AssertionError("the server went on")


def test_without_tables_nobody_is_asked(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks, "take", lambda connection: None)
    line.cut = Cut(b"COMMIT", "unanswered")
    work = Work()
    with pytest.raises(Unavailable, match="may have been saved"):
        retrying(work)
    assert stored() == {"run 1"}


def test_many_threads_and_many_cuts(line: Line) -> None:
    """Every call is done exactly once, however often lines are cut at commits."""
    counts = threading.Lock()
    failures: list[BaseException] = []
    left = [12]
    done: list[str] = []

    def write(name: str) -> None:
        Sample.objects.create(key=name, text="x")

    def work(thread: int) -> None:
        try:
            for at in range(6):
                with counts:
                    if left[0] and (line.cut is None or line.cut.done.is_set()):
                        left[0] -= 1
                        line.cut = Cut(b"COMMIT", ("unsent", "unanswered", "late")[left[0] % 3], delay=0.1)
                retrying(write, f"{thread} {at}")
                with counts:
                    done.append(f"{thread} {at}")
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not failures
    assert stored() == set(done)
    assert len(done) == 24


# Writers


def test_a_writer_serves_one_transaction_after_the_other(shared_table: None, engine: str) -> None:
    if engine == "sqlite":
        retrying(int)
        assert not Writer.objects.exists()
        return
    retrying(int)
    before = Writer.objects.count()
    for _ in range(3):
        retrying(int)
    assert Writer.objects.count() == before


def test_a_writer_whose_row_is_gone_is_replaced(shared_table: None, engine: str) -> None:
    if engine == "sqlite":
        pytest.skip("there is nobody to ask")
    work = Work()
    retrying(int)
    Writer.objects.all().delete()
    assert retrying(work) == 1
    assert stored() == {"run 1"}
    assert Writer.objects.count() == 1


def test_writers_long_gone_are_forgotten(
    shared_table: None, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "sqlite":
        pytest.skip("there is nobody to ask")
    Writer.objects.all().delete()
    Writer.objects.create(id=1, committed=7, used_at=clock.now() - timedelta(days=31))
    Writer.objects.create(id=2, committed=7, used_at=clock.now() - timedelta(days=29))
    monkeypatch.setattr(marks, "_writers", marks._Writers())
    retrying(int)
    assert set(Writer.objects.filter(id__lt=3).values_list("id", flat=True)) == {2}


def test_what_fails_after_the_commit_is_not_done_again(shared_table: None) -> None:
    runs: list[int] = []

    def work() -> None:
        runs.append(1)
        Sample.objects.create(key="a", text="x")
        transaction.on_commit(_raise_conflict)

    with pytest.raises(Exception, match="no"):
        retrying(work)
    assert (len(runs), stored()) == (1, {"a"})


def _raise_conflict() -> None:
    raise OperationalError("no") from psycopg.errors.SerializationFailure("no")


def test_a_forked_process_has_writers_of_its_own() -> None:
    before = marks._writers
    pid = os.fork()
    if not pid:
        os._exit(0 if marks._writers is not before else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
