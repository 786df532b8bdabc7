"""Set-based writing: how everything in Liwa that writes more than one row does it."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Any

from django.db import connection as default_connection
from django.db.backends.base.base import BaseDatabaseWrapper

from liwa.db.columns import Column, columns_of
from liwa.db.stage import Comparison, MisfitError, Stage, Written

__all__ = ["Column", "Comparison", "MisfitError", "Stage", "Written", "columns_of", "write_rows"]


def write_rows(
    table: str,
    columns: Sequence[Column],
    key: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    connection: BaseDatabaseWrapper | None = None,
    update: Sequence[str] | None = None,
) -> Written:
    """Insert rows or, where their key is known, update them; identical rows are left untouched.

    Each row has a value for each column, in their order. `update` names the columns to alter where the key is
    known (default: all others; empty: only insert). Rows are streamed and all go in at once or not at all.
    Raises MisfitError for a value its column cannot hold, LiwaError for two rows with one key.
    """
    with Stage(connection or default_connection, table, columns, key, update) as stage:
        lines = count(1)
        stage.add((next(lines), *row) for row in rows)
        return stage.upsert()
