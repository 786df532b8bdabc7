"""Keys of the learning record store: issuing, revoking, and knowing them again."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError
from django.db.models import F, QuerySet

from liwa.core import clock
from liwa.core.errors import LiwaError
from liwa.core.feeds import NAME, OWN
from liwa.db.retrying import retrying
from liwa.statements import meter
from liwa.statements.models.credentials import NAME_LENGTH, Credential
from liwa.statements.scopes import DEFAULT_SCOPES, SCOPES

REMEMBERED_SECONDS = 2.0  # how long a revoked key may still be known
_REMEMBERED_KEYS = 1000
_NOBODY = hashlib.sha256(b"").hexdigest()


class IssuedAlready(LiwaError):
    """The key that was to be issued is one that there is."""


@dataclass(frozen=True)
class _Seen:
    """A key as it was when the database was last asked; None where there is no such key."""

    credential: Credential | None
    at: float


@dataclass(frozen=True)
class _Origins:
    allowed: frozenset[str]
    at: float


_seen: dict[str, _Seen] = {}
_origins = _Origins(frozenset(), float("-inf"))


def authenticate(key: str, secret: str) -> Credential | None:
    """The credential with this key and secret; None where there is none, or it was revoked.

    A key is looked up once in two seconds at most. How long it takes tells nothing about the secret.
    """
    credential = _known(key)
    expected = credential.secret_hash if credential else _NOBODY
    if not hmac.compare_digest(_hash(secret), expected) or credential is None:
        return None
    meter.note_use(credential.key)
    return credential


def reads_all(authority: Mapping[str, Any]) -> bool:
    """Whether statements of this authority are written with a key in force that may read everybody's."""
    account = authority.get("account") or {}
    credential = _known(str(account.get("name", "")))
    return credential is not None and credential.reads == "all" and credential.authority == authority


def issue(
    name: str,
    scopes: Sequence[str] = (),
    feed: str = "",
    origins: Sequence[str] = (),
    *,
    key: str = "",
    created_by: str = "",
) -> tuple[Credential, str]:
    """Make a credential; gives it and its secret, which nobody can see again.

    Without scopes it gets the standard's default ones. Raises LiwaError naming what is wrong.
    """
    _check(name, scopes, feed)
    secret = secrets.token_hex(32)
    made = Credential(
        key=key or new_key(),
        secret_hash=_hash(secret),
        name=name.strip(),
        scopes=[scope for scope in SCOPES if scope in (scopes or DEFAULT_SCOPES)],
        feed=feed,
        origins=sorted({origin_of(origin) for origin in origins}),
        created_at=clock.now(),
        created_by=created_by,
    )
    try:
        retrying(lambda: made.save(force_insert=True))
    except IntegrityError:
        raise IssuedAlready("This key has been issued already.", remedy="Issue another one.") from None
    _forget(made.key)
    return made, secret


def new_key() -> str:
    """A key that nobody has."""
    return secrets.token_hex(8)


def revoke(key: str) -> Credential:
    """End a credential, in this process at once and elsewhere within two seconds.

    Raises LiwaError where there is none.
    """
    retrying(lambda: Credential.objects.filter(pk=key, revoked_at=None).update(revoked_at=clock.now()))
    _forget(key)
    found = Credential.objects.filter(pk=key).first()
    if found is None:
        raise LiwaError("There is no such key.", remedy="`liwa lrs key list` shows all of them.")
    return found


def issued() -> QuerySet[Credential]:
    """Every credential, those in force first, the newest first."""
    return Credential.objects.order_by(F("revoked_at").desc(nulls_first=True), "-created_at", "key")


def allowed_origins() -> frozenset[str]:
    """Web pages from which some credential in force may be used; `*` stands for every page.

    A browser asks before it shows its key, so this is all that can be known then; `may_come_from` follows.
    """
    global _origins
    if clock.monotonic() - _origins.at > REMEMBERED_SECONDS:
        lists = Credential.objects.filter(revoked_at=None).values_list("origins", flat=True)
        _origins = _Origins(frozenset(one for origins in lists for one in origins), clock.monotonic())
    return _origins.allowed


def may_come_from(credential: Credential, origin: str) -> bool:
    """Whether the credential may be used from scripts of pages of this origin."""
    return origin in credential.origins or "*" in credential.origins


def origin_of(text: str) -> str:
    """An origin as browsers write it: scheme://host, and :port where it is not the scheme's own; `*` stays.

    Raises LiwaError.
    """
    if text == "*":
        return text
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    bare = not (parts.path.strip("/") or parts.query or parts.fragment or parts.username or parts.password)
    if parts.scheme not in ("http", "https") or not parts.hostname or not bare or not text.isprintable():
        raise LiwaError(
            "An origin is the address of a web site without a path, such as https://tool.example.edu."
        )
    own = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != own else "")


def is_feed(name: str) -> bool:
    """Whether a feed of feeds.toml can have this name."""
    return name not in OWN and NAME.fullmatch(name) is not None


def _known(key: str) -> Credential | None:
    seen = _seen.get(key)
    if seen is None or clock.monotonic() - seen.at > REMEMBERED_SECONDS:
        if len(_seen) >= _REMEMBERED_KEYS:
            _seen.clear()
        asked = clock.monotonic()
        seen = _seen[key] = _Seen(_stored(key), asked)
    return seen.credential


def _stored(key: str) -> Credential | None:
    if not key or "\0" in key or not key.isprintable():
        return None
    return Credential.objects.filter(pk=key, revoked_at=None).exclude(secret_hash="").first()


def _forget(key: str) -> None:
    global _origins
    _seen.pop(key, None)
    _origins = _Origins(frozenset(), float("-inf"))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _check(name: str, scopes: Sequence[str], feed: str) -> None:
    if not name.strip() or len(name.strip()) > NAME_LENGTH:
        raise LiwaError(
            f"A key needs a name of at most {NAME_LENGTH} characters, such as the tool that will use it."
        )
    if not name.isprintable():
        raise LiwaError("The name of a key is one line of plain text.")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown:
        raise LiwaError(f"There is no scope {unknown[0]!r}.", remedy=f"Known: {', '.join(SCOPES)}.")
    if feed and not is_feed(feed):
        raise LiwaError(
            f"No feed can be called {feed!r}.", remedy="Use the name of a feed of kind xapi in feeds.toml."
        )
