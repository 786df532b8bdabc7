"""Sending statements on: all of them, in their order, whatever the other store does."""

import time
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from liwa.core.config import config
from liwa.core.errors import Busy, ConfigError, LiwaError, Unavailable
from liwa.flows import forward as flow
from liwa.flows import outbox
from liwa.flows.home import Home
from liwa.flows.outbox import Answer
from liwa.statements import attachments
from liwa.statements.models import DeadLetter, Forwarding
from tests.flows.other_store import OtherStore, serving
from tests.flows.told import statement, store


@pytest.fixture
def other(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OtherStore]:
    """Another store, which the settings name."""
    with serving() as found:
        monkeypatch.setenv("LIWA_HOME", str(tmp_path))
        monkeypatch.setenv("LIWA_FORWARD_URL", f"{found.url}/")
        monkeypatch.setenv("LIWA_FORWARD_KEY", "us")
        monkeypatch.setenv("LIWA_FORWARD_SECRET", "s3cret")
        config.cache_clear()
        yield found
    config.cache_clear()


class Waits:
    """Sleeps that take no time; `then` happens during the one of that number."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.then: dict[int, Any] = {}

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.then.get(len(self.seconds), lambda: None)()


@pytest.fixture
def waits() -> Waits:
    return Waits()


def forward(waits: Waits, **options: bool) -> flow.Forwarded:
    return flow.forward(Home(), sleep=waits, **options)


def numbers(other: OtherStore) -> list[str]:
    return list(other.statements)


def ids(*wanted: int) -> list[str]:
    return [statement(number)["id"] for number in wanted]


def test_all_in_their_order_and_once(other: OtherStore, waits: Waits) -> None:
    store(*(statement(number) for number in range(250)))
    assert forward(waits) == flow.Forwarded(250, 0)
    assert numbers(other) == ids(*range(250))
    assert len(other.requests) == 3
    store(statement(250))
    assert forward(waits) == flow.Forwarded(1, 0)
    assert forward(waits) == flow.Forwarded(0, 0)
    assert flow.status()["sent"] == 251
    assert flow.status()["waiting"] == 0


def test_as_a_provider_sends_it(other: OtherStore, waits: Waits) -> None:
    store(statement(1))
    forward(waits)
    ((headers, _),) = other.requests
    assert headers["Authorization"] == "Basic " + b64encode(b"us:s3cret").decode()
    assert headers["X-Experience-API-Version"] == "1.0.3"
    (sent,) = other.statements.values()
    assert sent == {**statement(1), "version": "1.0.0"}


def test_one_without_a_time_gets_that_of_its_storing(other: OtherStore, waits: Waits) -> None:
    told = statement(1)
    del told["timestamp"]
    store(told)
    forward(waits)
    assert next(iter(other.statements.values()))["timestamp"].startswith("20")


def test_what_may_pass_is_tried_again(other: OtherStore, waits: Waits) -> None:
    store(statement(1), statement(2))
    answers = iter([(503, ""), (429, ""), (502, ""), (200, "[]")])
    other.judge = lambda _: next(answers)
    assert forward(waits).sent == 2
    assert len(waits.seconds) == 3


def test_it_waits_as_long_as_it_is_asked_to(other: OtherStore, waits: Waits) -> None:
    store(statement(1))
    answers = iter([(429, ""), (200, "[]")])
    other.judge = lambda _: next(answers)
    other.headers["Retry-After"] = "17"
    forward(waits)
    assert waits.seconds == [17.0]


def test_waits_grow_at_random() -> None:
    for attempt in range(1, 30):
        seconds = [flow.wait_after(attempt, Answer(503, "")) for _ in range(50)]
        assert 0 <= min(seconds) <= max(seconds) <= min(60, 0.5 * 2**attempt)
        assert len(set(seconds)) > 1
    assert flow.wait_after(1, Answer(503, "", 9999.0)) == 300


def test_it_gives_up_and_goes_on_later(other: OtherStore, waits: Waits) -> None:
    store(*(statement(number) for number in range(150)))
    taken: list[int] = []

    def judge(statements: list[Any]) -> tuple[int, str]:
        taken.append(len(statements))
        return (200, "[]") if len(taken) == 1 else (503, "down")

    other.judge = judge
    with pytest.raises(Unavailable, match="down"):
        forward(waits)
    assert len(waits.seconds) == flow.ATTEMPTS - 1
    other.judge = lambda _: (200, "[]")
    assert forward(waits).sent == 50
    assert numbers(other) == ids(*range(150))


def test_nobody_there(other: OtherStore, waits: Waits, monkeypatch: pytest.MonkeyPatch) -> None:
    store(statement(1))
    monkeypatch.setenv("LIWA_FORWARD_URL", "http://127.0.0.1:9/xapi")
    config.cache_clear()
    with pytest.raises(Unavailable, match="cannot be reached"):
        forward(waits)


def test_a_slow_one_counts_as_away(other: OtherStore, waits: Waits, monkeypatch: pytest.MonkeyPatch) -> None:
    store(statement(1))
    monkeypatch.setattr(outbox, "TIMEOUT", timedelta(seconds=0.2))
    slow = iter([True, False])

    def judge(_: object) -> tuple[int, str]:
        if next(slow, False):
            time.sleep(0.5)
        return 200, "[]"

    other.judge = judge
    assert forward(waits).sent == 1
    assert len(waits.seconds) == 1


def test_what_is_refused_does_not_hold_up_the_rest(other: OtherStore, waits: Waits) -> None:
    """Of a hundred three are refused: these are kept, the others are there."""
    bad = set(ids(3, 50, 99))
    store(*(statement(number) for number in range(120)))
    other.judge = lambda some: (400, "no good") if bad & {one["id"] for one in some} else (200, "[]")
    assert forward(waits) == flow.Forwarded(117, 3)
    assert set(numbers(other)) == set(ids(*range(120))) - bad
    letters = flow.dead()
    assert {str(one.statement) for one in letters} == bad
    assert {(one.status, one.reason) for one in letters} == {(400, "no good")}
    other.judge = lambda some: (200, "[]")
    assert flow.resend(Home(), [ids(3)[0]], sleep=waits) == flow.Forwarded(1, 0)
    assert flow.resend(Home(), sleep=waits) == flow.Forwarded(2, 0)
    assert not flow.dead()
    assert bad <= set(numbers(other))


def test_a_letter_that_stays_dead(other: OtherStore, waits: Waits) -> None:
    store(statement(1))
    other.judge = lambda _: (400, "first")
    forward(waits)
    other.judge = lambda _: (413, "second")
    assert flow.resend(Home(), sleep=waits) == flow.Forwarded(0, 1)
    assert [(one.status, one.reason) for one in flow.dead()] == [(413, "second")]
    with pytest.raises(LiwaError, match="UUID"):
        flow.dead(["7"])


def test_there_already(other: OtherStore, waits: Waits) -> None:
    """A store that refuses what it has: the same statement was sent, another one is a dead letter."""
    store(statement(1), statement(2))
    other.statements = {
        statement(1)["id"]: statement(1, stored="2026-09-09T00:00:00Z"),
        statement(2)["id"]: statement(2, "somebody else"),
    }
    other.judge = lambda _: (409, "there")
    assert forward(waits) == flow.Forwarded(1, 1)
    assert [str(one.statement) for one in flow.dead()] == ids(2)


def test_a_statement_on_which_the_other_store_fails(other: OtherStore, waits: Waits) -> None:
    store(*(statement(number) for number in range(4)))
    other.judge = lambda some: (500, "oops") if ids(2)[0] in [one["id"] for one in some] else (200, "[]")
    assert forward(waits) == flow.Forwarded(3, 1)


def test_a_store_that_fails_on_everything_is_broken(other: OtherStore, waits: Waits) -> None:
    store(*(statement(number) for number in range(20)))
    other.judge = lambda _: (500, "oops")
    with pytest.raises(Unavailable, match="every statement"):
        forward(waits)
    assert DeadLetter.objects.count() == flow.BROKEN


@pytest.mark.parametrize(
    ("status", "said"), [(401, "refuses the key"), (403, "key"), (404, "does not answer")]
)
def test_a_wrong_key_or_address(other: OtherStore, waits: Waits, status: int, said: str) -> None:
    store(statement(1))
    other.judge = lambda _: (status, "")
    with pytest.raises(LiwaError, match=said):
        forward(waits)
    assert not DeadLetter.objects.exists()
    assert not waits.seconds


def test_files_go_with_their_statement(other: OtherStore, waits: Waits) -> None:
    with attachments.Writer(limit=100) as writer:
        writer.write(b"certificate")
        sha2 = writer.finish()
    file = {
        "usageType": "https://example.edu/certificate",
        "display": {"en": "Certificate"},
        "contentType": "text/plain",
        "length": 11,
        "sha2": sha2,
    }
    store(statement(1), statement(2, attachments=[file]), statement(3))
    assert forward(waits).sent == 3
    bodies = [body for _, body in other.requests]
    assert [b"certificate\r\n--" in body for body in bodies] == [False, True, False]
    headers, _ = other.requests[1]
    assert headers["Content-Type"].startswith("multipart/mixed")
    assert f"X-Experience-API-Hash: {sha2}".encode() in bodies[1]


def test_it_follows(other: OtherStore, waits: Waits) -> None:
    """Whatever comes is sent on, however long the other store is away."""
    store(statement(1))
    answers = iter([(503, "")] * 30 + [(200, "[]")] * 5)
    other.judge = lambda _: next(answers)
    waits.then[31] = lambda: store(statement(2))

    def stop() -> None:
        raise KeyboardInterrupt

    waits.then[33] = stop
    with pytest.raises(KeyboardInterrupt):
        forward(waits, follow=True)
    assert numbers(other) == ids(1, 2)


def test_from_now(other: OtherStore, waits: Waits) -> None:
    store(statement(1))
    assert forward(waits, from_now=True).sent == 0
    store(statement(2))
    assert forward(waits, from_now=True).sent == 1
    assert numbers(other) == ids(2)


def test_killed_between_sending_and_noting(
    other: OtherStore, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch goes again, which changes nothing there; nothing is left out."""
    store(*(statement(number) for number in range(150)))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(flow, "retrying", die)
        forward(waits)
    assert Forwarding.objects.get().position == 0
    assert forward(waits).sent == 150
    assert len(numbers(other)) == 150


def test_one_at_a_time(other: OtherStore, waits: Waits) -> None:
    store(statement(1))
    answers = iter([(503, ""), (200, "[]")])
    other.judge = lambda _: next(answers)

    def again() -> None:
        with pytest.raises(Busy):
            forward(Waits())

    waits.then[1] = again
    assert forward(waits).sent == 1


@pytest.mark.parametrize(
    "url", ["", "lrs.example.edu", "ftp://lrs.example.edu", "https://a:b@lrs.example.edu"]
)
def test_no_address(other: OtherStore, waits: Waits, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("LIWA_FORWARD_URL", url)
    config.cache_clear()
    with pytest.raises(ConfigError):
        forward(waits)
