"""How fast the store answers, what fails, and which keys are used: counted in each process, added up by readers.

A request is noted in memory. Every few seconds whoever comes along writes what has gathered, each process to rows
of its own, whole: writing the same once more changes nothing. What a busy database does not take at once is kept
for the next time, so nobody waits for figures.
"""

import os
import secrets
import threading
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import time

from django.db import Error, connection
from django.db.models import Q

from liwa.core import clock
from liwa.db.engines import engine_of
from liwa.statements.models.credentials import Credential
from liwa.statements.models.meter import Minute

# Upper bounds of the buckets, in seconds.
LIMITS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
KEPT = timedelta(days=14)
USE_NOTED = timedelta(minutes=1)
FLUSH_SECONDS = 5.0
_MOST_KINDS = 500  # in one minute of one process; what is asked beyond that is not told apart
_PARAMETERS = frozenset(
    "statementId voidedStatementId agent verb activity registration related_activities related_agents since until"
    " limit format attachments ascending cursor activityId stateId profileId method".split()
)
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"))
_PATIENCE_MS = 200  # how long figures may wait for somebody's lock

_Kind = tuple[int, str, str, int, str]  # minute since the epoch, resource, method, status, asked


@dataclass
class _Sum:
    requests: int = 0
    seconds: float = 0.0
    longest: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(LIMITS) + 1))


class Meter:
    """The figures of one process. `worker` tells its rows from those of others."""

    def __init__(self) -> None:
        self.worker = secrets.randbits(62)
        self._sums: dict[_Kind, _Sum] = {}
        self._fresh: set[_Kind] = set()
        self._used: dict[str, datetime] = {}
        self._told: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._flushed = float("-inf")
        self._cleared = float("-inf")

    def note(self, resource: str, method: str, status: int, seconds: float, asked: Iterable[str]) -> None:
        """Count one answered request."""
        names = "+".join(sorted({name if name in _PARAMETERS else "?" for name in asked})) if asked else ""
        method = method if method in _METHODS else "?"
        with self._lock:
            kind = (int(time() // 60), resource, method, status, names)
            if kind not in self._sums and len(self._sums) >= _MOST_KINDS:
                kind = (*kind[:4], "?")
            found = self._sums.setdefault(kind, _Sum())
            found.requests += 1
            found.seconds += seconds
            if seconds > found.longest:
                found.longest = seconds
            found.buckets[bisect_left(LIMITS, seconds)] += 1
            self._fresh.add(kind)
        if clock.monotonic() - self._flushed > FLUSH_SECONDS:
            self.flush()

    def note_use(self, key: str) -> None:
        """Remember that a key was used now."""
        self._used[key] = clock.now()

    def flush(self) -> None:
        """Write what has gathered, unless another thread is at it, the database is busy, or we are in a transaction."""
        if connection.in_atomic_block or not self._flushing.acquire(blocking=False):
            return
        try:
            self._flushed = clock.monotonic()
            self._write()
        finally:
            self._flushing.release()

    def _write(self) -> None:
        with self._lock:
            rows = [self._row(kind, self._sums[kind]) for kind in self._fresh]
            taken, self._fresh = self._fresh, set()
        used = {key: at for key, at in self._used.copy().items() if self._is_news(key, at)}
        if not rows and not used:
            return
        try:
            with engine_of(connection).impatient(connection, _PATIENCE_MS):
                self._save(rows, used)
        except Error:
            with self._lock:
                self._fresh |= taken
            return
        self._told.update(used)
        self._drop_past()

    def _is_news(self, key: str, at: datetime) -> bool:
        told = self._told.get(key)
        return told is None or at - told >= USE_NOTED

    def _row(self, kind: _Kind, found: _Sum) -> Minute:
        minute, resource, method, status, asked = kind
        return Minute(
            minute=datetime.fromtimestamp(minute * 60, UTC),
            worker=self.worker,
            resource=resource,
            method=method,
            status=status,
            asked=asked,
            requests=found.requests,
            seconds=found.seconds,
            longest=found.longest,
            buckets=list(found.buckets),
        )

    def _save(self, rows: list[Minute], used: dict[str, datetime]) -> None:
        Minute.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["minute", "worker", "resource", "method", "status", "asked"],
            update_fields=["requests", "seconds", "longest", "buckets"],
        )
        for key, at in sorted(used.items()):
            earlier = Q(last_used_at=None) | Q(last_used_at__lt=at - USE_NOTED)
            Credential.objects.filter(earlier, pk=key).update(last_used_at=at)
        if clock.monotonic() - self._cleared > KEPT / timedelta(seconds=1) / 300:
            self._cleared = clock.monotonic()
            Minute.objects.filter(minute__lt=clock.now() - KEPT).delete()

    def _drop_past(self) -> None:
        """Let go of minutes that are written and so long over that nothing can be noted in them any more."""
        over = int(time() // 60) - 1
        with self._lock:
            for kind in [kind for kind in self._sums if kind[0] < over and kind not in self._fresh]:
                del self._sums[kind]
        for key, at in self._used.copy().items():
            if self._told.get(key) == at:
                self._used.pop(key, None)


_meter = Meter()


def _begin_anew() -> None:
    """A forked process has rows of its own."""
    global _meter
    _meter = Meter()


os.register_at_fork(after_in_child=_begin_anew)


def note(resource: str, method: str, status: int, seconds: float, asked: Iterable[str] = ()) -> None:
    """Count a request that was answered: which resource, how, with what status, in how many seconds.

    `asked` names the parameters it had; their values are not wanted, for they tell of people.
    """
    _meter.note(resource, method, status, seconds, asked)


def note_use(key: str) -> None:
    """Remember that a key was used; the database is told at most once a minute."""
    _meter.note_use(key)


def flush() -> None:
    """Write what this process has counted so far."""
    _meter.flush()
