"""A line to a PostgreSQL server that is cut at a chosen message."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from django.db import connection

_ENCRYPTION = {(80877103).to_bytes(4), (80877104).to_bytes(4)}  # TLS or GSS is asked for


@dataclass
class Cut:
    """When the line is cut, once: at the first simple query that begins with `query`.

    `unsent`: before the server gets it. `unanswered`: after the server has answered, but before the client hears.
    `late`: the client is cut off at once, and the server gets the query `delay` seconds later.
    """

    query: bytes
    how: str
    delay: float = 1.0
    done: threading.Event = field(default_factory=threading.Event)


class Line:
    """Listens on a port of this machine and passes everything on to the server at a Unix socket."""

    def __init__(self, server: str) -> None:
        self.cut: Cut | None = None
        self._server = server
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                threading.Thread(target=self._forward, args=(client, server), daemon=True).start()
                threading.Thread(target=self._back, args=(client, server), daemon=True).start()

    def _back(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)
        _shut(client)

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        """Message by message: the first has a length alone, all others a letter before it."""
        with suppress(OSError, EOFError):
            first = _message(client, b"")
            while first[4:8] in _ENCRYPTION:
                client.sendall(b"N")
                first = _message(client, b"")
            server.sendall(first)
            while True:
                letter = _exactly(client, 1)
                message = _message(client, letter)
                cut = self.cut
                if cut and not cut.done.is_set() and letter == b"Q" and message[5:].startswith(cut.query):
                    self._cut(cut, client, server, message)
                    return
                server.sendall(message)
        _shut(server)

    def _cut(self, cut: Cut, client: socket.socket, server: socket.socket, message: bytes) -> None:
        cut.done.set()
        _shut(client)  # what the server says from now on is not heard
        if cut.how == "late":
            time.sleep(cut.delay)
        if cut.how != "unsent":
            server.sendall(message)
            time.sleep(0.2)
        _shut(server)


def _exactly(source: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = source.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


def _message(source: socket.socket, letter: bytes) -> bytes:
    length = _exactly(source, 4)
    return letter + length + _exactly(source, int.from_bytes(length) - 4)


def _shut(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def through_a_line() -> Iterator[Line]:
    """Within, Django's connection goes through a line that can be cut; the server has a Unix socket."""
    settings = connection.settings_dict
    before = {name: settings[name] for name in ("HOST", "PORT")}
    line = Line(f"{before['HOST']}/.s.PGSQL.{before['PORT'] or 5432}")
    _begin_anew({"HOST": "127.0.0.1", "PORT": str(line.port)})
    try:
        yield line
    finally:
        _begin_anew(before)
        line.close()


def _begin_anew(address: dict[str, str]) -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    connection.settings_dict.update(address)
