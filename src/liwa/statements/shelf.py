"""Statements whose payloads were moved to the lake: read as if they had not been.

In the database such a statement keeps its id, its number, its links and an empty payload.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from uuid import UUID

from liwa.core.config import home
from liwa.core.errors import Unavailable
from liwa.lake import payloads
from liwa.statements.models import MovedMonth, Statement

ATTEMPTS = 3
_SOME = 500  # as many as one IN (…) takes


def folder() -> Path:
    """Where the payloads of moved months are."""
    return home() / "payloads"


def completed(found: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """(seq, payload) with the payloads that are in the lake, in the same order."""
    missing = [seq for seq, payload in found if not payload]
    if not missing:
        return list(found)
    there = fetch(missing)
    return [(seq, payload or there[seq]) for seq, payload in found]


def whole(seq: int, payload: str) -> str:
    """The payload of one statement, wherever it is."""
    return payload or fetch([seq])[seq]


def with_ids(found: Iterable[tuple[int, UUID, str]]) -> list[tuple[int, UUID, str]]:
    """(seq, id, payload) with the payloads that are in the lake."""
    rows = list(found)
    texts = completed([(seq, payload) for seq, _, payload in rows])
    return [(seq, pk, text) for (seq, pk, _), (_, text) in zip(rows, texts, strict=True)]


def fetch(seqs: Sequence[int]) -> dict[int, str]:
    """The payloads of these statements, by seq. Raises Unavailable where the lake does not have one.

    Months are moved and brought back while others read; so what is not found is looked for once more.
    """
    found: dict[int, str] = {}
    wanted = list(seqs)
    for _ in range(ATTEMPTS):
        found |= _from_lake(wanted)
        wanted = [seq for seq in wanted if seq not in found]
        if wanted:
            found |= _from_database(wanted)
            wanted = [seq for seq in wanted if seq not in found]
        if not wanted:
            return found
    raise Unavailable(
        "What some statements said was moved to the lake, and is not there.",
        remedy=f"Bring {folder()} back from a backup.",
    )


def _from_lake(seqs: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    least, most = min(seqs), max(seqs)
    for month in MovedMonth.objects.filter(first__lte=most, last__gte=least):
        here = [seq for seq in seqs if month.first <= seq <= month.last]
        try:
            found |= payloads.read(folder() / month.file, here) if here else {}
        except FileNotFoundError:
            continue
    return found


def _from_database(seqs: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for start in range(0, len(seqs), _SOME):
        rows = Statement.objects.filter(seq__in=seqs[start : start + _SOME]).exclude(payload="")
        found |= dict(rows.values_list("seq", "payload"))
    return found
