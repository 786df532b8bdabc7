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
    _some_care(account)
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


def _some_care(account: Any) -> None:
    """A case with a private note, and a trial with one draw and one look."""
    from datetime import UTC, date, datetime

    from liwa.care.models import (
        Assignment,
        Capacity,
        Case,
        CaseEvent,
        Contact,
        Letter,
        Look,
        Participant,
        Trial,
    )
    from liwa.care.trials import design
    from liwa.care.trials.terms import Terms
    from liwa.records.models import Enrollment

    enrollment = Enrollment.objects.order_by("pk").first()
    assert enrollment
    student, at = enrollment.user, datetime(2026, 11, 2, 8, 0, 0, 123456, tzinfo=UTC)
    case = Case.objects.create(
        student=student, adviser=student, klass=enrollment.klass, open_for=student.pk, origin=Case.Origin.RISK,
        opened_at=at, due_on=date(2026, 11, 9), reason="家里\t\\N", reasons=[{"id": "a", "by": 0.1 + 0.2}],
        risk=2 / 3,
    )  # fmt: skip
    Participant.objects.create(case=case, person=student, since=at)
    Contact.objects.create(case=case, kind=Contact.Kind.NOTE, at=at, by=account, note="only for us\r\n'\";--")
    CaseEvent.objects.create(case=case, kind=CaseEvent.Kind.OPENED, at=at, details={"origin": "risk"})
    Capacity.objects.create(adviser=student, per_week=10)
    Letter.objects.create(
        recipient=student, to="a@b.edu", subject="s", body="b\n", week=at.date(), made_at=at
    )  # fmt: skip
    terms = Terms(design="encouragement", outcome="success", students=200, share=0.3).as_dict()
    trial = Trial.objects.create(
        name="试验", terms=terms, seed="5e" * 32, commitment=design.commitment("5e" * 32, terms), begins_at=at
    )
    drawn = Assignment(
        trial=trial, number=1, student=student, enrollment=enrollment, cutoff=at, period=0, risk=0.1 + 0.2,
        probability=1 / 3, offered=True,
    )  # fmt: skip
    drawn.link = drawn.linked_to(trial.first_link)
    drawn.save()
    Look.objects.create(
        trial=trial, as_of=at, assigned=1, link=drawn.link, offered=1, others=0, missing=0, why="few"
    )
