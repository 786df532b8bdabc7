"""All rows of all tables, as Django reads them: what two databases are compared by, apart from how moving does it."""

from typing import Any

from django.apps import apps
from django.db.models import BinaryField


def everything(alias: str = "default") -> dict[str, list[tuple[Any, ...]]]:
    """The rows of each table, in an order of their own."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        fields = [field for field in model._meta.local_concrete_fields if field.column]
        rows = model._base_manager.using(alias).values_list(*(field.attname for field in fields))
        binary = [isinstance(field, BinaryField) for field in fields]
        found[model._meta.db_table] = sorted(
            (
                tuple(bytes(one) if is_bytes else one for one, is_bytes in zip(row, binary, strict=True))
                for row in rows
            ),
            key=repr,
        )
    return found


def some_of_everything() -> None:
    """Rows in tables that a load does not fill, with what is hard to move."""
    from datetime import UTC, datetime

    from liwa.accounts.models import Account, Duty
    from liwa.core import clock
    from liwa.statements.credentials import issue
    from liwa.statements.models import Document, Minute
    from tests.statements.made import send, statement

    account = Account.objects.create_user("ada", "a long password", display_name="爱达\t\\N")
    account.grants.create(duty=Duty.DATA_OFFICE)
    issue("Platform", ["all"])
    send(*(statement(f"p{number % 7}") for number in range(120)))
    Document.objects.create(
        key="k" * 64,
        context="c" * 64,
        kind="state",
        document_id="\\.\n\r\b\f\v",
        content=bytes(range(256)),
        content_type="application/octet-stream",
        etag="e",
        updated_at=datetime(2026, 9, 1, 8, 0, 0, 500, tzinfo=UTC),
    )
    for status in (200, 404):
        Minute.objects.create(
            minute=clock.now(),
            worker=1,
            resource="statements",
            method="GET",
            status=status,
            asked="",
            requests=2**40,
            seconds=0.1 + 0.2,
            longest=1e-300,
            buckets=[1, 2.5, {"z": "\u0001", "a": None}],
        )
