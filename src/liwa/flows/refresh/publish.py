"""Writing the digest: every table whole, in one transaction, so that pages never show half of it."""

from typing import Any

from django.db import models

from liwa.core import clock
from liwa.db.retrying import retrying
from liwa.db.write import columns_of, write_rows
from liwa.digest.models import Card, Refresh
from liwa.flows.refresh import Phase, Run, step


@step("publish", Phase.PUBLISH)
def publish(run: Run) -> None:
    """Replace what pages show."""
    retrying(_replace, run)


def _replace(run: Run) -> None:
    for model, rows in run.digest.items():
        _write(model, rows)
    if run.card is not None:
        Card.objects.update_or_create(
            name=run.card["name"], defaults={"made_at": clock.now(), "content": run.card}
        )
    Refresh.objects.update_or_create(
        pk="current",
        defaults={
            "as_of": run.as_of,
            "finished_at": clock.now(),
            "basis": run.basis,
            "card": run.card["name"] if run.card else "",
        },
    )


def _write(model: type[models.Model], rows: list[dict[str, Any]]) -> None:
    """Replace all rows of a digest table. A digest table has no rows that refer to it, so none is orphaned."""
    rows_now = model._default_manager.all()
    rows_now._raw_delete(using=rows_now.db)
    names = [found.name for found in model._meta.concrete_fields]
    values = ([row[name] for name in names] for row in rows)
    key = [model._meta.pk.column]
    write_rows(model._meta.db_table, columns_of(model, names), key, values)
