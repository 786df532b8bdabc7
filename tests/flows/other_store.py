"""Another learning record store to send statements to: it takes, refuses or fails as it is told."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, str]
Json = dict[str, Any]


class OtherStore:
    """What it was sent, and how it answers: `judge` is given the statements of a request, and gives a status."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.statements: dict[str, Json] = {}
        self.judge: Callable[[list[Json]], Answer] = lambda statements: (200, "[]")
        self.headers: dict[str, str] = {}

    def post(self, headers: dict[str, str], body: bytes) -> Answer:
        self.requests.append((headers, body))
        statements = json.loads(_first_part(headers, body))
        status, said = self.judge(statements)
        if status == 200:
            self.statements |= {one["id"]: one for one in statements}
        return status, said

    def get(self, query: str) -> Answer:
        found = self.statements.get(parse_qs(query)["statementId"][0])
        return (200, json.dumps(found)) if found else (404, "")


def _first_part(headers: dict[str, str], body: bytes) -> bytes:
    kind = headers["Content-Type"]
    if not kind.startswith("multipart/mixed"):
        return body
    edge = b"--" + kind.partition('boundary="')[2].rstrip('"').encode()
    return body.split(edge)[1].partition(b"\r\n\r\n")[2].rstrip(b"\r\n")


@contextmanager
def serving() -> Iterator[OtherStore]:
    """A store at a port of this machine, for as long as the block runs."""
    store = OtherStore()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self._answer(*store.post(dict(self.headers), body))

        def do_GET(self) -> None:
            self._answer(*store.get(urlsplit(self.path).query))

        def _answer(self, status: int, said: str) -> None:
            content = said.encode()
            self.send_response(status)
            for name, value in store.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    store.url = f"http://127.0.0.1:{server.server_port}/xapi"
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
