"""Writing the digest: all tables in one transaction, so that pages never show half of it."""

from typing import Any

from django.db import connection, models

from liwa.core import clock
from liwa.db.retrying import retrying
from liwa.db.write import Stage, columns_of
from liwa.digest.models import Card, Refresh
from liwa.flows.refresh import Phase, Run, step
from liwa.records.intake import chunks


@step("publish", Phase.PUBLISH)
def publish(run: Run) -> None:
    """Replace what pages show."""
    retrying(_replace, run)


def _replace(run: Run) -> None:
    for model, rows in run.digest.items():
        _write(model, rows)
    if run.card is not None:
        Card.objects.update_or_create(
            name=run.card["name"],
            defaults={"content": run.card},
            create_defaults={"content": run.card, "made_at": clock.now()},
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
    """Make the rows of a digest table these: what is the same is left alone."""
    names = [found.name for found in model._meta.concrete_fields]
    columns = columns_of(model, names)
    key = next(column.name for column, name in zip(columns, names, strict=True) if _is_key(model, name))
    with Stage(connection, model._meta.db_table, columns, [key]) as stage:
        stage.add((line, *(row[name] for name in names)) for line, row in enumerate(rows, start=1))
        for some in chunks(found for (found,) in list(stage.absent())):
            model._default_manager.filter(pk__in=some).delete()
        stage.upsert()


def _is_key(model: type[models.Model], name: str) -> bool:
    return model._meta.get_field(name) is model._meta.pk
