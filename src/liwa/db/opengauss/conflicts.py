"""Upserts: ON DUPLICATE KEY UPDATE has no conflict target, so any unique key of the table fires it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import NotSupportedError
from django.db.models.constants import OnConflict


def suffix(on_conflict: OnConflict | None, update: Sequence[str], unique: Sequence[str]) -> str:
    """The clause after the rows; columns are quoted."""
    changed = _changed(update, unique)
    if on_conflict is None:
        return ""
    if on_conflict == OnConflict.IGNORE or not changed:
        return "ON DUPLICATE KEY UPDATE NOTHING"
    return "ON DUPLICATE KEY UPDATE " + ", ".join(f"{column} = EXCLUDED.{column}" for column in changed)


def returns_every_row(query: Any) -> bool:
    """Whether RETURNING has a row for each that is given: UPDATE NOTHING leaves out those that were there."""
    update, unique = (
        [field.column for field in fields] for fields in (query.update_fields, query.unique_fields)
    )
    return query.on_conflict is None or bool(_changed(update, unique))


def _changed(update: Iterable[str], unique: Sequence[str]) -> list[str]:
    """What is set. A column of the target has the same value in both rows and may not be set, so it is left out."""
    return [column for column in update if column not in unique]


def check(query: Any) -> None:
    """Refuse an upsert that could change another row than PostgreSQL would.

    Raises NotSupportedError where the target is no unique key, and where the table has another one that a given row
    could be a duplicate by.
    """
    target = {field.column for field in query.unique_fields}
    inserted = {field.column for field in query.fields}
    meta = query.get_meta().concrete_model._meta
    keys = [frozenset(key) for key in unique_keys(meta)]
    table = meta.db_table
    if target not in keys:
        raise NotSupportedError(
            f"{table}: ({', '.join(sorted(target))}) is no unique key, so no upsert can fire on it."
        )
    for key in keys:
        # An automatic key that is not given cannot be a duplicate.
        if key == target or _automatic(meta, key - inserted):
            continue
        raise NotSupportedError(
            f"{table}: the upsert is to fire on ({', '.join(sorted(target))}), but on openGauss it would also fire "
            f"on the unique key ({', '.join(sorted(key))}) and change another row. Keep one unique key on tables "
            "that are upserted, or write in two steps: update what is there, then insert what is new."
        )


def _automatic(meta: Any, missing: Iterable[str]) -> bool:
    """Whether a value is drawn from a sequence for one of these columns, which no row gives."""
    automatic = meta.auto_field
    return automatic is not None and automatic.column in missing


def unique_keys(meta: Any) -> list[list[str]]:
    """The columns of every unique key of a model: primary, of one field, together, constraints, also partial ones."""
    keys = [[field.column for field in meta.pk_fields]]
    keys += [[field.column] for field in meta.local_concrete_fields if field.unique and not field.primary_key]
    together = [*meta.unique_together]
    together += [
        getattr(constraint, "fields", ()) for constraint in meta.constraints if _is_unique(constraint)
    ]
    for names in together:
        keys.append([meta.get_field(name).column for name in names] or ["(expressions)"])
    return keys


def _is_unique(constraint: Any) -> bool:
    from django.db.models import UniqueConstraint

    return isinstance(constraint, UniqueConstraint)
