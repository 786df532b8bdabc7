"""What activities are called: the definitions that statements bring, merged.

The newest statement counts: a text replaces the one of the same language, an extension the one of the same name,
anything else what was there. Only credentials that may `define` have a say.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from hashlib import sha256
from typing import Any

import msgspec
from django.db import connection

from liwa.core import clock
from liwa.statements.bulk import bulk_of
from liwa.statements.prepare import Definition, Prepared
from liwa.statements.tables import Tables

Json = dict[str, Any]

MERGED = ("name", "description", "extensions")
REMEMBERED = 10_000
# Another process may have been told something else since.
FORGOTTEN_AFTER = 60.0

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_remembered: dict[str, tuple[int, float]] = {}


def definition(iri: str) -> Json | None:
    """What is known of the activity; None where nothing is."""
    return definitions([iri]).get(iri)


def definitions(iris: Iterable[str]) -> dict[str, Json]:
    """What is known of each activity, by its id; those of which nothing is known are missing."""
    with connection.cursor() as cursor:
        known = Tables(cursor).activities({_key(iri) for iri in iris})
    return {iri: _decode(text) for iri, text in known.values()}


def note(statements: Iterable[Prepared], tables: Tables) -> None:
    """Merge what new statements say; call it in their transaction, with the store's lock held."""
    told: dict[str, list[Json]] = {}
    for one in _news(statements):
        told.setdefault(one.iri, []).append(one.said)
    if not told:
        return
    keys = {iri: _key(iri) for iri in told}
    known = tables.activities(keys.values())
    new = []
    for iri, key in keys.items():
        before = known[key][1].encode() if key in known else b"{}"
        after = _encode(reduce(merge, told[iri], _decode(before)))
        if key not in known:
            new.append((key, iri, after))
        elif after != before:
            tables.redefine(key, after)
    bulk_of(connection).add_activities(connection, new)


def remember(statements: Iterable[Prepared]) -> None:
    """The transaction with these is committed: what they say need not be looked at again for a while."""
    at = clock.monotonic()
    for one in _news(statements):
        if len(_remembered) >= REMEMBERED:
            _remembered.clear()
        _remembered[one.iri] = one.mark, at


def forget() -> None:
    """Remember nothing: the definitions have been changed by somebody else."""
    _remembered.clear()


def _news(statements: Iterable[Prepared]) -> Iterator[Definition]:
    """What was not said of the activity the last time that it was spoken of."""
    now = clock.monotonic()
    said: dict[str, int] = {}
    for statement in statements:
        for one in statement.definitions:
            if said.get(one.iri) == one.mark:
                continue
            said[one.iri] = one.mark
            mark, at = _remembered.get(one.iri, (0, 0.0))
            if mark != one.mark or now - at > FORGOTTEN_AFTER:
                yield one


def merge(known: Mapping[str, Any], said: Mapping[str, Any]) -> Json:
    """The definition after something newer was said."""
    merged = {**known, **said}
    for name in MERGED:
        if name in known and name in said:
            merged[name] = {**known[name], **said[name]}
    return merged


def _key(iri: str) -> str:
    return sha256(iri.encode("utf-8", "surrogatepass")).hexdigest()
