"""Bearer tokens: JWTs of an issuer that the settings name. Liwa checks them and gives none out.

Only signatures by RSA and elliptic curves are taken, by keys of the issuer's published set (JWKS, RFC 7517), which
is read from a file or by https and remembered. A token must name the issuer, this store as its audience, when it
expires, and who bears it.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from liwa.core import clock
from liwa.core.config import config
from liwa.statements.models.credentials import KEY_LENGTH, Credential
from liwa.statements.scopes import granted, mapped

CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}
ALGORITHMS = ("RS256", "RS384", "RS512", *CURVES)
LEEWAY_SECONDS = 30  # clocks differ
FRESH_SECONDS = 600.0  # then the keys are read again
PATIENCE_SECONDS = 30.0  # between two attempts to read them
STALE_SECONDS = 3600.0  # how long they are used when they cannot be read again
TIMEOUT_SECONDS = 5.0
_LARGEST_SET = 1 << 20
_LARGEST_TOKEN = 16_384
_SMALLEST_RSA = 2048
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class _Keys:
    """The issuer's public keys as JWK objects, and when they were read."""

    found: tuple[dict[str, Any], ...]
    at: float


class KeySet:
    """The keys at one place, read when they are needed, by one thread at a time, and never too often."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._keys: _Keys | None = None
        self._tried = float("-inf")
        self._reading = threading.Lock()

    def candidates(self, algorithm: str, key_id: str | None) -> list[dict[str, Any]]:
        """Keys that may have signed; they are read afresh where none of those remembered has this id."""
        keys = self._remembered()
        found = _fitting(keys, algorithm, key_id)
        return found or _fitting(self._remembered(wanting=True), algorithm, key_id)

    def _remembered(self, wanting: bool = False) -> tuple[dict[str, Any], ...]:
        keys = self._keys
        age = clock.monotonic() - keys.at if keys else float("inf")
        if wanting or age > FRESH_SECONDS:
            # Who comes while they are read waits only where there are none yet.
            if self._reading.acquire(blocking=keys is None, timeout=TIMEOUT_SECONDS if keys is None else -1):
                try:
                    self._read()
                finally:
                    self._reading.release()
            keys = self._keys
        if keys is None or clock.monotonic() - keys.at > STALE_SECONDS:
            return ()
        return keys.found

    def _read(self) -> None:
        if clock.monotonic() - self._tried < PATIENCE_SECONDS:
            return
        self._tried = clock.monotonic()
        try:
            read = msgspec.json.decode(_content(self.place), type=dict[str, Any])
        except (OSError, ValueError, msgspec.DecodeError, RecursionError):
            return  # what is remembered is used on; without it nobody gets in
        listed = read.get("keys")
        if isinstance(listed, list):
            self._keys = _Keys(tuple(key for key in listed if isinstance(key, dict)), clock.monotonic())


_sets: dict[str, KeySet] = {}


def authenticate_bearer(token: str) -> Credential | None:
    """The credential that a token amounts to; None where it is not one that counts here.

    Its key is the bearer (`sub`, else the client), its authority's home page the issuer.
    """
    settings = config()
    issuer, audience, place = (settings[f"LIWA_XAPI_TOKEN_{name}"] for name in ("ISSUER", "AUDIENCE", "KEYS"))
    if not (issuer and audience and place) or len(token) > _LARGEST_TOKEN:
        return None
    key_set = _sets.setdefault(place, KeySet(place))
    for key in _signers(token, key_set):
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                issuer=issuer,
                audience=audience,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud"]},
            )
        except jwt.InvalidSignatureError:
            continue
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            return None
        return _credential(claims, issuer, mapped(settings["LIWA_XAPI_TOKEN_SCOPES"]))
    return None


def _credential(claims: dict[str, Any], issuer: str, mapping: Mapping[str, str]) -> Credential | None:
    named = [claims[name] for name in ("sub", "client_id", "azp") if claims.get(name)]
    if not named or not isinstance(named[0], str):
        return None
    bearer = named[0]
    if len(bearer) > KEY_LENGTH or not bearer.isprintable():
        return None
    scopes = granted(claims.get("scope", claims.get("scp")), mapping)
    made = Credential(key=bearer, name=bearer, scopes=scopes)
    made.home_page = issuer
    return made


def _signers(token: str, key_set: KeySet) -> list[jwt.PyJWK]:
    """The keys by which the token may be signed, as its own header names them."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return []
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS or "crit" in header or not isinstance(key_id, str | None):
        return []
    found = []
    for key in key_set.candidates(algorithm, key_id):
        try:
            made = jwt.PyJWK.from_dict(key, algorithm)
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue
        if not isinstance(made.key, RSAPublicKey) or made.key.key_size >= _SMALLEST_RSA:
            found.append(made)
    return found


def _fitting(keys: tuple[dict[str, Any], ...], algorithm: str, key_id: str | None) -> list[dict[str, Any]]:
    """Public keys of the kind that the algorithm takes, with the id if one is given."""
    kind, curve = ("RSA", None) if algorithm.startswith("RS") else ("EC", CURVES[algorithm])
    return [
        key
        for key in keys
        if key.get("kty") == kind
        and key.get("crv") == curve
        and key.get("alg", algorithm) == algorithm
        and key.get("use", "sig") == "sig"
        and "d" not in key
        and (key_id is None or key.get("kid") == key_id)
    ]


class _NoRedirects(HTTPRedirectHandler):
    """Keys come from where the settings say, and from nowhere that a server there points to."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _content(place: str) -> bytes:
    """What is at the place: a file's path, or an address. Raises OSError, ValueError."""
    parts = urlsplit(place)
    if parts.scheme not in ("http", "https"):
        path = Path(place)
        if path.stat().st_size > _LARGEST_SET:
            raise ValueError("too large")
        return path.read_bytes()
    if parts.scheme == "http" and parts.hostname not in LOCAL:
        raise URLError("keys are read by https")
    content = b""
    ends = clock.monotonic() + TIMEOUT_SECONDS
    with build_opener(_NoRedirects).open(place, timeout=TIMEOUT_SECONDS) as answer:
        while piece := answer.read1(65_536):
            content += piece
            if len(content) > _LARGEST_SET or clock.monotonic() > ends:
                raise ValueError("too large, or too slow")
    return content
