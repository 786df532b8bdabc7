"""Where every request below `/xapi/` comes in, and from where its answer leaves."""

import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import Error

from liwa.api.xapi import access, answers
from liwa.api.xapi.alternate import METHODS, unfold
from liwa.api.xapi.answers import Answer
from liwa.api.xapi.body import Body, refuse_coding
from liwa.api.xapi.call import Call, Operation, Resource
from liwa.api.xapi.parameters import pairs
from liwa.api.xapi.resources import ANONYMOUS, resources
from liwa.core.errors import LiwaError
from liwa.db.errors import explain
from liwa.statements import meter, query
from liwa.statements.errors import Malformed, NotFound, Refusal
from liwa.statements.models.credentials import Credential
from liwa.statements.versions import Version

PREFIX = "/xapi"
_log = logging.getLogger(__name__)
# Documents may be anything, also pages: none of them is ever at home here.
_ALWAYS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


@dataclass
class _Asked:
    """What is known of a request so far, for the answer's headers and for the figures."""

    method: str
    headers: Mapping[str, Any]
    parameters: Mapping[str, str]
    body: Body | None = None
    credential: Credential | None = None


def answer(environ: Mapping[str, Any]) -> Answer:
    """The answer to a request below `/xapi/`. Never raises."""
    begun = time.perf_counter()
    asked = _Asked(environ["REQUEST_METHOD"], environ, {})
    path = environ["PATH_INFO"].removeprefix(PREFIX).strip("/")
    resource = resources().get(path)
    try:
        found = _carried_out(resource, asked, environ)
    except Refusal as refusal:
        found = answers.refused(refusal)
    except LiwaError as error:
        found = answers.unavailable(error)
    except Error as error:
        explained = explain(error)
        if explained is None:
            _log.exception("%s /xapi/%s", asked.method, path)
        found = answers.unavailable(explained) if explained else _broken()
    except Exception:
        _log.exception("%s /xapi/%s", asked.method, path)
        found = _broken()
    if asked.credential and asked.body and found.status >= 400:
        asked.body.drain()
    if asked.body:
        asked.body.leave()
    _finish(found, asked, path)
    method = asked.method if asked.method in METHODS else "other"
    meter.note(path if resource else "", method, found.status, time.perf_counter() - begun, asked.parameters)
    return found


def _carried_out(resource: Resource | None, asked: _Asked, environ: Mapping[str, Any]) -> Answer:
    if resource is None:
        raise NotFound("there is no such resource")
    if asked.method == "OPTIONS":
        return Answer(204, headers={"Allow": resource.allowed, **access.preflight(environ, resource.allowed)})
    parameters = _query(environ)
    asked.body = Body.of(environ)
    refuse_coding(environ)
    if asked.method == "POST" and "method" in parameters:
        _unfold(asked, parameters)
    else:
        asked.parameters = parameters
    operation = resource.operation(asked.method)
    if operation is None:
        raise answers.NoSuchMethod(resource.allowed)
    return operation.run(_call(operation, asked))


def _unfold(asked: _Asked, parameters: Mapping[str, str]) -> None:
    """Put the request that was meant in the place of the form that stands for it."""
    assert asked.body
    if access.answering_version(asked.headers) is Version.V2:
        raise Malformed("there is no alternate request syntax in 2.0", "?method")
    meant = unfold(parameters, asked.headers, asked.body)
    asked.method, asked.headers = meant.method, meant.headers
    asked.parameters, asked.body = meant.parameters, meant.body
    if access.answering_version(asked.headers) is Version.V2:
        raise Malformed("there is no alternate request syntax in 2.0", "X-Experience-API-Version")


def _call(operation: Operation, asked: _Asked) -> Call:
    """The request with everything that is asked of each. Raises Unauthorized, Malformed."""
    assert asked.body
    if operation.public:
        version, asked.credential = access.answering_version(asked.headers), None
    else:
        asked.credential = access.credential_of(asked.headers)
        access.refuse_foreign(asked.headers, asked.credential)
        asked.body.owner = asked.credential.key
        version = access.version_of(asked.headers)
    values = operation.read(asked.parameters, version)
    credential = asked.credential or ANONYMOUS
    return Call(version, credential, asked.parameters, values, asked.headers, asked.body)


def _query(environ: Mapping[str, Any]) -> dict[str, str]:
    try:
        return pairs(environ.get("QUERY_STRING", "").encode("latin-1"))
    except UnicodeEncodeError:
        raise Malformed("the query is not written in percent escapes") from None


def _finish(found: Answer, asked: _Asked, path: str) -> None:
    """Add what every answer has."""
    headers = answers.readable(found, asked.headers.get("HTTP_ACCEPT", "")).headers
    headers |= _ALWAYS
    headers["X-Experience-API-Version"] = access.answering_version(asked.headers)
    headers |= _cross_origin(asked)
    if path == "statements" and found.status != 401:
        _add_consistent_through(headers, asked)
    if settings.SECURE_HSTS_SECONDS:
        headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
    if isinstance(found.body, bytes) and found.status not in (204, 304):
        headers["Content-Length"] = str(len(found.body))
    if asked.method == "HEAD":
        if not isinstance(found.body, bytes):
            found.body.close()
        found.body = b""


def _cross_origin(asked: _Asked) -> dict[str, str]:
    try:
        return access.cross_origin(asked.headers, asked.credential)
    except (Error, LiwaError):
        return {}  # without the database nobody can say which sites are allowed


def _add_consistent_through(headers: dict[str, str], asked: _Asked) -> None:
    """Tell who may ask anything; others do not learn when something was stored."""
    with suppress(Error, LiwaError, Refusal):  # without the database nothing is known
        if asked.credential is None:  # refused before anybody looked
            access.credential_of(asked.headers)
        headers["X-Experience-API-Consistent-Through"] = _iso(query.consistent_through())


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def _broken() -> Answer:
    return answers.failed(500, "", "this is a defect of the store; its log says more")
