"""A server killed while it writes: what it acknowledged is there, once; what it did not is there whole or not at all.

LIWA_TEST_LRS_KILLS=200 kills two hundred times.
"""

import base64
import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from uuid import uuid4

import pytest

from tests.api.served import Served

KILLS = int(os.environ.get("LIWA_TEST_LRS_KILLS", "3"))
CLIENTS = 8
BATCH = 20


class Client(threading.Thread):
    """Sends single statements and batches until its server is gone; remembers what became of each."""

    def __init__(self, served: Served, seed: int) -> None:
        super().__init__(daemon=True)
        self.served = served
        self.random = random.Random(seed)
        self.acknowledged: list[list[str]] = []
        self.uncertain: list[list[str]] = []

    def run(self) -> None:
        connection = HTTPConnection("127.0.0.1", self.served.port, timeout=20)
        with closing(connection), suppress(OSError, HTTPException):
            while True:
                self._send(connection)

    def _send(self, connection: HTTPConnection) -> None:
        ids = [str(uuid4()) for _ in range(self.random.choice([1, 1, 1, BATCH]))]
        body = json.dumps([statement(one) for one in ids])
        self.uncertain.append(ids)
        connection.request("POST", "/xapi/statements", body, headers(self.served))
        answer = connection.getresponse()
        said = answer.read()
        assert answer.status == 200, said
        self.acknowledged.append(self.uncertain.pop())


def statement(id: str) -> dict[str, object]:
    return {
        "id": id,
        "actor": {"mbox": f"mailto:{id[:2]}@example.com"},
        "verb": {"id": f"http://example.com/verbs/{id[2]}"},
        "object": {"id": f"http://example.com/activities/{id[3]}"},
    }


def headers(served: Served) -> dict[str, str]:
    word = base64.b64encode(f"{served.key}:{served.secret}".encode()).decode()
    return {
        "Authorization": f"Basic {word}",
        "Content-Type": "application/json",
        "X-Experience-API-Version": "1.0.3",
    }


def found(served: Served, query: str) -> Iterator[str]:
    """The ids of statements, page after page."""
    path = f"/xapi/statements?format=ids&ascending=true&{query}"
    with closing(HTTPConnection("127.0.0.1", served.port, timeout=60)) as connection:
        while path:
            connection.request("GET", path, headers=headers(served))
            answer = json.loads(connection.getresponse().read())
            yield from (one["id"] for one in answer["statements"])
            path = answer.get("more", "")


def test_killed_while_writing(tmp_path: Path, database_url: str) -> None:
    served = Served(tmp_path, database_url)
    chance = random.Random(7)
    acknowledged: set[str] = set()
    uncertain: list[list[str]] = []
    for round in range(KILLS):
        served.start()
        clients = [Client(served, round * CLIENTS + number) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        time.sleep(chance.uniform(0.05, 1.0))
        served.end(signal.SIGKILL)
        for client in clients:
            client.join(60)
            assert not client.is_alive()
            acknowledged.update(one for ids in client.acknowledged for one in ids)
            uncertain += client.uncertain
    served.start()
    try:
        there = list(found(served, ""))
        assert len(there) == len(set(there))
        assert acknowledged <= set(there)
        for ids in uncertain:
            assert len(set(ids) & set(there)) in (0, len(ids))
        assert set(there) <= acknowledged | {one for ids in uncertain for one in ids}
        by_verb = [one for digit in "0123456789abcdef" for one in found(served, verb_of(digit))]
        assert sorted(by_verb) == sorted(there)
    finally:
        served.end()
    if not acknowledged:
        pytest.fail("nothing was ever acknowledged")


def verb_of(digit: str) -> str:
    return f"verb=http://example.com/verbs/{digit}"
