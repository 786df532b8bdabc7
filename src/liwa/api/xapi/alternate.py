"""The alternate request syntax of 1.0.x, for browsers that can send neither headers nor other methods than POST.

The query names the method; the form holds what would be headers, parameters and content.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from liwa.api.xapi.access import credential_of
from liwa.api.xapi.body import Body
from liwa.api.xapi.call import limit
from liwa.api.xapi.parameters import pairs
from liwa.core.errors import Busy
from liwa.statements.errors import Malformed

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
FORM = "application/x-www-form-urlencoded"
# Browsers of that kind cannot set a Content-Type: they send text/plain, or none.
_TYPES = ("", "text/plain", FORM)
# Credentials may be in the form, so it is read before anybody knows whose it is: so many at once, and no more each.
STRANGERS = 4
STRANGERS_BYTES = 2 * 1024 * 1024
_PATIENCE_SECONDS = 2.0
_strangers = threading.BoundedSemaphore(STRANGERS)
# Fields that are headers, whatever their case, with the names WSGI gives them.
_HEADERS = {
    "authorization": "HTTP_AUTHORIZATION",
    "x-experience-api-version": "HTTP_X_EXPERIENCE_API_VERSION",
    "content-type": "CONTENT_TYPE",
    "content-length": "CONTENT_LENGTH",
    "if-match": "HTTP_IF_MATCH",
    "if-none-match": "HTTP_IF_NONE_MATCH",
    # Not in the standard's list, but a cross-domain request has no other place for them.
    "accept": "HTTP_ACCEPT",
    "accept-language": "HTTP_ACCEPT_LANGUAGE",
}


@dataclass(frozen=True)
class Unfolded:
    """The request that was meant."""

    method: str
    headers: Mapping[str, Any]
    parameters: dict[str, str]
    body: Body


def unfold(parameters: Mapping[str, str], headers: Mapping[str, Any], body: Body) -> Unfolded:
    """The request that a form stands for. Raises Malformed, TooLarge, Unauthorized."""
    method = parameters["method"]
    if method not in METHODS:
        raise Malformed(f"this is one of {', '.join(METHODS)}", "?method")
    if len(parameters) > 1:
        raise Malformed("beside `method`, parameters are fields of the form", "?method")
    if str(headers.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower() not in _TYPES:
        raise Malformed(f"the alternate request syntax is {FORM}", "Content-Type")
    fields = _form(headers, body)
    sent = {_HEADERS[name.lower()]: fields.pop(name) for name in list(fields) if name.lower() in _HEADERS}
    sent.pop("CONTENT_LENGTH", None)
    if method in ("PUT", "POST") and "content" not in fields:
        raise Malformed("the form has no field `content`", "content")
    content = _Bytes(fields.pop("content", "").encode())
    given = {**headers, "CONTENT_TYPE": "application/json" if method in ("PUT", "POST") else "", **sent}
    return Unfolded(method, given, fields, Body(content.read, len(content.left)))


def _form(headers: Mapping[str, Any], body: Body) -> dict[str, str]:
    if headers.get("HTTP_AUTHORIZATION"):
        body.owner = credential_of(headers).key
        # Escaping makes at most three bytes of one.
        return pairs(body.whole(3 * max(limit("LIWA_XAPI_JSON_MB"), limit("LIWA_XAPI_DOCUMENT_MB"))))
    with _among_strangers():
        return pairs(body.whole(STRANGERS_BYTES))


@contextmanager
def _among_strangers() -> Iterator[None]:
    if not _strangers.acquire(timeout=_PATIENCE_SECONDS):
        raise Busy("Too many forms are being read.")
    try:
        yield
    finally:
        _strangers.release()


class _Bytes:
    """Content that is in memory already, read like any other."""

    def __init__(self, content: bytes) -> None:
        self.left = memoryview(content)

    def read(self, size: int) -> bytes:
        piece, self.left = bytes(self.left[:size]), self.left[size:]
        return piece
