"""The tables of statements and links, asked for many rows at a time."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

from liwa.db.statements import Statements
from liwa.statements.bulk import Pair, bulk_of
from liwa.statements.shelf import completed

_sql = Statements(Path(__file__).parent / "sql" / "store.sql")
_PAIRS = 250  # of one statement

# A new store has grown long before the planner hears of it, which would go on reading the whole of a table that it takes to
# be small. What the store looks up, it looks up in an index.
_LOCKING = {"for_update": "FOR UPDATE", "by_index": ", set_config('enable_seqscan', 'off', true)"}
_LOCKED = {"for_update": "", "by_index": ""}

Row = tuple[int, bool, bytes]  # seq, whether it is void, payload


class Tables:
    """What the store asks and changes, within its transaction."""

    def __init__(self, cursor: CursorWrapper) -> None:
        self._cursor = cursor
        self._bulk = bulk_of(connection)

    def lock(self) -> int:
        """Wait until nobody else stores; gives the last seq. Held until the commit."""
        row = self._one("lock", _LOCKING if _locks_rows() else _LOCKED)
        if row is None:
            self._run("begin")
            return self.lock()
        return int(row[0])

    def advance(self, last: int) -> None:
        """Keep the seq given last."""
        self._run("advance", {}, [last])

    def known(self, ids: Iterable[UUID]) -> dict[UUID, int]:
        """The seq of those of the statements that are stored."""
        return {_uuid(pk): seq for pk, seq in self._of("known", [pk.hex for pk in ids])}

    def by_id(self, ids: Iterable[UUID]) -> list[Row]:
        """The stored statements of these ids."""
        return _rows(self._of("by_id", [pk.hex for pk in ids]))

    def by_seq(self, seqs: Iterable[int]) -> list[Row]:
        """The stored statements of these numbers."""
        return _rows(self._of("by_seq", seqs))

    def linked(self, terms: Iterable[int]) -> list[Pair]:
        """Every link of these terms."""
        return [(term, seq) for term, seq in self._of("linked", terms)]

    def void(self, ids: Iterable[UUID]) -> None:
        """Mark statements as void."""
        self._run("void", self._bulk.places, [True, self._bulk.listed(pk.hex for pk in ids)])

    def activities(self, keys: Iterable[str]) -> dict[str, tuple[str, str]]:
        """The id and the definition of each of the activities that is known, by its key."""
        return {key: (iri, definition) for key, iri, definition in self._of("activities", keys)}

    def redefine(self, key: str, definition: bytes) -> None:
        """Change what an activity is called."""
        self._run("redefine", {}, [definition.decode(), key])

    def link(self, pairs: Sequence[Pair]) -> None:
        """Add links, of which some may be there."""
        rest = iter(dict.fromkeys(pairs))
        while some := list(islice(rest, _PAIRS)):
            values = ", ".join(["(%s, %s)"] * len(some))
            self._run("link", {"values": values}, list(chain.from_iterable(some)))

    def unlink(self, pairs: Iterable[Pair]) -> None:
        """Remove links."""
        rest = iter(pairs)
        while some := list(islice(rest, _PAIRS)):
            values = ", ".join(["(%s, %s)"] * len(some))
            self._run("unlink", {"values": values}, list(chain.from_iterable(some)))

    def rewrite(self, changes: Iterable[tuple[bytes, bool, int]]) -> None:
        """Give statements another payload, and void some: (payload, whether it is void from now on, seq) of each."""
        rows = [(payload.decode(), len(payload), voided, seq) for payload, voided, seq in changes]
        self._cursor.executemany(_sql("rewrite", {}), rows)

    def _of(self, name: str, values: Iterable[str | int]) -> list[tuple[Any, ...]]:
        wanted = list(values)
        if not wanted:
            return []
        self._run(name, self._bulk.places, [self._bulk.listed(wanted)])
        rows: list[tuple[Any, ...]] = self._cursor.fetchall()
        return rows

    def _one(self, name: str, places: Mapping[str, str]) -> tuple[Any, ...] | None:
        self._run(name, places)
        row: tuple[Any, ...] | None = self._cursor.fetchone()
        return row

    def _run(self, name: str, places: Mapping[str, str] | None = None, values: Sequence[Any] = ()) -> None:
        self._cursor.execute(_sql(name, places or {}), list(values))


def _locks_rows() -> bool:
    """SQLite locks the whole database as the transaction begins, and knows no other way."""
    return connection.features.has_select_for_update


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _rows(rows: Sequence[tuple[Any, ...]]) -> list[Row]:
    whole = completed([(seq, payload) for seq, _, payload in rows])
    return [
        (seq, bool(voided), payload.encode())
        for (seq, voided, _), (_, payload) in zip(rows, whole, strict=True)
    ]
