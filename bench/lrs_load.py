"""A load generator for the learning record store: raw sockets, kept alive, one thread, in a process of its own.

It shares the machine with the server, so it makes all bodies before it begins and does as little as it can after.
"""

import multiprocessing
import random
import selectors
import socket
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

SIZE = 957  # bytes of a statement
STUDENTS, COURSES, ACTIVITIES = 20_000, 300, 7_000
VERBS = [
    f"https://w3id.org/xapi/campus/verbs/{verb}"
    for verb in (
        "opened",
        "played",
        "paused",
        "answered",
        "passed",
        "failed",
        "scored",
        "wrote",
        "read",
        "left",
    )
]
_HOME = "https://sso.campus.example.edu"
_LMS = "https://lms.campus.example.edu"


def agent(number: int) -> dict[str, object]:
    """A student."""
    return {"account": {"homePage": _HOME, "name": f"s{number:08}"}}


def course(number: int) -> str:
    """The id of a course, which is the parent of its activities."""
    return f"{_LMS}/course/{number}"


def registration(student: int, number: int) -> str:
    """The registration of a student in a course."""
    return str(UUID(int=(student << 64) | (4 << 76) | (2 << 62) | number))


def statements(number: int, seed: int = 1) -> Iterator[bytes]:
    """Statements of SIZE bytes each, with new ids. Students and courses are unevenly busy."""
    chance = random.Random(seed)
    for _ in range(number):
        student = int(STUDENTS * chance.random() ** 1.5)
        klass = int(COURSES * chance.random() ** 1.5)
        activity = chance.randrange(ACTIVITIES // COURSES) * COURSES + klass
        made = {
            "id": str(UUID(int=chance.getrandbits(128), version=4)),
            "actor": {"objectType": "Agent", "name": f"Student {student}", **agent(student)},
            "verb": {"id": chance.choice(VERBS), "display": {"en-US": "did", "zh-CN": "做了"}},
            "object": {
                "objectType": "Activity",
                "id": f"{_LMS}/course/{klass}/activity/{activity}",
                "definition": {
                    "name": {"en-US": f"Activity {activity}"},
                    "type": "http://adlnet.gov/expapi/activities/assessment",
                },
            },
            "result": {"score": {"scaled": 0.85, "raw": 85, "min": 0, "max": 100}, "duration": "PT12M30S"},
            "context": {
                "registration": registration(student, klass),
                "platform": "Campus",
                "contextActivities": {"parent": [{"id": course(klass)}]},
            },
            "timestamp": "2026-09-01T08:30:00.000Z",
        }
        length = len(msgspec.json.encode(made))
        made["result"]["response"] = "x" * (SIZE - length - len(',"response":""'))  # type: ignore[index]
        yield msgspec.json.encode(made)


@dataclass
class Target:
    """Where to send, and as whom."""

    port: int
    key: str
    secret: str

    @property
    def head(self) -> bytes:
        """What every request has."""
        token = b64encode(f"{self.key}:{self.secret}".encode()).decode()
        return (
            f"Host: 127.0.0.1:{self.port}\r\nAuthorization: Basic {token}\r\n"
            "X-Experience-API-Version: 1.0.3\r\nContent-Type: application/json\r\n"
        ).encode()

    def post(self, body: bytes) -> bytes:
        """A request that sends statements."""
        return b"POST /xapi/statements HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n%b" % (
            self.head,
            len(body),
            body,
        )

    def get(self, query: str) -> bytes:
        """A request that asks for statements."""
        return b"GET /xapi/statements?%b HTTP/1.1\r\n%b\r\n" % (query.encode(), self.head)


@dataclass
class Measured:
    """Seconds from the first request to the last answer, and of each request; bytes answered."""

    seconds: float
    times: list[float]
    received: int = 0

    def milliseconds(self, share: float) -> float:
        """The time within which this share of the requests was answered."""
        ordered = sorted(self.times)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass
class _Line:
    """One connection."""

    socket: socket.socket
    began: float = 0.0
    unsent: memoryview = field(default_factory=lambda: memoryview(b""))
    received: bytearray = field(default_factory=bytearray)


class AnswerError(RuntimeError):
    """The server answered something else than 200."""


def load(target: Target, requests: Sequence[bytes], connections: int) -> Measured:
    """Send the requests over so many connections, on each the next as soon as the last is answered."""
    selector = selectors.DefaultSelector()
    rest = iter(requests)
    times: list[float] = []
    lines = [_Line(_connected(target.port)) for _ in range(min(connections, len(requests)))]
    began = time.perf_counter()
    received = 0
    for line in lines:
        selector.register(line.socket, selectors.EVENT_READ, line)
        _begin(line, next(rest), selector)
    while len(times) < len(requests):
        for key, events in selector.select():
            line = key.data
            if events & selectors.EVENT_WRITE:
                _push(line, selector)
                continue
            line.received += line.socket.recv(1 << 18)
            if not _is_whole(line.received):
                continue
            times.append(time.perf_counter() - line.began)
            received += len(line.received)
            following = next(rest, None)
            if following is None:
                selector.unregister(line.socket)
            else:
                _begin(line, following, selector)
    seconds = time.perf_counter() - began
    for line in lines:
        line.socket.close()
    return Measured(seconds, times, received)


def _connected(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    made.setblocking(False)
    return made


def _begin(line: _Line, request: bytes, selector: selectors.BaseSelector) -> None:
    line.received = bytearray()
    line.unsent = memoryview(request)
    line.began = time.perf_counter()
    _push(line, selector)


def _push(line: _Line, selector: selectors.BaseSelector) -> None:
    """Send what the socket takes; come again when it takes more."""
    with suppress(BlockingIOError):
        line.unsent = line.unsent[line.socket.send(line.unsent) :]
    wanted = selectors.EVENT_WRITE if line.unsent else selectors.EVENT_READ
    selector.modify(line.socket, wanted, line)


def _is_whole(answer: bytearray) -> bool:
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        if not answer:
            raise AnswerError("the server closed the connection")
        return False
    if not answer.startswith(b"HTTP/1.1 200"):
        raise AnswerError(bytes(answer[:500]).decode(errors="replace"))
    head = bytes(answer[:end]).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    return len(answer) >= end + 4 + length


# In a process of its own


def write(target: Target, number: int, batch: int, connections: int, seed: int) -> Measured:
    """Send so many new statements, `batch` in each request (1: as a single object)."""
    return _apart(_write, target, number, batch, connections, seed)


def read(target: Target, queries: Sequence[str]) -> Measured:
    """Ask one question after the other."""
    return _apart(_read, target, queries)


def _write(target: Target, number: int, batch: int, connections: int, seed: int) -> Measured:
    made = list(statements(number, seed))
    if batch == 1:
        bodies = made
    else:
        bodies = [b"[%b]" % b",".join(made[at : at + batch]) for at in range(0, number, batch)]
    return load(target, [target.post(body) for body in bodies], connections)


def _read(target: Target, queries: Sequence[str]) -> Measured:
    return load(target, [target.get(query) for query in queries], 1)


def _apart(work, *arguments) -> Measured:  # type: ignore[no-untyped-def]
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)
