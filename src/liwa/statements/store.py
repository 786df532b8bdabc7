"""The one transaction that stores statements.

It takes the store's lock first and holds it until the commit. So `seq` and `stored` are given in the order in which
statements become visible, a reader who has seen one has seen, or can find, all before it, and whether an id is
taken can be looked up instead of tried.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
from django.db import connection

from liwa.core import clock
from liwa.db.retrying import retrying
from liwa.statements import activities
from liwa.statements.bulk import bulk_of
from liwa.statements.equality import same_statement
from liwa.statements.errors import Conflict, Refusal
from liwa.statements.prepare import Prepared
from liwa.statements.references import effects_of
from liwa.statements.tables import Tables

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_decode = msgspec.json.decode


@dataclass(frozen=True)
class Outcome:
    """What became of each request, None where all is well; and the seq given last."""

    verdicts: list[Refusal | None]
    last: int


def seq_of(at: datetime) -> int:
    """The seq of a statement stored at this instant."""
    return (at - EPOCH) // _MICROSECOND


def stored_at(seq: int) -> datetime:
    """When the statement of this seq was stored."""
    return EPOCH + seq * _MICROSECOND


def store(requests: Sequence[Sequence[Prepared]]) -> Outcome:
    """Store the statements of several requests in one transaction.

    Each request is stored whole or not at all, whatever becomes of the others. One whose ids are all known with
    the same content is fine and changes nothing. Within a transaction of the caller's it is part of that. Raises
    Busy and Unavailable as `retrying` does.
    """
    if connection.in_atomic_block:
        return _stored(requests)[0]
    outcome, new = retrying(_stored, requests)
    activities.remember(new)
    return outcome


def _stored(requests: Sequence[Sequence[Prepared]]) -> tuple[Outcome, list[Prepared]]:
    with connection.cursor() as cursor:
        tables = Tables(cursor)
        last = tables.lock()
        verdicts, accepted = _judge(requests, tables)
        if accepted:
            first = max(last + 1, seq_of(clock.now()))
            last = first + len(accepted) - 1
            tables.advance(last)
            _write({pk: (first + at, one) for at, (pk, one) in enumerate(accepted.items())}, tables)
        return Outcome(verdicts, last), list(accepted.values())


def _judge(
    requests: Sequence[Sequence[Prepared]], tables: Tables
) -> tuple[list[Refusal | None], dict[UUID, Prepared]]:
    """The verdict on each request, and the statements to be stored, by id, in their order."""
    named = [one.id for request in requests for one in request if one.is_named]
    known = tables.by_id(tables.known(named))
    payloads = {UUID(_decode(payload)["id"]): payload for _, _, payload in known}
    verdicts: list[Refusal | None] = []
    accepted: dict[UUID, Prepared] = {}
    for request in requests:
        verdict = next(_conflicts(request, payloads), None)
        verdicts.append(verdict)
        if verdict is None:
            fresh = {one.id: one for one in request if one.id not in payloads}
            accepted |= fresh
            payloads |= {pk: one.payload for pk, one in fresh.items()}
    return verdicts, accepted


def _conflicts(request: Sequence[Prepared], payloads: dict[UUID, bytes]) -> Iterator[Conflict]:
    for at, one in enumerate(request):
        other = payloads.get(one.id)
        if other is not None and not same_statement(_decode(one.payload), _decode(other)):
            path = f"$[{at}].id" if len(request) > 1 else "$.id"
            yield Conflict("there is another statement with this id", path)


def _write(new: dict[UUID, tuple[int, Prepared]], tables: Tables) -> None:
    effects = effects_of(new, tables)
    bulk = bulk_of(connection)
    bulk.add_statements(connection, [(seq, one, pk in effects.void) for pk, (seq, one) in new.items()])
    pairs = [(term, seq) for seq, one in new.values() for term in one.links]
    bulk.add_links(connection, sorted(pairs + effects.pairs))
    if effects.late_pairs:
        tables.link(effects.late_pairs)
    if effects.late_void:
        tables.void(effects.late_void)
    activities.note((one for _, one in new.values()), tables)
