"""Answers, before the server's or Django's form is given to them."""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Any

import msgspec

from liwa.api.xapi.rooms import Sent
from liwa.core.errors import LiwaError
from liwa.statements.errors import Refusal

JSON = "application/json"
HTML = "text/html"
_FORMS = (JSON, "text/plain", HTML)  # of two that are as welcome, the first
_QUALITY = re.compile(r"[01](?:\.[0-9]{0,3})?")

REASONS = {
    200: "OK",
    204: "No Content",
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    411: "Length Required",
    412: "Precondition Failed",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


@dataclass
class Answer:
    """Status, headers and body; a body that is not bytes is sent piece by piece."""

    status: int
    body: bytes | Sent = b""
    headers: dict[str, str] = field(default_factory=dict)


class Unauthorized(Refusal):
    """Nobody, or nobody we know."""

    status = 401


class NoSuchMethod(Refusal):
    """The resource does not have this method."""

    status = 405

    def __init__(self, allowed: str) -> None:
        super().__init__(f"this resource has {allowed}")
        self.allowed = allowed


class TooSlow(Refusal):
    """The client takes too long to send its body."""

    status = 408


class LengthRequired(Refusal):
    """Without Content-Length nobody can tell a body that was cut off."""

    status = 411


class Encoded(Refusal):
    """The body is in a coding that is not taken."""

    status = 415


def json(body: bytes, status: int = 200) -> Answer:
    """An answer of JSON that is written already."""
    return Answer(status, body, {"Content-Type": JSON})


def encoded(value: Any) -> Answer:
    """An answer of a value that becomes JSON."""
    return json(msgspec.json.encode(value))


def nothing() -> Answer:
    """Done, and there is nothing to say."""
    return Answer(204)


def tagged(answer: Answer) -> Answer:
    """The answer with the ETag of its body: the SHA-1 of the content, as 1.0.3 wants it."""
    assert isinstance(answer.body, bytes)
    digest = hashlib.sha1(answer.body, usedforsecurity=False).hexdigest()
    answer.headers["ETag"] = f'"{digest}"'
    return answer


def modified(answer: Answer, at: datetime | None) -> Answer:
    """The answer with Last-Modified, where there is such an instant."""
    if at is not None:
        answer.headers["Last-Modified"] = format_datetime(at, usegmt=True)
    return answer


def refused(refusal: Refusal) -> Answer:
    """What the client did wrong: the part of the request, and the rule."""
    answer = failed(refusal.status, refusal.path, refusal.rule)
    if isinstance(refusal, Unauthorized):
        answer.headers["WWW-Authenticate"] = 'Basic realm="xAPI", charset="UTF-8", Bearer'
    if isinstance(refusal, NoSuchMethod):
        answer.headers["Allow"] = refusal.allowed
    if isinstance(refusal, Encoded):
        answer.headers["Accept-Encoding"] = "identity"
    if isinstance(refusal, TooSlow):
        answer.headers["Connection"] = "close"
    return answer


def unavailable(error: LiwaError) -> Answer:
    """Something Liwa needs is busy or away; the client may come again."""
    answer = failed(503, "", error.message)
    answer.headers["Retry-After"] = "1"
    return answer


def failed(status: int, path: str, rule: str) -> Answer:
    """An answer that says why not."""
    return json(msgspec.json.encode({"error": {"path": path, "rule": rule}}), status)


def readable(answer: Answer, accept: str) -> Answer:
    """A refusal in the form the client likes best: JSON, unless it would rather have plain text or a page."""
    if answer.status < 400 or not accept or not isinstance(answer.body, bytes):
        return answer
    wanted = _ranges(accept)
    best = max(_FORMS, key=lambda kind: _quality(kind, wanted))
    if best != JSON and _quality(best, wanted) > 0:
        error = msgspec.json.decode(answer.body)["error"]
        text = f"{error['path']}: {error['rule']}" if error["path"] else error["rule"]
        page = f"<!DOCTYPE html><title>{answer.status}</title><p>{escape(text)}</p>"
        answer.body = (page if best == HTML else text).encode()
        answer.headers["Content-Type"] = f"{best}; charset=utf-8"
    return answer


def _ranges(accept: str) -> dict[str, float]:
    """The media ranges of an Accept header and how good each is."""
    found = {}
    for one in accept.split(","):
        name, _, rest = one.partition(";")
        quality = rest.partition("q=")[2].partition(";")[0].strip()
        found[name.strip().lower()] = float(quality) if _QUALITY.fullmatch(quality) else 1.0
    return found


def _quality(kind: str, wanted: dict[str, float]) -> float:
    for name in (kind, f"{kind.partition('/')[0]}/*", "*/*"):
        if name in wanted:
            return wanted[name]
    return 0.0
