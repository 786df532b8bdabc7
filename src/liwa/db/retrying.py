"""Transactions that are tried again when somebody else got in the way."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar

from django.db import Error, connections, transaction

from liwa.core.errors import Unavailable
from liwa.db import marks
from liwa.db.errors import Trouble, classify, explain

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 6
PATIENCE_SECONDS = 60.0  # no new attempt is begun after this, and no question asked
FIRST_WAIT_SECONDS = 0.05
LONGEST_WAIT_SECONDS = 2.0
_PASSES = {Trouble.CONFLICT, Trouble.BUSY, Trouble.LOST}
USING = "default"


def retrying(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `fn` in a transaction of its own and return what it returns, once that is committed.

    On a deadlock, a serialization failure, a lock held by somebody else, or a connection lost before the commit,
    everything is rolled back and `fn` is run again, after a random wait that may double each time. So `fn` must
    do nothing that a rollback does not undo. Where the connection is lost while committing, the database is asked
    what became of it. Raises Busy or Unavailable when it stays so, and RuntimeError inside another transaction.
    """
    began = time.monotonic()
    attempt = 0
    passes = _PASSES
    while True:
        attempt += 1
        once = _Once(lambda: fn(*args, **kwargs))
        try:
            return once.run()
        except marks.ForgottenError:
            attempt -= 1  # nothing was tried yet
            continue
        except Error as error:
            if once.is_committed:
                raise  # by what was to happen after the commit
            trouble = classify(error)
            if trouble is Trouble.LOST:
                passes = _PASSES | {
                    Trouble.UNREACHABLE
                }  # a server that starts again, or hands over, takes a while
                connections[USING].close_if_unusable_or_obsolete()
                if once.is_committing and _was_committed(once, error):
                    return once.finish()
            late = attempt >= ATTEMPTS or time.monotonic() - began > PATIENCE_SECONDS
            if trouble not in passes or late:
                said = explain(error)
                if said is None:
                    raise
                raise said from error
        _wait(attempt)


def retryable(fn: Callable[P, T]) -> Callable[P, T]:
    """Decorator: every call of the function is `retrying(function, …)`."""

    @wraps(fn)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return retrying(fn, *args, **kwargs)

    return run


class _Once(Generic[T]):
    """One attempt: a transaction, and how far it came."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._result: list[T] = []
        self._after: list[Any] = []
        self.writer: marks.Writer | None = None
        self.is_committing = False
        self.is_committed = False

    def run(self) -> T:
        connection = connections[USING]
        alone = not connection.in_atomic_block
        writer = self.writer = marks.take(connection)
        try:
            with transaction.atomic(using=USING, durable=True):
                if alone:
                    transaction.on_commit(
                        self._note, using=USING
                    )  # the first, so it runs before any that may fail
                if writer:
                    writer.mark(connection)
                self._result = [self._work()]
                self._after = connection.run_on_commit[1:]
                self.is_committing = True
        except Exception as error:
            if writer and not isinstance(error, marks.ForgottenError) and classify(error) is not Trouble.LOST:
                marks.give_back(connection, writer)
            raise
        if writer:
            marks.give_back(connection, writer)
        return self._result[0]

    def _note(self) -> None:
        self.is_committed = True

    def finish(self) -> T:
        """What is left to do where the commit was done and nobody heard of it."""
        connection = connections[USING]
        connection.run_on_commit = self._after
        connection.run_and_clear_commit_hooks()
        return self._result[0]


def _was_committed(once: _Once[T], error: Error) -> bool:
    """Whether the server did what it was about to do as the line was cut. Raises Unavailable where it does not say."""
    until = time.monotonic() + PATIENCE_SECONDS
    attempt = 0
    while once.writer and time.monotonic() < until:
        attempt += 1
        try:
            return once.writer.ask(connections[USING])
        except Error:
            connections[USING].close_if_unusable_or_obsolete()
        _wait(attempt)
    raise _uncertain() from error


def _wait(attempt: int) -> None:
    """Full jitter keeps those who collided from colliding again."""
    time.sleep(random.uniform(0, min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**attempt)))


def _uncertain() -> Unavailable:
    """The server may have committed or not, and cannot be asked; so it must not be done again blindly."""
    return Unavailable(
        "The connection to the database was lost while saving; it may have been saved.",
        remedy="Run the command again: what is stored already is recognised.",
    )
