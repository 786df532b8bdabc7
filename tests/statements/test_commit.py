"""Many at once: threads and processes that store the same and different statements, and readers beside them."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import DataError, connection, transaction

from liwa.core import clock
from liwa.core.errors import Unavailable
from liwa.statements import commit, query, store
from liwa.statements.errors import Conflict
from liwa.statements.models import Link, Statement
from tests.statements.made import ask, get, prepared, reference, send, statement, voiding
from tests.statements.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _stopped() -> Iterator[None]:
    yield
    commit.stop()


def outcome(*statements: dict[str, Any]) -> str:
    """What became of a request."""
    try:
        send(*statements)
    except Conflict:
        return "conflict"
    return "stored"


def test_requests_at_once_are_all_stored_each_once() -> None:
    found = at_once(24, lambda place: [outcome(statement(f"n{place}"), statement()) for _ in range(4)])
    assert found == [["stored"] * 4] * 24
    seqs = list(Statement.objects.values_list("seq", flat=True))
    assert len(seqs) == len(set(seqs)) == 24 * 8


def test_requests_at_once_share_transactions(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    first, go_on = threading.Event(), threading.Event()

    def slow(requests: Any) -> store.Outcome:
        sizes.append(len(requests))
        if len(sizes) == 1:
            first.set()
            go_on.wait(20)
        return store.store(requests)

    monkeypatch.setattr(commit, "store", slow)
    threads = [threading.Thread(target=lambda: (send(statement()), connection.close())) for _ in range(8)]
    threads[0].start()
    assert first.wait(20)
    for thread in threads[1:]:
        thread.start()
    while len(commit._committer._queue) < 7:
        time.sleep(0.01)
    go_on.set()
    for thread in threads:
        thread.join()
    assert sizes == [1, 7]
    assert Statement.objects.count() == 8


def test_the_same_at_once_is_stored_once_and_fine_for_all() -> None:
    one = statement()
    assert at_once(16, lambda place: outcome(one)) == ["stored"] * 16
    assert Statement.objects.count() == 1


def test_of_different_statements_with_one_id_the_first_wins() -> None:
    pk = str(uuid4())
    found = at_once(16, lambda place: outcome(statement(f"n{place}", id=pk), statement()))
    assert sorted(found) == ["conflict"] * 15 + ["stored"]
    assert Statement.objects.count() == 2


def test_batches_that_overlap_are_whole_or_not_there() -> None:
    shared = [str(uuid4()) for _ in range(6)]

    def work(place: int) -> str:
        return outcome(
            *(statement(f"n{place}", id=pk) for pk in shared[place % 3 : place % 3 + 3]),
            statement(f"w{place}"),
        )

    found = at_once(12, work)
    for place, result in enumerate(found):
        mine = [one["actor"]["mbox"] for one in ask(limit="0")].count(f"mailto:w{place}@example.org")
        assert mine == (1 if result == "stored" else 0)
    assert found.count("stored") >= 1


def test_one_request_that_breaks_the_database_breaks_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    def store_unless_bad(requests: Any) -> store.Outcome:
        if any(b"wrong" in one.payload for request in requests for one in request):
            raise DataError("too bad")
        return store.store(requests)

    monkeypatch.setattr(commit, "store", store_unless_bad)
    found = at_once(12, lambda place: outcome(statement("wrong" if place % 3 == 0 else "good")))
    assert [isinstance(one, DataError) for one in found] == [place % 3 == 0 for place in range(12)]
    assert Statement.objects.count() == 8


def test_what_fails_for_all_is_told_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(requests: Any) -> store.Outcome:
        raise Unavailable("away", remedy="wait")

    monkeypatch.setattr(commit, "store", away)
    assert {type(one) for one in at_once(6, lambda place: outcome(statement()))} == {Unavailable}


def test_within_a_transaction_it_is_part_of_it() -> None:
    one, other = statement(), statement()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        send(one)
        raise ZeroDivisionError
    with transaction.atomic():
        send(other)
        with pytest.raises(Conflict):
            send({**other, "actor": {"mbox": "mailto:x@example.org"}})
    assert get(one) is None
    assert get(other) is not None


def test_a_failed_transaction_leaves_nothing_half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: Any) -> None:
        raise DataError("broken")

    monkeypatch.setattr("liwa.statements.activities.note", broken)
    with pytest.raises(DataError):
        send(statement())
    assert not Statement.objects.exists()
    assert not Link.objects.exists()


def test_both_sides_of_a_reference_at_once() -> None:
    pairs = [(statement(f"t{at}"), f"r{at}") for at in range(8)]

    def work(place: int) -> str:
        target, name = pairs[place // 2]
        return outcome(target if place % 2 else reference(target, name))

    assert at_once(16, work) == ["stored"] * 16
    for at, (target, name) in enumerate(pairs):
        found = {one["actor"]["mbox"] for one in ask(agent=target["actor"])}
        assert found == {f"mailto:t{at}@example.org", f"mailto:{name}@example.org"}


def test_a_statement_and_what_voids_it_at_once() -> None:
    targets = [statement() for _ in range(8)]
    at_once(16, lambda place: outcome(targets[place // 2] if place % 2 else voiding(targets[place // 2])))
    assert all(get(one) is None and get(one, voided=True) for one in targets)


class Reader(threading.Thread):
    """Reads what is stored after the last it has seen, again and again."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[int] = []
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.is_set():
            self.look()
        self.look()
        connection.close()

    def look(self) -> None:
        """See what is new."""
        last = self.seen[-1] if self.seen else 0
        rows = Statement.objects.filter(seq__gt=last).order_by("seq")
        self.seen += rows.values_list("seq", flat=True)


