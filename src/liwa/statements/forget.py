"""Forgetting: statements and documents of somebody, or older than a day, taken back or made nobody's.

A forgotten statement keeps its id and its place in the order, and nothing of what it said; so its id stays taken,
and whoever sends it again is told that there is another statement of that id.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from liwa.records.intake import chunks
from liwa.records.models import Identity, RefusedRow, User
from liwa.statements import attachments, links, people
from liwa.statements.equality import agents_key
from liwa.statements.links import Facet
from liwa.statements.models import Actor, Arrival, DeadLetter, Document, RefusedStatement, Statement
from liwa.statements.pseudonyms import (
    Json,
    is_pseudonym,
    is_theirs,
    is_tombstone,
    pseudonym,
    renamed,
    tombstone,
)
from liwa.statements.query import attachments_in_use
from liwa.statements.references import closure
from liwa.statements.shelf import with_ids
from liwa.statements.store import stored_at
from liwa.statements.tables import Tables
from liwa.statements.validation.timestamps import parse_timestamp

BATCH = 1_000
DEPTH = 100  # how far references are followed

_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True)
class Change:
    """A stored statement, and what is to be in its place."""

    seq: int
    id: UUID
    before: str
    after: bytes

    @property
    def is_gone(self) -> bool:
        """Whether nothing is left of it but its id."""
        return is_tombstone(_decode(self.after))


@dataclass(frozen=True)
class Wanted:
    """Who, by their keys, or what happened before when, is to be forgotten; `salt` makes pseudonyms."""

    keys: frozenset[str]
    before: datetime | None
    pseudonymise: bool
    salt: str

    def change(self, seq: int, pk: UUID, payload: str) -> Change | None:
        """What is to become of a statement; None where it stays as it is."""
        statement = _decode(payload)
        if is_tombstone(statement) or (self.before and _happened(seq, statement) >= self.before):
            return None
        theirs = bool(self.before) or is_theirs(statement, self.keys)
        if theirs and not self.pseudonymise:
            return Change(seq, pk, payload, tombstone(pk))
        after = renamed(payload, self._name, bare=theirs)
        changed = _decode(after) != statement
        return Change(seq, pk, payload, after) if changed else None

    def _name(self, key: str) -> Json | None:
        if is_pseudonym(key) or (self.keys and key not in self.keys):
            return None
        return pseudonym(key, self.salt)

    def changes(self) -> Iterator[list[Change]]:
        """All that is to change, some at a time, in the order of the statements."""
        for rows in self._rows():
            found = [self.change(*row) for row in rows]
            yield [one for one in found if one]

    def _rows(self) -> Iterator[list[tuple[int, UUID, str]]]:
        if self.before:
            yield from _all_rows()
            return
        with connection.cursor() as cursor:
            terms = links.broad_terms(Facet.AGENT, Facet.RELATED_AGENT, self.keys)
            seqs = sorted({seq for _, seq in Tables(cursor).linked(terms)})
        for some in _pieces(seqs):
            found = Statement.objects.filter(seq__in=some).order_by("seq")
            yield with_ids(found.values_list("seq", "id", "payload"))


def _pieces(values: Sequence[int]) -> Iterator[Sequence[int]]:
    size = 500  # as many as one IN (…) takes
    return (values[start : start + size] for start in range(0, len(values), size))


def _all_rows() -> Iterator[list[tuple[int, UUID, str]]]:
    after = 0
    while rows := with_ids(
        Statement.objects.filter(seq__gt=after).order_by("seq").values_list("seq", "id", "payload")[:BATCH]
    ):
        yield rows
        after = rows[-1][0]


def _happened(seq: int, statement: Json) -> datetime:
    told = statement.get("timestamp")
    stored = stored_at(seq)
    return min(parse_timestamp(told), stored) if told else stored


# Who it is


def keys_of_user(user: str) -> set[str]:
    """The keys by which the records know a user. Empty where they know none."""
    kinds = ("account", "openid", *people.EMAIL_KINDS)
    found = set(Identity.objects.filter(user=user, kind__in=kinds).values_list("pk", flat=True))
    email = User.objects.filter(pk=user).values_list("email", flat=True).first()
    return found | (set(people.names_of(email)) if email else set())


def all_keys(keys: Iterable[str]) -> set[str]:
    """The keys; for each mailbox the keys by which its hash goes, and its name as actors have written it."""
    found = set(keys)
    addresses = [key.removeprefix(people.MBOX) for key in found if key.startswith(people.MBOX)]
    for address in addresses:
        found |= set(people.names_of(address))
        found |= set(Actor.objects.filter(key__iexact=people.MBOX + address).values_list("key", flat=True))
    return found


# What changes, each within the caller's transaction


def apply(changes: Sequence[Change]) -> None:
    """Put every statement's new content in its place, and let it be found by that alone."""
    with connection.cursor() as cursor:
        tables = Tables(cursor)
        tables.lock()
        affected = {change.seq: change.before.encode() for change in changes}
        affected |= _referrers(tables, [change.id for change in changes])
        gone = {change.seq for change in changes if change.is_gone}
        had = {seq: _terms(payload, tables) for seq, payload in affected.items()}
        tables.rewrite((one.after, one.is_gone, one.seq) for one in changes)
        affected |= {change.seq: change.after for change in changes}
        now = {seq: set() if seq in gone else _terms(payload, tables) for seq, payload in affected.items()}
        tables.unlink([(term, seq) for seq in affected for term in had[seq] - now[seq]])
        tables.link([(term, seq) for seq in affected for term in now[seq] - had[seq]])
    ids = [change.id for change in changes if change.is_gone]
    for some in chunks(ids):
        Arrival.objects.filter(pk__in=some).delete()
        DeadLetter.objects.filter(statement__in=some).delete()


