"""Whether a transaction was committed whose answer never came.

A transaction writes its number into the row of its writer before it does anything else, so it has that row locked as
long as the server knows of it. Whoever asks waits for the row and then reads which number was committed last: also
where the server is still at the commit, and where another server has taken over. (What PostgreSQL tells of a
transaction by its id, openGauss does not, and a server that took over may have given the id to another one.)
"""

import os
import secrets
import threading
from itertools import count
from pathlib import Path

from django.db import Error, ProgrammingError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from liwa.db.engines import engine_of
from liwa.db.statements import Statements

ASK_MS = 5000  # how long one question waits for the row
_sql = Statements(Path(__file__).with_suffix(".sql"))


class ForgottenError(Exception):
    """The writer's row is gone, as after a table was emptied; another writer has to be taken."""


class Writer:
    """A row of writers, held by one transaction after the other."""

    def __init__(self, pk: int) -> None:
        self.pk = pk
        self._numbers = count(1)
        self._number = 0

    def mark(self, connection: BaseDatabaseWrapper) -> None:
        """Number the transaction that has just begun. Raises ForgottenError."""
        self._number = next(self._numbers)
        with connection.cursor() as cursor:
            cursor.execute(_sql("mark", {}), [self._number, self.pk])
            if cursor.rowcount != 1:
                _begin_anew()  # the others' rows will be gone too
                raise ForgottenError

    def ask(self, connection: BaseDatabaseWrapper) -> bool:
        """Whether the transaction marked last was committed; asked on a connection that is not its own.

        Raises Django's errors where the database cannot be asked now, or has not made up its mind yet.
        """
        with engine_of(connection).impatient(connection, ASK_MS), connection.cursor() as cursor:
            cursor.execute(_sql("ask", {}), [self.pk])
            row = cursor.fetchone()
        return row is not None and int(row[0]) == self._number


class _Writers:
    """The writers of this process that nobody holds: as many as ever wrote at the same time."""

    def __init__(self) -> None:
        self._free: dict[str, list[Writer]] = {}
        self._lock = threading.Lock()

    def take(self, connection: BaseDatabaseWrapper) -> Writer | None:
        with self._lock:
            free = self._free.get(connection.alias)
            if free:
                return free.pop()
        return _registered(connection)

    def give_back(self, connection: BaseDatabaseWrapper, writer: Writer) -> None:
        with self._lock:
            self._free.setdefault(connection.alias, []).append(writer)


def _registered(connection: BaseDatabaseWrapper) -> Writer | None:
    writer = Writer(secrets.randbits(62))
    try:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(_sql("register", {}), [writer.pk])
    except ProgrammingError:
        return None  # the tables are yet to be made
    try:
        with engine_of(connection).impatient(connection, 100), connection.cursor() as cursor:
            cursor.execute(_sql("tidy", {}))
    except Error:
        if not connection.is_usable():
            raise
    return writer


_writers = _Writers()


def _begin_anew() -> None:
    """Forget all writers; a forked process has its own."""
    global _writers
    _writers = _Writers()


os.register_at_fork(after_in_child=_begin_anew)


def take(connection: BaseDatabaseWrapper) -> Writer | None:
    """A writer for one transaction that is about to begin.

    None where nothing is to be asked afterwards: there is no line that may be cut, the transaction is part of
    another one, or the tables have not been made.
    """
    if connection.in_atomic_block or not engine_of(connection).is_remote:
        return None
    return _writers.take(connection)


def give_back(connection: BaseDatabaseWrapper, writer: Writer) -> None:
    """Let others have the writer; not after a lost connection, whose transaction may still hold the row."""
    _writers.give_back(connection, writer)
