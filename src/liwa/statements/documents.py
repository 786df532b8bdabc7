"""Documents: states of an activity, profiles of activities and of agents.

Two clients who race never lose an update: what a request must find (If-Match, If-None-Match) is looked at and the
document written in one transaction that holds the document's row, and of two who make the same document one wins,
after which the other looks again.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import msgspec
from django.db import IntegrityError
from django.db.models import QuerySet

from liwa.core import clock
from liwa.db.retrying import retrying
from liwa.statements import models
from liwa.statements.errors import Conflict, Malformed, NotFound, Precondition, TooLarge
from liwa.statements.validation import bounded

T = TypeVar("T")
Kind = models.Document.Kind

JSON = "application/json"
ROUNDS = 20  # how often somebody else may make or remove the same document in between
_LOST_RACE = "others keep changing this document; try again"
_UNSEEN = "there is a document already: look at it first, then send its ETag in If-Match to replace that very state of it"


@dataclass(frozen=True)
class StateKey:
    """A state of an activity and an agent (as `equality.agents_key` writes it); without id: all of them.

    Without a registration, all of them means those of every registration.
    """

    activity: str
    agent: str
    registration: str = ""
    id: str | None = None
    kind = Kind.STATE


@dataclass(frozen=True)
class ActivityProfileKey:
    """A profile of an activity; without id: all of them."""

    activity: str
    id: str | None = None
    agent = registration = ""
    kind = Kind.ACTIVITY_PROFILE


@dataclass(frozen=True)
class AgentProfileKey:
    """A profile of an agent, as `equality.agents_key` writes it; without id: all of them."""

    agent: str
    id: str | None = None
    activity = registration = ""
    kind = Kind.AGENT_PROFILE


Key = StateKey | ActivityProfileKey | AgentProfileKey


@dataclass(frozen=True)
class Document:
    """What is stored under a key. `etag` is the SHA-1 of the content in 40 hex digits, without quotes."""

    content: bytes
    content_type: str
    etag: str
    updated_at: datetime


@dataclass(frozen=True)
class Listing:
    """Ids of documents, and when the latest of them was updated; None where there are none."""

    ids: list[str]
    updated_at: datetime | None


@dataclass(frozen=True)
class Conditions:
    """What the request says must hold: the headers If-Match and If-None-Match; empty where there are none."""

    if_match: str = ""
    if_none_match: str = ""

    def check(self, etag: str | None) -> None:
        """Raise Precondition unless they hold for a document with this ETag (None: there is none)."""
        if self.if_match and not _names(self.if_match, etag):
            raise Precondition("If-Match names another state of the document than the one there is")
        if self.if_none_match and _names(self.if_none_match, etag):
            raise Precondition("If-None-Match names the document that there is")


def get(key: Key) -> Document:
    """The document. Raises NotFound."""
    row = models.Document.objects.filter(pk=_hash_of(key)).first()
    if row is None:
        raise NotFound("there is no such document")
    return Document(bytes(row.content), row.content_type, row.etag, row.updated_at)


def put(key: Key, content: bytes, content_type: str, if_match: str = "", if_none_match: str = "") -> str:
    """Store a document in place of whatever there is; gives its ETag.

    Raises Precondition where the headers do not hold, and Conflict where a profile that exists would be replaced
    by a request that has neither header: states may be replaced without.
    """
    conditions = Conditions(if_match, if_none_match)

    def write() -> str:
        row = _locked(key)
        conditions.check(row.etag if row else None)
        if row and key.kind != Kind.STATE and not (if_match or if_none_match):
            raise Conflict(_UNSEEN)
        return _store(key, row, content, content_type)

    return _alone(write)


def merge(
    key: Key,
    content: bytes,
    content_type: str,
    if_match: str = "",
    if_none_match: str = "",
    *,
    limit: int | None = None,
) -> str:
    """Set the properties of a JSON object in the one that is stored, or store it as it is; gives the ETag.

    Only properties of the objects themselves are merged, each as it was written, number for number. Raises
    Malformed where the content or what is stored is no JSON object of the type application/json, TooLarge where
    both together have more than `limit` bytes.
    """
    conditions = Conditions(if_match, if_none_match)
    posted = _properties(content, content_type, "the document sent")

    def write() -> str:
        row = _locked(key)
        conditions.check(row.etag if row else None)
        if row is None:
            return _store(key, None, content, content_type)
        stored = _properties(bytes(row.content), row.content_type, "the document stored")
        merged = msgspec.json.encode(stored | posted)
        if limit is not None and len(merged) > limit:
            raise TooLarge(f"the document would have more than {limit // 1024 // 1024} MB")
        bounded(merged)
        return _store(key, row, merged, row.content_type)

    return _alone(write)


def delete(key: Key, if_match: str = "", if_none_match: str = "") -> None:
    """Remove the document, if there is one. Raises Precondition where the headers do not hold."""
    conditions = Conditions(if_match, if_none_match)

    def remove() -> None:
        row = _locked(key)
        conditions.check(row.etag if row else None)
        if row:
            row.delete()

    _alone(remove)


def delete_all(key: Key) -> int:
    """Remove every document of the context that a key without id names; gives how many."""
    return retrying(lambda: _all_of(key).delete()[0])


def list_ids(key: Key, since: datetime | None = None) -> Listing:
    """Ids of the documents of a context, or of those updated after `since`, in order."""
    rows = _all_of(key)
    if since:
        rows = rows.filter(updated_at__gt=since)
    found = list(rows.values_list("document_id", "updated_at"))
    ids = sorted({document_id for document_id, _ in found})
    return Listing(ids, max((updated_at for _, updated_at in found), default=None))


def agent_hash(agent: str) -> str:
    """What `models.Document.agent_hash` holds for an agent, as `equality.agents_key` writes it."""
    return hashlib.sha256(agent.encode()).hexdigest() if agent else ""


def _alone(write: Callable[[], T]) -> T:
    """Run `write` in a transaction, and again where somebody else made the same document meanwhile."""
    for _ in range(ROUNDS):
        try:
            return retrying(write)
        except IntegrityError:
            continue
    raise Conflict(_LOST_RACE)


def _locked(key: Key) -> models.Document | None:
    """The document's row, held until the transaction ends."""
    return models.Document.objects.select_for_update().filter(pk=_hash_of(key)).first()