def _referrers(tables: Tables, ids: Collection[UUID]) -> dict[int, bytes]:
    """The statements that refer to these, directly or along a chain: payload by seq."""
    found: dict[int, bytes] = {}
    level = list(ids)
    for _ in range(DEPTH):
        seqs = {seq for _, seq in tables.linked([links.target_term(pk) for pk in level])} - found.keys()
        if not seqs:
            break
        rows = tables.by_seq(seqs)
        found |= {seq: payload for seq, _, payload in rows}
        level = [UUID(_decode(payload)["id"]) for _, _, payload in rows]
    return found


def _terms(payload: bytes, tables: Tables) -> set[int]:
    """The terms by which a statement, and what came with it, is found now."""
    statement = _decode(payload)
    own = set(links.own_terms(statement))
    author = links.authority_term(agents_key(statement.get("authority", {})))
    own |= {links.content_term(author, sha2) for sha2 in links.attachments_of(statement)}
    if links.target_of(statement):
        return own | closure(UUID(statement["id"]), tables)
    return own | set(links.terms_of(links.facets_of(statement)))


def forget_documents(wanted: Wanted) -> int:
    """Remove states and profiles of these agents, or that were last changed before; how many."""
    if wanted.before:
        found = Document.objects.filter(updated_at__lt=wanted.before).exclude(agent="")
        return found.delete()[0]
    gone = 0
    for some in chunks(wanted.keys):
        gone += Document.objects.filter(agent_hash__in=[people.digest_of(key) for key in some]).delete()[0]
    return gone


def forget_refused(wanted: Wanted) -> int:
    """Remove the texts of refused statements that name these, or came before; how many."""
    gone = []
    for one in RefusedStatement.objects.select_related("row").iterator(chunk_size=200):
        is_old = wanted.before is not None and one.row.refused_at < wanted.before
        if is_old or any(_names(bytes(one.content), key) for key in wanted.keys):
            gone.append(one)
    for one in gone:
        RefusedRow.objects.filter(pk=one.row_id).update(value="", resolved_by=one.row.load_id)
        one.delete()
    return len(gone)


def _names(content: bytes, key: str) -> bool:
    """Whether a text that may not be JSON has what identifies an agent."""
    value = key.partition(":")[2].rpartition("|")[2]
    written = {value.encode("utf-8", "replace"), msgspec.json.encode(value)[1:-1]}
    return any(one in content for one in written)


def forget_people(wanted: Wanted) -> int:
    """Forget actors, and what says who they are; how many Identity rows went."""
    if not wanted.before:
        return people.forget_actors(wanted.keys)
    return people.forget_actors(people.unseen_since(wanted.before), own=True)


def shred_attachments(hashes: Collection[str]) -> int:
    """Remove those of the files that no statement names any more; how many. Not to be undone: call it last."""
    kept = {sha2.lower() for sha2 in hashes}

    def in_use(some: list[str]) -> set[str]:
        return attachments_in_use(some) | (set(some) - kept)

    return attachments.remove_unused(in_use, timedelta(0)) if kept else 0


def attachments_of(changes: Iterable[Change]) -> set[str]:
    """The hashes of files that these statements name no longer."""
    found: set[str] = set()
    for change in changes:
        had = set(links.attachments_of(_decode(change.before)))
        found |= had - set(links.attachments_of(_decode(change.after)))
    return found
