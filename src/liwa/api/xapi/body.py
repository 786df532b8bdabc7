"""The body of a request, read in pieces and never further than it may go."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, BinaryIO

from django.db import connection

from liwa.api.xapi.answers import Encoded, TooSlow
from liwa.api.xapi.rooms import BODIES, Room
from liwa.core.errors import Busy
from liwa.statements.errors import Malformed, TooLarge

CHUNK = 64 * 1024
# Looked at between two pieces: the server's own reading of one cannot be broken off, not even from another thread.
GRACE_SECONDS = 30.0
LEAST_RATE = 64 * 1024  # bytes a second
LEFT_OVER = 1024 * 1024  # so much of a refused body is still read, so that the client reads the refusal


class Body:
    """What the client sends. `length` is None where it did not say how much.

    Whoever reads takes a place in the room. Of the time that is spent waiting for the client, GRACE_SECONDS are free,
    and it has to send LEAST_RATE in the rest. `owner` is the key it came with.
    """

    def __init__(self, read: Callable[[int], bytes], length: int | None, room: Room | None = None) -> None:
        self._read = read
        self.length = length
        self.taken = 0
        self.owner = ""
        self._room = room
        self._has_place = False
        self._is_given_up = False
        self._waited = 0.0

    @classmethod
    def of(cls, environ: Mapping[str, Any]) -> "Body":
        """The body of a WSGI request. Raises Malformed."""
        stream: BinaryIO = environ["wsgi.input"]
        text = environ.get("CONTENT_LENGTH") or ""
        if not text:
            # Only a server that ends the stream itself can be read without knowing the length.
            return cls(stream.read, None if environ.get("wsgi.input_terminated") else 0, BODIES)
        if not (text.isascii() and text.isdecimal()):
            raise Malformed("Content-Length is not a number")
        return cls(stream.read, int(text), BODIES)

    def read(self, size: int = CHUNK) -> bytes:
        """At most `size` bytes; none at the end.

        Raises Malformed where the client broke off, TooSlow where it takes too long, Busy where no place is free.
        """
        if self.length is not None:
            size = min(size, self.length - self.taken)
        if size <= 0:
            return b""
        piece = self._awaited(size)
        self.taken += len(piece)
        if not piece or self.taken == self.length:
            self.leave()
        if not piece and self.length is not None:
            raise Malformed("the body ends before its Content-Length")
        return piece

    def _awaited(self, size: int) -> bytes:
        try:
            if self._room and not self._has_place:
                self._enter(self._room)
            if self._waited > GRACE_SECONDS + self.taken / LEAST_RATE:
                raise TooSlow("the body takes too long to come")
        except (TooSlow, Busy):
            self._is_given_up = True
            raise
        began = time.monotonic()
        piece = bytes(self._read(size))
        self._waited += time.monotonic() - began
        return piece

    def _enter(self, room: Room) -> None:
        if connection.connection and not connection.in_atomic_block and getattr(connection, "pool", None):
            connection.close()  # others need it meanwhile
        room.enter(self.owner)
        self._has_place = True

    def leave(self) -> None:
        """Give the place back; nothing is read any more, or nothing is left."""
        if self._has_place and self._room:
            self._has_place = False
            self._room.leave(self.owner)

    def whole(self, limit: int) -> bytes:
        """All of it. Raises TooLarge beyond `limit` bytes."""
        self.refuse_beyond(limit)
        pieces = []
        while piece := self.read():
            pieces.append(piece)
            if self.taken > limit:
                raise _too_large(limit)
        return b"".join(pieces)

    def refuse_beyond(self, limit: int) -> None:
        """Raise TooLarge where the announced length is more than `limit` bytes."""
        if self.length is not None and self.length > limit:
            raise _too_large(limit)

    def drain(self) -> None:
        """Read what is left where it is little: who still writes would not see the answer."""
        if self._is_given_up or (self.length is not None and self.length - self.taken > LEFT_OVER):
            return
        enough = self.taken + LEFT_OVER
        with suppress(Malformed, TooSlow, Busy):
            while self.taken < enough and self.read():
                pass


def refuse_coding(environ: Mapping[str, Any]) -> None:
    """Raise Encoded for compressed bodies: what they would unfold to is not known beforehand."""
    if environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in ("", "identity"):
        raise Encoded("bodies are taken without Content-Encoding", "Content-Encoding")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the content is more than {limit // 1024 // 1024} MB")