def _store(key: Key, row: models.Document | None, content: bytes, content_type: str) -> str:
    made = row or models.Document(
        key=_hash_of(key),
        context=_context_of(key),
        kind=key.kind,
        activity=key.activity,
        agent=key.agent,
        agent_hash=agent_hash(key.agent),
        registration=key.registration.lower(),
        document_id=key.id or "",
    )
    made.content = content
    made.content_type = content_type
    made.etag = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    made.updated_at = clock.now()
    made.save(force_insert=row is None, force_update=row is not None)
    return made.etag


def _all_of(key: Key) -> QuerySet[models.Document]:
    rows = models.Document.objects.filter(context=_context_of(key))
    return rows.filter(registration=key.registration.lower()) if key.registration else rows


def _context_of(key: Key) -> str:
    return _digest(key.kind, key.activity, key.agent)


def _hash_of(key: Key) -> str:
    if key.id is None:
        raise TypeError("a key without id names no single document")
    if "\0" in key.id:
        raise Malformed("an id contains no NUL character")
    return _digest(key.kind, key.activity, key.agent, key.registration.lower(), key.id)


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _properties(content: bytes, content_type: str, which: str) -> dict[str, msgspec.Raw]:
    """The properties of a JSON object, each as it is written. Raises Malformed."""
    if content_type.partition(";")[0].strip().lower() != JSON:
        raise Malformed(f"{which} is not of the type {JSON}, so nothing can be merged")
    bounded(content)
    try:
        msgspec.json.decode(content)  # all of it, since what is kept raw is not looked into
        return msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Malformed(f"{which} is not a JSON object, so nothing can be merged") from None


def _names(header: str, etag: str | None) -> bool:
    """Whether a list of ETags has this one. Quotes may be missing, and `W/`, which proxies add, is passed over:
    an ETag is a hash of the content, so one that is equal means the same content in any case.
    """
    if etag is None:
        return False
    named = (part.strip().removeprefix("W/").strip('"') for part in header.split(","))
    return any(name in ("*", etag) for name in named)
