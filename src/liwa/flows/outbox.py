"""Talking to another learning record store: one address, one key, one connection."""

import http.client
import ssl
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import msgspec

from liwa.core.errors import ConfigError
from liwa.statements import attachments
from liwa.statements.store import stored_at
from liwa.statements.tokens import LOCAL
from liwa.statements.versions import Version

TIMEOUT = timedelta(seconds=30)
ANSWER = 64 << 10  # bytes read of an answer, but for a statement
STATEMENT = 64 << 20
CHUNK = 1 << 20

_raw = msgspec.json.Decoder(dict[str, msgspec.Raw])
_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True)
class Letter:
    """A statement to be sent: `body` is its JSON, `files` the hashes of attachments whose content is here."""

    seq: int
    id: str
    version: Version
    body: bytes
    files: tuple[tuple[str, str], ...] = ()

    @property
    def statement(self) -> dict[str, Any]:
        found: dict[str, Any] = _decode(self.body)
        return found


@dataclass(frozen=True)
class Answer:
    """What the other store answered; status 0 where it did not. `retry_after` in seconds."""

    status: int
    said: str
    retry_after: float | None = None


def letter_of(seq: int, payload: str | bytes) -> Letter:
    """A stored statement as a provider sends it: without `stored` and `authority`, with its time."""
    fields = dict(_raw.decode(payload))
    for name in ("stored", "authority"):
        fields.pop(name, None)
    if "timestamp" not in fields:
        fields["timestamp"] = msgspec.Raw(msgspec.json.encode(stored_at(seq)))
    told = str(msgspec.json.decode(fields["version"])) if "version" in fields else ""
    version = Version.V2 if told.startswith("2.") else Version.V1
    files = _files(fields)
    return Letter(
        seq, str(msgspec.json.decode(fields["id"])), version, msgspec.json.encode(fields), tuple(files)
    )


def _files(fields: dict[str, msgspec.Raw]) -> Iterator[tuple[str, str]]:
    """(hash, content type) of each attachment of the statement whose content is here, once."""
    found: dict[str, str] = {}
    if "attachments" in fields:
        for one in msgspec.json.decode(fields["attachments"]):
            found[one["sha2"]] = one["contentType"]
    if "object" in fields and b'"attachments"' in bytes(fields["object"]):
        for one in msgspec.json.decode(fields["object"]).get("attachments") or []:
            found[one["sha2"]] = one["contentType"]
    here = attachments.exists(found)
    return ((sha2, kind) for sha2, kind in found.items() if sha2 in here)


class Target:
    """The other store. Raises ConfigError where the address is none."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        self.url = url.rstrip("/")
        self._parts = urlsplit(self.url)
        if self._parts.scheme not in ("http", "https") or not self._parts.hostname or self._parts.username:
            raise ConfigError(
                "LIWA_FORWARD_URL is not an address of a learning record store.",
                remedy="Write it as https://lrs.example.edu/xapi, without key and secret.",
            )
        if self._parts.scheme == "http" and self._parts.hostname not in LOCAL:
            raise ConfigError(
                "LIWA_FORWARD_URL would send statements and the secret over the network for all to read.",
                remedy="Write it with https://; http:// is for a store on this machine.",
            )
        self._login = "Basic " + b64encode(f"{key}:{secret}".encode()).decode()
        self._connection: http.client.HTTPConnection | None = None

    def send(self, letters: Sequence[Letter]) -> Answer:
        """Post these statements, of one version, in one request."""
        head = {"Content-Type": "application/json"}
        parts: list[bytes | tuple[str, str]] = [b"[" + b",".join(one.body for one in letters) + b"]"]
        if letters[0].files:
            mark = uuid4().hex
            head["Content-Type"] = f'multipart/mixed; boundary="{mark}"'
            parts = _multipart(mark, parts[0], letters[0].files)
        head["Content-Length"] = str(sum(_length(part) for part in parts))
        status, said, retry = self._ask("POST", "/statements", letters[0].version, head, parts, ANSWER)
        return Answer(status, said.decode("utf-8", "replace").strip(), retry)

    def fetch(self, letter: Letter) -> dict[str, Any] | None:
        """The statement of that id as the other store has it; None where it gives none."""
        query = "/statements?" + urlencode({"statementId": letter.id})
        status, said, _ = self._ask("GET", query, letter.version, {}, [], STATEMENT)
        try:
            return dict(_decode(said)) if status == 200 else None
        except msgspec.DecodeError:
            return None

    def _ask(
        self,
        method: str,
        place: str,
        version: Version,
        head: dict[str, str],
        parts: Sequence[bytes | tuple[str, str]],
        most: int,
    ) -> tuple[int, bytes, float | None]:
        fixed = {"Authorization": self._login, "X-Experience-API-Version": version.value}
        body = _chunks(parts) if parts else None
        try:
            connection = self._connected()
            connection.request(method, self._parts.path + place, body=body, headers={**fixed, **head})
            answer = connection.getresponse()
            said = answer.read(most)
            if answer.will_close or answer.read(1):
                self.close()
            return answer.status, said, _seconds(answer.headers.get("Retry-After"))
        except (OSError, http.client.HTTPException, ssl.SSLError) as error:
            self.close()
            return 0, (str(error) or type(error).__name__).encode(), None

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            kind = (
                http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
            )
            host = self._parts.hostname or ""
            self._connection = kind(host, self._parts.port, timeout=TIMEOUT.total_seconds())
        return self._connection

    def close(self) -> None:
        """Give back the connection; the next request makes another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _multipart(
    mark: str, statements: bytes | tuple[str, str], files: Sequence[tuple[str, str]]
) -> list[bytes | tuple[str, str]]:
    """The request's parts; a pair stands for the content of a file."""
    edge = f"--{mark}\r\n".encode()
    parts: list[bytes | tuple[str, str]] = [edge, b"Content-Type: application/json\r\n\r\n", statements]
    for sha2, kind in files:
        parts += [
            b"\r\n",
            edge,
            f"Content-Type: {kind}\r\nContent-Transfer-Encoding: binary\r\n".encode(),
            f"X-Experience-API-Hash: {sha2}\r\n\r\n".encode(),
            (sha2, kind),
        ]
    return [*parts, f"\r\n--{mark}--\r\n".encode()]


def _length(part: bytes | tuple[str, str]) -> int:
    return len(part) if isinstance(part, bytes) else attachments.size(part[0])


def _chunks(parts: Sequence[bytes | tuple[str, str]]) -> Iterator[bytes]:
    for part in parts:
        if isinstance(part, bytes):
            yield part
            continue
        with attachments.open_file(part[0]) as stream:
            while chunk := stream.read(CHUNK):
                yield chunk


def _seconds(text: str | None) -> float | None:
    return float(text) if text and text.isascii() and text.isdigit() else None
