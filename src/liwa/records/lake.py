"""Telling the lake that records have changed, from outside a load."""

from collections.abc import Iterable

from liwa.records.models import LakeState


def note_changes(tables: Iterable[str]) -> None:
    """Note that these tables of records differ from their mirror now; call it in the transaction that changed them.

    The next refresh mirrors them.
    """
    LakeState.objects.get_or_create(pk="current")
    known = LakeState.objects.select_for_update().get(pk="current")
    known.changes = known.changes | {table: known.changes.get(table, 0) + 1 for table in tables}
    known.save(update_fields=["changes"])
