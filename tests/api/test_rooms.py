"""Places of requests that wait for their clients: who gets one, and that each is given back."""

from collections.abc import Generator

import pytest

from liwa.api.xapi import body, rooms
from liwa.api.xapi.answers import TooSlow
from liwa.api.xapi.rooms import Room, Sent
from liwa.core.errors import Busy
from liwa.flows.serve import THREADS
from tests.api.conftest import Asking

STATE = 'activities/state?activityId=http://example.edu/a&stateId=s&agent={"mbox":"mailto:ana@example.edu"}'


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "PATIENCE_SECONDS", 0.01)


def test_threads_are_left() -> None:
    assert THREADS - rooms.BODIES._most - rooms.ANSWERS._most >= 8


def test_one_key_does_not_take_all_places() -> None:
    room = Room(3, each=2)
    for who in ("ann", "ann", "bob"):
        room.enter(who)
    with pytest.raises(Busy):
        room.enter("bob")
    room.leave("bob")
    with pytest.raises(Busy):
        room.enter("ann")
    room.enter("eve")


def test_every_place_is_given_back(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Room(1, each=1)
    monkeypatch.setattr(body, "BODIES", room)
    for _ in range(2):
        assert ask("PUT", STATE, b'{"a":1}').status_code == 204
        assert ask("PUT", STATE, b"{").status_code == 400
        assert ask("POST", "statements", b"x").status_code == 400
        assert ask("POST", "statements", b"--b\r\n\r\nx", "multipart/mixed; boundary=b").status_code == 400
        assert ask("POST", "statements?method=GET", b"a=b", "text/plain").status_code == 400
        assert ask("GET", "statements").status_code == 200
    room.enter(ask.credential.key)
    refused = ask("PUT", STATE, b"{}")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
    assert ask("GET", STATE).json() == {"a": 1}


def test_who_sends_too_slowly_is_let_go(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = body.Body(lambda size: b"x" * size, 3 * body.CHUNK)
    slow.read()
    monkeypatch.setattr(body, "GRACE_SECONDS", -2.0)
    with pytest.raises(TooSlow):
        slow.read()
    slow.drain()
    assert slow.taken == body.CHUNK
    refused = ask("PUT", STATE, b"{}")
    assert (refused.status_code, refused.headers["Connection"]) == (408, "close")


def test_answers_that_are_read_slowly_have_places_too(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "ANSWERS", Room(1, each=1))
    path = "statements?attachments=true"
    for method in ("GET", "HEAD") * 2:
        answer = ask(method, path)
        assert answer.status_code == 200
        if method == "GET":
            b"".join(answer.streaming_content)
    waiting = ask("GET", path)
    assert ask("GET", path).status_code == 503
    b"".join(waiting.streaming_content)
    assert ask("HEAD", path).status_code == 200


def test_an_answer_that_fails_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "ANSWERS", Room(1, each=1))

    def pieces() -> Generator[bytes]:
        yield b"x"
        raise OSError

    for _ in range(2):
        with pytest.raises(OSError):
            list(Sent(pieces(), "ann"))
    for _ in range(2):
        unread = Sent(pieces(), "ann")
        with pytest.raises(Busy):
            Sent(pieces(), "bob")
        unread.close()
        unread.close()
