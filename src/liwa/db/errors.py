"""What a database's error means for the one who asked: try again, wait, or mend something.

Read from the driver's codes (SQLSTATE, SQLite's result codes), never from its words.
"""

from collections.abc import Callable
from enum import Enum

from django.db import Error, InterfaceError, NotSupportedError, OperationalError

from liwa.core.errors import Busy, LiwaError, Unavailable


class Trouble(Enum):
    """Kinds of database trouble that are nobody's defect."""

    CONFLICT = "conflict"  # two transactions got in each other's way; this one was rolled back
    BUSY = "busy"  # somebody else holds a lock, or all connections
    LOST = "lost"  # the connection broke
    UNREACHABLE = "unreachable"  # there is no connection to be had
    FULL = "full"  # the disk
    READ_ONLY = "read-only"
    DAMAGED = "damaged"  # not a database, or no longer one


# https://www.postgresql.org/docs/current/errcodes-appendix.html; two characters stand for a whole class.
_SQLSTATES = {
    "40001": Trouble.CONFLICT,
    "40P01": Trouble.CONFLICT,
    "55P03": Trouble.BUSY,
    "YY003": Trouble.BUSY,  # openGauss, after lockwait_timeout
    "53300": Trouble.BUSY,
    "53100": Trouble.FULL,
    "08": Trouble.LOST,
    "57P01": Trouble.LOST,
    "57P02": Trouble.LOST,
    "57P05": Trouble.LOST,
    "57P03": Trouble.UNREACHABLE,
    "28": Trouble.UNREACHABLE,
    "3D000": Trouble.UNREACHABLE,
    "25006": Trouble.READ_ONLY,
    "XX001": Trouble.DAMAGED,
    "XX002": Trouble.DAMAGED,
}
# https://sqlite.org/rescode.html, primary codes.
_SQLITE_CODES = {
    5: Trouble.BUSY,
    6: Trouble.CONFLICT,  # SQLITE_LOCKED: a conflict within this process
    8: Trouble.READ_ONLY,
    11: Trouble.DAMAGED,
    13: Trouble.FULL,
    14: Trouble.UNREACHABLE,
    26: Trouble.DAMAGED,
}
_SQLITE_BUSY_SNAPSHOT = 517  # what was read has changed meanwhile: only starting afresh helps


def classify(error: BaseException) -> Trouble | None:
    """The trouble behind a Django or driver error; None for anything else (a defect, or bad data)."""
    driver = error.__cause__ if isinstance(error, Error) and error.__cause__ else error
    code = getattr(driver, "sqlite_errorcode", None)
    if isinstance(code, int):
        return Trouble.CONFLICT if code == _SQLITE_BUSY_SNAPSHOT else _SQLITE_CODES.get(code & 0xFF)
    state = getattr(driver, "sqlstate", None)
    if isinstance(state, str):
        return _SQLSTATES.get(state) or _SQLSTATES.get(state[:2])
    if type(driver).__name__ in {"PoolTimeout", "PoolClosed", "TooManyRequests", "ConnectionTimeout"}:
        return Trouble.UNREACHABLE
    if isinstance(error, (OperationalError, InterfaceError)) and _is_psycopgs(driver):
        # libpq gives no code when the line is cut.
        return Trouble.UNREACHABLE if _advice(driver) else Trouble.LOST
    return None


def _is_psycopgs(error: BaseException | None) -> bool:
    return type(error).__module__.startswith("psycopg")


def _advice(driver: BaseException) -> str:
    """Whom to ask for what, which Liwa's backend for openGauss adds to a refused log-in on a last line of its own."""
    if not _is_psycopgs(driver.__cause__):
        return ""
    return str(driver).rpartition("\n")[2]


def explain(error: BaseException) -> LiwaError | None:
    """The error as a sentence with a remedy; None where it is not for the user to mend."""
    if isinstance(error, NotSupportedError):  # a server too old, or a database of another kind
        return Unavailable("Liwa cannot use this database.", remedy=str(error))
    advice = _advice(error.__cause__ or error)
    if advice:
        return Unavailable("The database does not let Liwa in.", remedy=advice)
    trouble = classify(error)
    return _SAID[trouble]() if trouble else None


_SAID: dict[Trouble, Callable[[], LiwaError]] = {
    Trouble.CONFLICT: lambda: Busy("Others kept changing the same rows of the database."),
    Trouble.BUSY: lambda: Busy(
        "The database is locked, or has no connection to spare: somebody else is using it."
    ),
    Trouble.LOST: lambda: Unavailable(
        "The connection to the database was lost.",
        remedy="See that the database server runs, then run the command again: what was saved is kept.",
    ),
    Trouble.UNREACHABLE: lambda: Unavailable(
        "The database cannot be reached, or does not let Liwa in.",
        remedy="See that it runs, and that its URL (LIWA_DATABASE_URL, or the one given) names the right host, database, "
        "user and password.",
    ),
    Trouble.FULL: lambda: Unavailable(
        "The disk of the database is full.",
        remedy="Free some space and run the command again; nothing acknowledged is lost.",
    ),
    Trouble.READ_ONLY: lambda: Unavailable(
        "The database can only be read.",
        remedy="See that Liwa may write to its file and folder, or that the server is not a replica.",
    ),
    Trouble.DAMAGED: lambda: Unavailable(
        "The database's file is damaged or is not a database.", remedy="Bring back the latest backup."
    ),
}
