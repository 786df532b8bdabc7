"""Who asks, and in which version of the standard."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from liwa.api.xapi.answers import Unauthorized
from liwa.core.config import config
from liwa.statements.credentials import allowed_origins, authenticate, may_come_from
from liwa.statements.errors import Malformed, NotAllowed
from liwa.statements.models.credentials import Credential
from liwa.statements.tokens import authenticate_bearer
from liwa.statements.versions import Version

EXPOSED = "ETag, Last-Modified, X-Experience-API-Version, X-Experience-API-Consistent-Through"
_ASKED = (
    "Accept, Accept-Language, Authorization, Content-Type, If-Match, If-None-Match, X-Experience-API-Version"
)
_FIRST = re.compile(r"1\.0(?:\.\d+)?", re.ASCII)
_SECOND = re.compile(r"2\.0(?:\.\d+)?", re.ASCII)


def version_of(headers: Mapping[str, Any]) -> Version:
    """The version a request names. Raises Malformed where it names none, or none of ours."""
    text = headers.get("HTTP_X_EXPERIENCE_API_VERSION", "").strip()
    if _FIRST.fullmatch(text):
        return Version.V1
    if _SECOND.fullmatch(text):
        return Version.V2
    said = "is missing" if not text else "is none of those spoken here"
    raise Malformed(f"the version {said}: 1.0.3 and 2.0.0 are", "X-Experience-API-Version")


def answering_version(headers: Mapping[str, Any]) -> Version:
    """The version that the answer names, also where the request is refused for its version."""
    text = headers.get("HTTP_X_EXPERIENCE_API_VERSION", "").strip()
    return Version.V2 if text[:1].isdecimal() and text[:1] >= "2" else Version.V1


def credential_of(headers: Mapping[str, Any]) -> Credential:
    """Who asks. Raises Unauthorized."""
    scheme, _, rest = headers.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
    found = None
    if scheme.lower() == "basic":
        key, secret = _basic(rest.strip())
        found = authenticate(key, secret)
    elif scheme.lower() == "bearer":
        found = authenticate_bearer(rest.strip())
    elif not scheme:
        raise Unauthorized("a key and its secret, or a token, are required", "Authorization")
    if found is None:
        raise Unauthorized("these are no credentials of this store", "Authorization")
    return found


def _basic(text: str) -> tuple[str, str]:
    try:
        key, colon, secret = base64.b64decode(text, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        raise Unauthorized("this is not Basic authentication as RFC 7617 has it", "Authorization") from None
    if not colon:
        raise Unauthorized("this is not Basic authentication as RFC 7617 has it", "Authorization")
    return key, secret


def refuse_foreign(headers: Mapping[str, Any], credential: Credential) -> None:
    """Raise NotAllowed for scripts of sites from which a key that names its sites may not be used.

    Keeping the answer from them is not enough: a form needs no leave of ours to be sent.
    """
    origin = headers.get("HTTP_ORIGIN", "")
    if origin and credential.origins and not may_come_from(credential, origin) and not _own(headers, origin):
        raise NotAllowed("this key may not be used from scripts of this site", "Origin")


def _own(headers: Mapping[str, Any], origin: str) -> bool:
    """Whether this is the site under which the store was asked."""
    ours = {headers.get("HTTP_HOST", "").lower(), urlsplit(config()["LIWA_URL"]).netloc.lower()} - {""}
    return origin.partition("://")[2].lower() in ours


def cross_origin(headers: Mapping[str, Any], credential: Credential | None) -> dict[str, str]:
    """What lets a browser show the answer to a script of another site; nothing unless a credential allows it.

    Where nobody is known yet, any credential in force may allow the site to see why it was refused.
    """
    origin = headers.get("HTTP_ORIGIN", "")
    if not origin:
        return {}
    found = {"Vary": "Origin"}
    if may_come_from(credential, origin) if credential else _anybody(origin):
        found |= {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED}
    return found


def preflight(headers: Mapping[str, Any], methods: str) -> dict[str, str]:
    """What a browser may do from the site it names, as far as that can be known before it shows a key."""
    if "HTTP_ACCESS_CONTROL_REQUEST_METHOD" not in headers or not _anybody(headers.get("HTTP_ORIGIN", "")):
        return {}
    return {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": _ASKED,
        "Access-Control-Max-Age": "600",
    }


def _anybody(origin: str) -> bool:
    allowed = allowed_origins()
    return origin in allowed or "*" in allowed