def test_a_reader_beside_threads_and_processes_misses_nothing() -> None:
    shared = str(uuid4())
    running = [_process("12", shared) for _ in range(3)]
    reader = Reader()
    reader.start()
    for process in running:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    here = at_once(4, lambda place: [outcome(statement(), statement()) for _ in range(10)])
    said = [process.communicate(timeout=120)[0].split() for process in running]
    reader.done.set()
    reader.join()
    assert [process.returncode for process in running] == [0, 0, 0]
    assert here == [["stored"] * 10] * 4
    rows = list(Statement.objects.order_by("seq").values_list("seq", "id", "payload"))
    assert reader.seen == [seq for seq, _, _ in rows]
    assert len({seq for seq, _, _ in rows}) == len(rows) == 3 * 4 * (6 + 6 * 5) + 4 * 10 * 2 + 1
    stored = {str(pk) for _, pk, _ in rows}
    assert {word for words in said for word in words[:-1]} <= stored
    assert [words[-1] for words in said].count("mine") == 1
    _in_order_of_each(said, {str(pk): seq for seq, pk, _ in rows})


def _in_order_of_each(said: list[list[str]], seqs: dict[str, int]) -> None:
    """What one thread stored after the other has a higher seq."""
    for words in said:
        by_name: dict[str, list[int]] = {}
        for pk in words[:-1]:
            name = (get(pk) or {})["actor"]["mbox"]
            by_name.setdefault(name, []).append(seqs[pk])
        assert all(found == sorted(found) for found in by_name.values())


def _process(*arguments: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.statements.storing", *arguments],
        cwd=ROOT,
        env={**os.environ, "LIWA_DATABASE_URL": _url()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout and process.stdout.readline() == "ready\n"
    return process


def _url() -> str:
    """The URL of the test's database, for another process."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    head, mark, address = os.environ["LIWA_DATABASE_URL"].partition("?")
    return f"{head.rpartition('/')[0]}/{found['NAME']}{mark}{address}"


def test_who_waits_holds_no_connection_that_the_store_needs() -> None:
    found = at_once(40, _ask_and_send)
    assert found == ["stored"] * 40


def _ask_and_send(place: int) -> str:
    Statement.objects.exists()
    return outcome(statement(f"n{place}"))


def test_the_thread_ends_when_nothing_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commit, "IDLE_SECONDS", 0.05)
    send(statement())
    thread = commit._committer._thread
    assert thread
    thread.join(20)
    assert not thread.is_alive()
    send(statement())
    assert Statement.objects.count() == 2


def test_through_is_never_after_what_is_being_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    began = clock.now()
    seen = []

    def slow(requests: Any) -> store.Outcome:
        monkeypatch.setattr(commit, "USUAL", commit.USUAL * 0)
        seen.append(query.consistent_through())
        return store.store(requests)

    monkeypatch.setattr(commit, "store", slow)
    send(statement())
    (stored,) = Statement.objects.values_list("seq", flat=True)
    assert began <= seen[0] <= store.stored_at(stored) <= query.consistent_through()


def test_nothing_to_store_is_fine() -> None:
    commit.submit(prepared())
    assert not Statement.objects.exists()
