import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import (
    DataError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    connection,
    transaction,
)

from liwa.core.errors import Busy, LiwaError, Unavailable
from liwa.db import errors, marks
from liwa.db import retrying as module
from liwa.db.errors import Trouble, classify, explain
from liwa.db.retrying import retryable, retrying
from tests.db.sample import Sample


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited between attempts; nobody really waits."""
    found: list[float] = []
    monkeypatch.setattr(module.time, "sleep", found.append)
    return found


def failure(trouble: Trouble) -> OperationalError:
    """An error as Django raises it, from the driver of this engine or the other."""
    cause: Exception
    if trouble is Trouble.LOST:
        cause = psycopg.OperationalError("server closed the connection unexpectedly")
    else:
        cause = psycopg.errors.lookup({Trouble.CONFLICT: "40001", Trouble.FULL: "53100"}[trouble])("no")
    error = OperationalError("no")
    error.__cause__ = cause
    return error


class Work:
    """Writes a row, then fails a number of times."""

    def __init__(self, failures: int, trouble: Trouble) -> None:
        self.failures, self.trouble, self.runs = failures, trouble, 0

    def __call__(self, key: str) -> str:
        self.runs += 1
        Sample.objects.create(key=key, text="x")
        if self.runs <= self.failures:
            raise failure(self.trouble)
        return "done"


@pytest.mark.parametrize("trouble", [Trouble.CONFLICT, Trouble.LOST])
def test_tried_again_from_the_beginning(shared_table: None, waits: list[float], trouble: Trouble) -> None:
    work = Work(3, trouble)
    assert retrying(work, "a") == "done"
    assert work.runs == 4
    assert Sample.objects.count() == 1
    assert len(waits) == 3
    assert all(wait <= module.LONGEST_WAIT_SECONDS for wait in waits)


def test_not_for_ever(shared_table: None, waits: list[float]) -> None:
    work = Work(1000, Trouble.CONFLICT)
    with pytest.raises(Busy):
        retrying(work, "a")
    assert work.runs == module.ATTEMPTS
    assert Sample.objects.count() == 0


def test_not_where_it_does_not_help(shared_table: None, waits: list[float]) -> None:
    work = Work(1000, Trouble.FULL)
    with pytest.raises(Unavailable, match="disk"):
        retrying(work, "a")
    assert (work.runs, waits) == (1, [])


def test_not_when_the_commit_may_have_happened(
    shared_table: None, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody can be asked; tests/db/test_line.py has what comes of asking."""
    work = Work(0, Trouble.LOST)

    def commit() -> None:
        raise failure(Trouble.LOST)

    connection.ensure_connection()
    with monkeypatch.context() as patch, pytest.raises(Unavailable, match="may have been saved"):
        patch.setattr(marks, "take", lambda connection: None)
        patch.setattr(connection, "_commit", commit)
        retrying(work, "a")
    assert work.runs == 1


def test_defects_pass_through(shared_table: None, waits: list[float]) -> None:
    def twice() -> None:
        Sample.objects.create(key="a", text="x")
        Sample.objects.create(key="a", text="x")

    with pytest.raises(IntegrityError):
        retrying(twice)
    with pytest.raises(ZeroDivisionError):
        retrying(lambda: 1 / 0)
    assert waits == []
    assert Sample.objects.count() == 0


def test_never_inside_another_transaction(transactional_db: None) -> None:
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        retrying(int)


def test_as_a_decorator(shared_table: None, waits: list[float]) -> None:
    work = Work(1, Trouble.CONFLICT)

    @retryable
    def add(key: str) -> str:
        return work(key)

    assert add("a") == "done"
    assert add.__name__ == "add"
    assert work.runs == 2


def test_a_real_deadlock(shared_table: None, engine: str) -> None:
    """Two threads change two rows in opposite order; the server ends one of them, who tries again."""
    if engine == "sqlite":
        pytest.skip("one writer at a time: SQLite knows no deadlock")
    Sample.objects.bulk_create([Sample(key="a", text=""), Sample(key="b", text="")])
    meet = threading.Barrier(2)
    runs: list[str] = []

    def change(first: str, second: str) -> None:
        runs.append(first)
        Sample.objects.filter(key=first).update(text=first)
        if len(runs) <= 2:
            meet.wait(10)
        Sample.objects.filter(key=second).update(text=first)

    def work(first: str, second: str) -> None:
        try:
            retrying(change, first, second)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=pair) for pair in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(runs) == 3
    assert Sample.objects.values("text").distinct().count() == 1


def test_a_connection_really_cut(shared_table: None, engine: str, waits: list[float]) -> None:
    if engine == "sqlite":
        pytest.skip("there is no line to cut")
    runs = []

    def work() -> None:
        runs.append(1)
        Sample.objects.create(key="a", text="x")
        if len(runs) == 1:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    retrying(work)
    assert len(runs) == 2
    assert Sample.objects.count() == 1


