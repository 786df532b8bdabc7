"""Transactions that are tried again when somebody else got in the way."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import Error, connections, transaction

from liwa.core.errors import Unavailable
from liwa.db.errors import Trouble, classify, explain

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 6
PATIENCE_SECONDS = 60.0  # no new attempt is begun after this
FIRST_WAIT_SECONDS = 0.05
LONGEST_WAIT_SECONDS = 2.0
_PASSES = {Trouble.CONFLICT, Trouble.BUSY, Trouble.LOST}
USING = "default"


def retrying(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `fn` in a transaction of its own and return what it returns, once that is committed.

    On a deadlock, a serialization failure, a lock held by somebody else, or a connection lost before the commit,
    everything is rolled back and `fn` is run again, after a random wait that may double each time. So `fn` must
    do nothing that a rollback does not undo. Raises Busy or Unavailable when it stays so, and RuntimeError inside
    another transaction.
    """
    began = time.monotonic()
    attempt = 0
    while True:
        attempt += 1
        committing = False
        try:
            with transaction.atomic(using=USING, durable=True):
                result = fn(*args, **kwargs)
                committing = True
            return result
        except Error as error:
            trouble = classify(error)
            if trouble is Trouble.LOST:
                connections[USING].close_if_unusable_or_obsolete()
                if committing:
                    raise _uncertain() from error
            late = attempt >= ATTEMPTS or time.monotonic() - began > PATIENCE_SECONDS
            if trouble not in _PASSES or late:
                said = explain(error)
                if said is None:
                    raise
                raise said from error
        # Full jitter keeps those who collided from colliding again.
        time.sleep(random.uniform(0, min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2**attempt)))


def retryable(fn: Callable[P, T]) -> Callable[P, T]:
    """Decorator: every call of the function is `retrying(function, …)`."""

    @wraps(fn)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        return retrying(fn, *args, **kwargs)

    return run


def _uncertain() -> Unavailable:
    """The line was cut while committing: the server may have done it or not, so it must not be done again blindly."""
    return Unavailable(
        "The connection to the database was lost while saving; it may have been saved.",
        remedy="Run the command again: what is stored already is recognised.",
    )
