"""What activities are called: the definitions that statements bring, merged.

The newest statement counts: a text replaces the one of the same language, an extension the one of the same name,
anything else what was there. Only credentials that may `define` have a say.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

import msgspec
from django.db.models import QuerySet

from liwa.core import clock
from liwa.records.intake import chunks
from liwa.statements.models import Activity
from liwa.statements.prepare import Definition, Prepared

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
    found: dict[str, Json] = {}
    for some in chunks({_key(iri) for iri in iris}):
        rows = Activity.objects.filter(pk__in=some).values_list("iri", "definition")
        found |= {iri: _decode(text) for iri, text in rows}
    return found


def note(statements: Iterable[Prepared]) -> None:
    """Merge what new statements say; call it in their transaction, with the store's lock held."""
    told: dict[str, list[Json]] = {}
    for one in _news(statements):
        told.setdefault(one.iri, []).append(one.said)
    if not told:
        return
    known = {one.iri: one for some in chunks(map(_key, told)) for one in _rows(some)}
    new = [_merged(Activity(pk=_key(iri), iri=iri), told[iri]) for iri in told.keys() - known.keys()]
    Activity.objects.bulk_create(new, batch_size=200)
    before = {iri: one.definition for iri, one in known.items()}
    changed = [one for iri, one in known.items() if _merged(one, told[iri]).definition != before[iri]]
    Activity.objects.bulk_update(changed, ["definition"], batch_size=200)


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


def _rows(keys: list[str]) -> QuerySet[Activity]:
    return Activity.objects.filter(pk__in=keys)


def _merged(activity: Activity, told: Iterable[Json]) -> Activity:
    known = _decode(activity.definition) if activity.definition else {}
    for said in told:
        known = merge(known, said)
    activity.definition = _encode(known).decode()
    return activity


def merge(known: Mapping[str, Any], said: Mapping[str, Any]) -> Json:
    """The definition after something newer was said."""
    merged = {**known, **said}
    for name in MERGED:
        if name in known and name in said:
            merged[name] = {**known[name], **said[name]}
    return merged


def _key(iri: str) -> str:
    return sha256(iri.encode("utf-8", "surrogatepass")).hexdigest()
