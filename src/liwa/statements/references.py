"""Statements that refer to others by a StatementRef: found by what those can be found by, and voiding them.

A statement that refers to another meets every condition that the other meets, and so on along the chain. This is
worked out when either of the two arrives, so that no reader has to: whoever refers gets the links of what it refers
to. That is done under the store's lock, so both sides see each other whichever comes first. Who may read nothing but his own
statements learns nothing of others' by referring to them, and voids none.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from liwa.statements import links
from liwa.statements.bulk import Pair
from liwa.statements.credentials import reads_all
from liwa.statements.equality import agents_key
from liwa.statements.links import Facets
from liwa.statements.prepare import Prepared
from liwa.statements.tables import Row, Tables

DEPTH = 100  # how far a chain is followed
MOST = 500  # terms by which one statement is found through others; chains may be made to grow without end
# Links that the references of one transaction make; beyond, statements are found by their own terms alone.
MOST_TOGETHER = 50_000

_decode = msgspec.json.decode


@dataclass
class Effects:
    """What follows from new statements: links beyond their own, links for those that were there, what is void."""

    pairs: list[Pair] = field(default_factory=list)
    late_pairs: list[Pair] = field(default_factory=list)
    void: set[UUID] = field(default_factory=set)  # new ones
    late_void: set[UUID] = field(default_factory=set)


@dataclass(frozen=True)
class _Node:
    """`authority` wrote it; `reaches` where that may read, and so refer to, what others wrote."""

    id: UUID
    seq: int
    target: UUID | None
    voids: bool
    facets: Facets
    authority: str
    reaches: bool

    def sees(self, other: "_Node") -> bool:
        """Whether what the other says may be found, or undone, through this one."""
        return self.reaches or self.authority == other.authority


def effects_of(new: Mapping[UUID, tuple[int, Prepared]], tables: Tables) -> Effects:
    """What the new statements, by id with their seq, do to one another and to those in the tables."""
    waiting = _referrers(tables, (pk for pk, (_, one) in new.items() if one.is_named))
    referring = [pk for pk, (_, one) in new.items() if one.target]
    if not waiting and not referring:
        return Effects()
    graph = _Graph(new, tables)
    late = graph.add_referrers(waiting)
    graph.add_targets()
    made = Effects()
    for pk in referring:
        seq, one = new[pk]
        if len(made.pairs) < MOST_TOGETHER:
            made.pairs += ((term, seq) for term in graph.terms(pk) - set(one.links))
    for pk in late:
        if len(made.late_pairs) < MOST_TOGETHER:
            made.late_pairs += ((term, graph.nodes[pk].seq) for term in graph.terms(pk))
    for pk in graph.void(referring, late):
        (made.void if pk in new else made.late_void).add(pk)
    return made


def closure(pk: UUID, tables: Tables) -> set[int]:
    """The terms that a stored statement has through itself and those it refers to."""
    graph = _Graph({}, tables)
    graph.add(tables.by_id([pk]))
    graph.add_targets()
    return graph.terms(pk) if pk in graph.nodes else set()


def _referrers(tables: Tables, targets: Iterable[UUID]) -> set[int]:
    """The seq of every stored statement that refers to one of these."""
    return {seq for _, seq in tables.linked([links.target_term(pk) for pk in targets])}


class _Graph:
    """Statements that refer to one another, as far as they are of interest."""

    def __init__(self, new: Mapping[UUID, tuple[int, Prepared]], tables: Tables) -> None:
        self.nodes: dict[UUID, _Node] = {}
        self._new = new
        self._tables = tables

    def add(self, rows: Iterable[Row]) -> list[UUID]:
        """Add stored statements; gives their ids."""
        found = [_node(seq, payload) for seq, _, payload in rows]
        self.nodes |= {one.id: one for one in found}
        return [one.id for one in found]

    def add_referrers(self, waiting: Collection[int]) -> list[UUID]:
        """Add these statements and, level by level, those that refer to them; gives their ids."""
        found: list[UUID] = []
        seen: set[int] = set()
        for _ in range(DEPTH):
            if not waiting:
                break
            seen |= set(waiting)
            level = self.add(self._tables.by_seq(waiting))
            found += level
            waiting = _referrers(self._tables, level) - seen
        return found

    def add_targets(self) -> None:
        """Add what all referring statements refer to, level by level."""
        wanted = {one.target for _, one in self._new.values()} | {one.target for one in self.nodes.values()}
        for _ in range(DEPTH):
            missing = [pk for pk in wanted if pk and pk not in self._new and pk not in self.nodes]
            if not missing:
                return
            wanted = {self.nodes[pk].target for pk in self.add(self._tables.by_id(missing))}

    def node(self, pk: UUID | None) -> _Node | None:
        """The statement of this id, where there is one."""
        if pk is None:
            return None
        if pk not in self.nodes and pk in self._new:
            seq, one = self._new[pk]
            self.nodes[pk] = _node(seq, one.payload, reaches=one.reaches)
        return self.nodes.get(pk)

    def terms(self, pk: UUID) -> set[int]:
        """The terms of a statement and of those along its chain."""
        first, *chain = self._chain(pk)
        facets = first.facets
        for one in chain:
            if not first.sees(one):
                break
            more = facets | one.facets
            if more.size > MOST:
                break
            facets = more
        return set(links.terms_of(facets))

    def _chain(self, pk: UUID) -> Iterator[_Node]:
        seen: set[UUID] = set()
        node = self.node(pk)
        while node and node.id not in seen and len(seen) <= DEPTH:
            yield node
            seen.add(node.id)
            node = self.node(node.target)

    def void(self, *referring: Iterable[UUID]) -> Iterator[UUID]:
        """The statements that these void: all that they name and see but those that void themselves."""
        for some in referring:
            for pk in some:
                node = self.node(pk)
                target = self.node(node.target) if node and node.voids else None
                if node and target and not target.voids and node.sees(target):
                    yield target.id


def _node(seq: int, payload: bytes, *, reaches: bool | None = None) -> _Node:
    """The statement; where it is not known whether it reaches what others wrote, its authority's key says that now."""
    statement = _decode(payload)
    target = links.target_of(statement)
    voids = target is not None and links.is_voiding(statement)
    authority = statement.get("authority", {})
    if reaches is None:
        reaches = target is not None and reads_all(authority)
    name = agents_key(authority)
    return _Node(UUID(statement["id"]), seq, target, voids, links.facets_of(statement), name, reaches)
