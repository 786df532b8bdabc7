"""Identifiers that come out the same wherever and whenever they are made."""

import hashlib

SEPARATOR = "\x1f"


def event_id(feed: str, natural_key: str, occurrence: int) -> str:
    """The id of the `occurrence`-th (from 1) event with this natural key in this feed: 32 hex digits.

    The hash serves identity, not secrecy, so MD5's speed in every engine counts; `EVENT_ID_SQL` says the
    same in DuckDB.
    """
    text = f"{feed}{SEPARATOR}{natural_key}{SEPARATOR}{occurrence}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


EVENT_ID_SQL = "md5(concat({feed}, chr(31), {natural_key}, chr(31), {occurrence}))"


def row_id(*parts: str) -> str:
    """A sourcedId for a row whose source gives none, from what makes it unique. 32 hex digits."""
    return hashlib.md5(SEPARATOR.join(parts).encode(), usedforsecurity=False).hexdigest()
