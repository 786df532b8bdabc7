"""Finding statements.

A question becomes ranges of the links' index, read from the wanted end, so that a page costs what it holds and not
what there is. A broad condition has two terms and is asked once for each; of several conditions, the one that
fewest statements meet is read and the others are looked up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

from liwa.db.statements import Statements
from liwa.statements.asking import Cursor, StatementQuery, parse
from liwa.statements.bulk import bulk_of
from liwa.statements.commit import consistent_through
from liwa.statements.equality import agents_key
from liwa.statements.links import Facet, attachment_term, authority_term, broad_terms
from liwa.statements.models.credentials import Credential
from liwa.statements.shelf import completed, whole
from liwa.statements.store import stored_at

__all__ = [
    "Found",
    "StatementQuery",
    "attachments_in_use",
    "consistent_through",
    "find",
    "one",
    "parse",
]

_sql = Statements(Path(__file__).parent / "sql" / "query.sql")
_RARE = 200  # links that are counted to learn which condition is rarest
_PAGE_BYTES = 16 << 20  # a page ends early rather than be larger, unless it is one statement


@dataclass(frozen=True)
class Found:
    """A page of statements as they are answered, and the link to the next one ("" after the last)."""

    statements: list[bytes]
    more: str


def one(pk: UUID, *, voided: bool, scope: Credential | None) -> bytes | None:
    """The statement of this id as it is answered, if it is void as asked and the credential may read it.

    Without a credential everything may be read, here and below.
    """
    if scope and scope.reads == "none":
        return None
    condition, values = _of_authority("", _authority(scope))
    with connection.cursor() as cursor:
        cursor.execute(_sql("one", {"condition": condition}), [pk.hex, voided, *values])
        row = cursor.fetchone()
    return _answered(row[0], whole(*row)) if row else None


def find(asked: StatementQuery, scope: Credential | None) -> Found:
    """The statements that meet every condition and are not void, the newest first unless `ascending`."""
    after, last = asked.span()
    if after >= last or (scope and scope.reads == "none"):
        return Found([], "")
    with connection.cursor() as cursor:
        search = _Search(cursor, asked, _authority(scope))
        if asked.ascending and asked.cursor is None:
            last = min(last, search.newest())
        rows = search.rows(after, last)
        page = _fitting(rows, asked.most)
        payloads = search.payloads([seq for seq, _ in page])
    more = ""
    if len(rows) > len(page):
        end = page[-1][0]
        bound = last if asked.ascending else asked.cursor.bound if asked.cursor else page[0][0]
        more = asked.more(Cursor(end, bound))
    return Found([_answered(seq, payloads[seq]) for seq, _ in page if seq in payloads], more)


def attachments_in_use(hashes: Iterable[str]) -> set[str]:
    """Those of the attachments (by hash) that a statement names, written as given."""
    by_term = {attachment_term(sha2): sha2 for sha2 in hashes}
    bulk = bulk_of(connection)
    with connection.cursor() as cursor:
        cursor.execute(_sql("linked", bulk.places), [bulk.listed(by_term)])
        return {by_term[term] for (term,) in cursor.fetchall()}


class _Search:
    """One question on its way through the database."""

    def __init__(self, cursor: CursorWrapper, asked: StatementQuery, authority: str) -> None:
        self._cursor = cursor
        self._order = "ASC" if asked.ascending else "DESC"
        self._most = asked.most + 1  # one more tells whether there is a next page
        self._conditions = asked.conditions()
        self._authority = authority
        if authority and not self._conditions:
            self._conditions = [broad_terms(Facet.AGENT, Facet.RELATED_AGENT, [authority])]

    def newest(self) -> int:
        """The seq given last."""
        row = self._ask("last", {}, [])
        return int(row[0][0]) if row else 0

    def rows(self, after: int, last: int) -> list[tuple[int, int]]:
        """(seq, size) of the statements of the page, and of one more if there is."""
        if not self._conditions:
            return self._ask("all", *self._bound("s.seq", [], [after, last]))
        driver, *others = self._by_rarity()
        found: set[tuple[int, int]] = set()
        for term in driver:
            found |= set(self._ask("arm", *self._bound("l.seq", others, [term, after, last])))
        return sorted(found, reverse=self._order == "DESC")[: self._most]

    def payloads(self, seqs: Sequence[int]) -> dict[int, str]:
        """The payloads of these statements."""
        bulk = bulk_of(connection)
        return dict(completed(self._ask("payloads", bulk.places, [bulk.listed(seqs)]))) if seqs else {}

    def _by_rarity(self) -> list[list[int]]:
        if len(self._conditions) == 1:
            return self._conditions
        return sorted(self._conditions, key=self._count)

    def _count(self, terms: list[int]) -> int:
        places = {"terms": _places(terms), "most": str(_RARE)}
        return int(self._ask("rarity", places, terms)[0][0])

    def _bound(
        self, seq: str, others: Sequence[list[int]], values: list[Any]
    ) -> tuple[dict[str, str], list[Any]]:
        """The places and values of a question whose first values are these."""
        conditions = [_sql("also", {"seq": seq, "terms": _places(terms)}) for terms in others]
        given = [*values, False, *(term for terms in others for term in terms)]
        condition, authority = _of_authority("s.", self._authority)
        conditions.append(condition)
        given += authority
        places = {"conditions": "\n".join(conditions), "order": self._order}
        return places, [*given, self._most]

    def _ask(self, name: str, places: Mapping[str, str], values: Sequence[Any]) -> list[tuple[Any, ...]]:
        self._cursor.execute(_sql(name, places), list(values))
        rows: list[tuple[Any, ...]] = self._cursor.fetchall()
        return rows


def _authority(scope: Credential | None) -> str:
    """The key of the authority whose statements alone may be read; "" for all."""
    return agents_key(scope.authority) if scope and scope.reads == "mine" else ""


def _of_authority(prefix: str, authority: str) -> tuple[str, list[int]]:
    return (f"AND {prefix}authority = %s", [authority_term(authority)]) if authority else ("", [])


def _fitting(rows: Sequence[tuple[int, int]], most: int) -> Sequence[tuple[int, int]]:
    """As many of the rows as a page may hold."""
    total = 0
    for at, (_, size) in enumerate(rows[:most]):
        total += size
        if at and total > _PAGE_BYTES:
            return rows[:at]
    return rows[:most]


def _places(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _answered(seq: int, payload: str) -> bytes:
    """The statement with when it was stored; that is when it happened too, where it does not say."""
    stored = stored_at(seq).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    head = f'{{"stored":"{stored}",'
    if not payload.startswith('{"timestamp":'):
        head += f'"timestamp":"{stored}",'
    return (head + payload[1:]).encode()