def test_a_full_disk(shared_table: None, engine: str) -> None:
    if engine != "sqlite":
        pytest.skip("only SQLite lets a test fill the disk")

    def fill() -> None:
        Sample.objects.create(key="a", text="x" * 10_000_000)

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1000")
    with pytest.raises(Unavailable, match="disk of the database is full"):
        retrying(fill)
    connection.close()


def sqlite_error(tmp_path: Path, kind: str) -> BaseException:
    path = tmp_path / "damaged.sqlite3"
    if kind == "damaged":
        path.write_bytes(b"not a database at all" * 100)
    elif kind == "unreachable":
        path = tmp_path / "no" / "such" / "folder.sqlite3"
    with pytest.raises(sqlite3.Error) as caught:
        sqlite3.connect(path).execute("SELECT * FROM sqlite_master")
    return caught.value


@pytest.mark.parametrize("kind", ["damaged", "unreachable"])
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_sqlite_troubles(tmp_path: Path, kind: str) -> None:
    assert classify(sqlite_error(tmp_path, kind)) is Trouble(kind)


@pytest.mark.parametrize(
    ("state", "trouble"),
    [
        ("40P01", Trouble.CONFLICT),
        ("55P03", Trouble.BUSY),
        ("53300", Trouble.BUSY),
        ("08006", Trouble.LOST),
        ("57P01", Trouble.LOST),
        ("28P01", Trouble.UNREACHABLE),
        ("3D000", Trouble.UNREACHABLE),
        ("25006", Trouble.READ_ONLY),
        ("42P01", None),
        ("23505", None),
    ],
)
def test_codes_of_the_standard(state: str, trouble: Trouble | None) -> None:
    error = OperationalError("no")
    error.__cause__ = psycopg.errors.lookup(state)("no")
    assert classify(error) is trouble


def test_a_code_of_opengauss_alone() -> None:
    """Where somebody held a lock for longer than lockwait_timeout."""
    cause = psycopg.OperationalError("Lock wait timeout")
    cause.sqlstate = "YY003"
    error = OperationalError("no")
    error.__cause__ = cause
    assert classify(error) is Trouble.BUSY


def test_a_refused_log_in_says_whom_to_ask() -> None:
    """As the backend for openGauss raises it, once Django has wrapped it."""
    reason = psycopg.OperationalError("connection failed: authentication method 13 not supported\n")
    told = psycopg.OperationalError("connection failed: authentication method 13 not supported\nAsk the DBA.")
    told.__cause__ = reason
    error = OperationalError(str(told))
    error.__cause__ = told
    assert classify(error) is Trouble.UNREACHABLE
    said = explain(error)
    assert said is not None
    assert (said.message, said.remedy) == ("The database does not let Liwa in.", "Ask the DBA.")


def test_a_database_of_another_kind_is_refused_with_its_remedy() -> None:
    said = explain(NotSupportedError("The database is in compatibility mode A. CREATE DATABASE …"))
    assert said is not None
    assert "compatibility mode A" in said.remedy


def test_every_trouble_is_said() -> None:
    for trouble in Trouble:
        said = errors._SAID[trouble]()
        assert isinstance(said, LiwaError)
        assert said.message.endswith(".")
        assert said.remedy.endswith(".")


def test_what_is_not_trouble_is_not_explained() -> None:
    assert explain(DataError("no")) is None
    assert explain(ValueError("no")) is None


def run(url: str, home: Path) -> "subprocess.CompletedProcess[str]":
    """Try to write with Liwa's settings, in a process of its own."""
    code = (
        "import django; django.setup()\n"
        "from django.db import connection\n"
        "from liwa.core.errors import LiwaError\n"
        "from liwa.db.retrying import retrying\n"
        "def work():\n"
        "    with connection.cursor() as cursor: cursor.execute('CREATE TABLE a (b int)')\n"
        "try: retrying(work)\n"
        "except LiwaError as error: print(error)\n"
        "else: print('written')\n"
    )
    environment: dict[str, Any] = {
        **os.environ,
        "LIWA_HOME": str(home),
        "LIWA_DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "liwa.settings",
    }
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=True,
    )


def test_an_unreachable_server_is_said_plainly(tmp_path: Path) -> None:
    done = run("postgresql://liwa:hunter2@127.0.0.1:1/liwa?pool_timeout=1", tmp_path)
    assert "cannot be reached" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_process_writes_and_ends_without_complaint(database_url: str, tmp_path: Path) -> None:
    done = run(database_url, tmp_path)
    assert (done.stdout, done.stderr) == ("written\n", "")
