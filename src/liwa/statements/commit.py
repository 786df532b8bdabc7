"""Requests that share transactions.

A commit that is synced takes the disk as long for one statement as for many. So one thread of the process stores:
while it commits, requests gather, and the next transaction takes all of them. Each waits for its own verdict.
"""

import threading
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import Error, connection, connections

from liwa.core import clock
from liwa.core.errors import LiwaError
from liwa.statements.prepare import Prepared
from liwa.statements.store import Outcome, store, stored_at

TOGETHER = 2000  # statements of one transaction, unless one request has more
IDLE_SECONDS = 1.0  # after which the thread ends and gives its connection back
# How long, within reason, another process takes from giving a statement its time to committing it.
USUAL = timedelta(seconds=1)


class _Waiting:
    """A request that waits for its verdict."""

    def __init__(self, statements: Sequence[Prepared]) -> None:
        self.statements = statements
        self.done = threading.Event()
        self.error: BaseException | None = None


class Committer:
    """The thread that stores, started by the first request that comes and gone when none come."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._queue: deque[_Waiting] = deque()
        self._thread: threading.Thread | None = None
        self._began: datetime | None = None
        self._last = 0

    def submit(self, statements: Sequence[Prepared]) -> None:
        """Store a request's statements; see `submit` below."""
        waiting = _Waiting(statements)
        with self._changed:
            self._queue.append(waiting)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="statements", daemon=True)
                self._thread.start()
            self._changed.notify_all()
        waiting.done.wait()
        if waiting.error is not None:
            raise waiting.error

    def stop(self) -> None:
        """Wait until all is stored and the thread has ended."""
        with self._changed:
            thread, self._thread = self._thread, None
            self._changed.notify_all()
        if thread:
            thread.join()

    def through(self) -> datetime:
        """The instant up to which what was stored can be found."""
        began, usual = self._began, clock.now() - USUAL
        return max(stored_at(self._last), min(began, usual) if began else usual)

    def _run(self) -> None:
        try:
            while group := self._next():
                self._began = clock.now()
                self._store(group)
                self._began = None
                for one in group:
                    one.done.set()
        finally:
            connections.close_all()

    def _next(self) -> list[_Waiting]:
        """The requests of the next transaction; none where nothing comes for a while."""
        with self._changed:
            if not self._queue:
                self._changed.wait_for(self._is_wanted, IDLE_SECONDS)
            group: list[_Waiting] = []
            total = 0
            while self._queue and (not group or total + len(self._queue[0].statements) <= TOGETHER):
                group.append(self._queue.popleft())
                total += len(group[-1].statements)
            if not group and self._thread is threading.current_thread():
                self._thread = None
            return group

    def _is_wanted(self) -> bool:
        return bool(self._queue) or self._thread is not threading.current_thread()

    def _store(self, group: list[_Waiting]) -> None:
        try:
            self._settle(group, store([one.statements for one in group]))
        except LiwaError as error:
            _fail(group, error)
        except Error as error:
            # Nobody else is to blame for what one request makes of the database.
            if len(group) == 1:
                _fail(group, error)
            else:
                for one in group:
                    self._store([one])
        except Exception as error:
            _fail(group, error)

    def _settle(self, group: list[_Waiting], outcome: Outcome) -> None:
        self._last = max(self._last, outcome.last)
        for one, verdict in zip(group, outcome.verdicts, strict=True):
            one.error = verdict


def _fail(group: list[_Waiting], error: Exception) -> None:
    for one in group:
        one.error = error


_committer = Committer()


def submit(statements: Sequence[Prepared]) -> None:
    """Store the statements of one request, all or none; they are committed and synced when this returns.

    Raises Conflict where an id is taken by a statement that is not equal, Busy and Unavailable where the database
    is. Within a transaction of the caller's they are stored in that, and committed with it.
    """
    if not statements:
        return
    if connection.in_atomic_block:
        verdict = store([statements]).verdicts[0]
        if verdict:
            raise verdict
    else:
        _give_connection_back()
        _committer.submit(statements)


def _give_connection_back() -> None:
    """Who waits for the thread that stores must not hold the connection of the pool that it needs."""
    if getattr(connection, "pool", None):
        connection.close()


def consistent_through() -> datetime:
    """The instant such that every statement with an earlier `stored` can be found, now and later."""
    return _committer.through()


def stop() -> None:
    """Wait until everything is stored and give the connection back; the next request begins anew."""
    _committer.stop()
