"""The resources as `liwa serve` serves them: real connections, large and hostile bodies."""

import base64
import hashlib
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from liwa.flows.serve import THREADS
from tests.api.served import Served

MB = 1024 * 1024
STATE = (
    '/xapi/activities/state?activityId=http://example.edu/a&stateId=s&agent={"mbox":"mailto:ana@example.edu"}'
)


class Server(Served):
    """A server, and what is said to it."""

    @property
    def headers(self) -> dict[str, str]:
        pair = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        return {
            "Authorization": f"Basic {pair}",
            "X-Experience-API-Version": "1.0.3",
            "Content-Type": "application/json",
        }

    def ask(
        self, method: str, path: str, body: bytes | Iterator[bytes] | None = None, **headers: str
    ) -> HTTPResponse:
        """The response, read already: its content is in `said`."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        connection.request(method, path.replace('"', "%22"), body, {**self.headers, **named})
        response = connection.getresponse()
        response.said = response.read()  # type: ignore[attr-defined]
        connection.close()
        return response

    def raw(self, head: str, body: bytes = b"") -> bytes:
        """What comes back for these bytes when the client says no more."""
        lines = "".join(f"{name}: {text}\r\n" for name, text in self.headers.items())
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as line:
            line.sendall(f"{head}\r\nHost: localhost\r\n{lines}".encode() + b"\r\n" + body)
            line.shutdown(socket.SHUT_WR)
            return line.recv(65_536)

    def peak(self) -> int:
        """The most memory (MB) that any of its processes ever had."""
        assert self.process
        found = 0
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                status = (folder / "status").read_text()
                group = int((folder / "stat").read_text().rpartition(")")[2].split()[2])
            except OSError:
                continue
            if group == self.process.pid:
                (line,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
                found = max(found, int(line.split()[1]) // 1024)
        return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("served")
    found = Server(home, f"sqlite:///{home}/liwa.sqlite3")
    try:
        found.start()
        yield found
    finally:
        found.end()


def statement(**more: object) -> dict[str, object]:
    return {
        "actor": {"mbox": "mailto:ana@example.edu"},
        "verb": {"id": "http://example.edu/verbs/read"},
        "object": {"id": "http://example.edu/a"},
        **more,
    }


def mixed(value: object, *contents: bytes) -> bytes:
    parts = [b"Content-Type: application/json\r\n\r\n" + json.dumps(value).encode()]
    for content in contents:
        sha2 = hashlib.sha256(content).hexdigest()
        head = (
            f"Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: {sha2}"
        )
        parts.append(head.encode() + b"\r\n\r\n" + content)
    return b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


def attachment(content: bytes) -> dict[str, object]:
    return {
        "usageType": "http://example.edu/usage",
        "display": {"en": "A file"},
        "contentType": "text/plain",
        "length": len(content),
        "sha2": hashlib.sha256(content).hexdigest(),
    }


def test_a_statement_goes_in_and_comes_out(server: Server) -> None:
    (made,) = json.loads(server.ask("POST", "/xapi/statements", json.dumps(statement()).encode()).said)  # type: ignore[attr-defined]
    got = server.ask("GET", f"/xapi/statements?statementId={made}")
    assert json.loads(got.said)["verb"] == {"id": "http://example.edu/verbs/read"}  # type: ignore[attr-defined]
    head = server.ask("HEAD", f"/xapi/statements?statementId={made}")
    assert head.said == b""  # type: ignore[attr-defined]
    skipped = ("date", "x-experience-api-consistent-through")
    assert [one for one in head.getheaders() if one[0].lower() not in skipped] == [
        one for one in got.getheaders() if one[0].lower() not in skipped
    ]


def test_pages_are_still_served(server: Server) -> None:
    response = server.ask("GET", "/")
    assert response.status in (200, 302)
    assert "X-Experience-API-Version" not in response.headers
    assert server.ask("GET", "/xapi").status == 404
    assert "X-Experience-API-Version" in server.ask("GET", "/xapi").headers


def test_bodies_without_a_length(server: Server) -> None:
    assert server.ask("PUT", STATE, iter([b'{"a":', b"1}"])).status == 204
    assert server.ask("GET", STATE).said == b'{"a":1}'  # type: ignore[attr-defined]
    assert server.ask("PUT", STATE, iter([b"x"]), Content_Type="text/plain").status == 411
    assert server.ask("PUT", STATE, iter([b" " * MB] * 8 + [b" " * 1000])).status == 413


def test_a_body_that_breaks_off_is_not_stored(server: Server) -> None:
    server.ask("PUT", STATE, b'{"whole":1}')
    path = STATE.replace('"', "%22").replace("{", "%7B").replace("}", "%7D")
    server.raw(f"PUT {path} HTTP/1.1\r\nContent-Length: 100", b'{"half":1}')
    assert server.ask("GET", STATE).said == b'{"whole":1}'  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/xapi/statements", STATE.replace('"', "%22")])
def test_what_is_announced_as_too_large_is_not_read(server: Server, path: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        lines = "".join(f"{name}: {text}\r\n" for name, text in server.headers.items())
        line.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n{lines}\r\n".encode())
        assert b" 413 " in line.recv(100)


def test_who_is_not_known_sends_no_body(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(b"PUT /xapi/statements HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        assert b" 401 " in line.recv(100)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"actor":' + b'{"member":[' * 10_000,
        b"",
        b"\xff\xfe",
        b'"\xed\xa0\x80"',
        b"NaN",
        b"[1e999]",
        b'{"result":{"score":{"raw":Infinity}}}',
        b"null",
        b"\x00" * 1000,
        json.dumps(statement()).encode()[:-1] + b',"verb":{"id":"http://example.edu/verbs/other"}}',
        json.dumps(statement(result={"extensions": {"http://example.edu/e": 1}}))
        .encode()
        .replace(b"1}}", b'1,"http://example.edu/e":2}}'),
    ],
)
def test_hostile_json(server: Server, body: bytes) -> None:
    response = server.ask("POST", "/xapi/statements", body)
    assert response.status == 400
    assert json.loads(response.said)["error"]["rule"]  # type: ignore[attr-defined]


def test_long_texts_are_taken(server: Server) -> None:
    value = statement(result={"response": "x" * MB})
    assert server.ask("POST", "/xapi/statements", json.dumps(value).encode()).status == 200


def test_large_attachments_pass_through(server: Server) -> None:
    before = server.peak()
    content = bytes(range(256)) * (4096 * 100)
    body = mixed(statement(attachments=[attachment(content)]), content)
    response = server.ask("POST", "/xapi/statements", body, Content_Type="multipart/mixed; boundary=b")
    (made,) = json.loads(response.said)  # type: ignore[attr-defined]
    got = server.ask("GET", f"/xapi/statements?statementId={made}&attachments=true")
    assert got.headers["Content-Type"].startswith("multipart/mixed")
    assert hashlib.sha256(content).hexdigest().encode() in got.said[:5000]  # type: ignore[attr-defined]
    assert content in got.said  # type: ignore[attr-defined]
    assert server.peak() - before < 30


def test_bodies_that_never_come_stop_nobody_else(server: Server) -> None:
    lines = "".join(f"{name}: {text}\r\n" for name, text in server.headers.items())
    head = f"POST /xapi/statements HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n{lines}\r\n["
    with ExitStack() as held:
        for _ in range(THREADS + 8):
            line = held.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=60))
            line.sendall(head.encode())
        assert server.ask("GET", "/xapi/about").status == 200
        assert server.ask("GET", "/xapi/statements").status == 200
        assert server.ask("POST", "/xapi/statements", b"[]").status == 503
    assert server.ask("GET", "/").status in (200, 302)
