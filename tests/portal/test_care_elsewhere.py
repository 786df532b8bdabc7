"""What is said in a case appears nowhere else either: not in parts, JSON, the store's interface, letters, logs, commands."""

import base64
import logging
from collections.abc import Callable, Iterator

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from typer.testing import CliRunner

from liwa.care import letters
from liwa.care.models import Case
from liwa.cli import app
from liwa.core.registry import import_all
from liwa.records.campus import profile
from liwa.records.models import User
from liwa.statements import credentials
from tests.portal.campus import ACCOUNTS, CARD
from tests.portal.campus_cases import IN_CASE, STUDENTS_WORDS, TEACHERS_WORDS, note_of
from tests.portal.matrix import PAGES, combinations

WHY = "Sits an exam at another school, and wants nobody to know."
PRIVATE = (TEACHERS_WORDS, STUDENTS_WORDS, WHY, *(note_of(case) for case in IN_CASE))


@pytest.fixture
def put_off(campus: None) -> None:
    """A case that waits, for a reason that is private too; everybody can be written to."""
    User.objects.update(email="somebody@example.edu")
    Case.objects.filter(pk=9001).update(snoozed_until="2026-12-01", snooze_reason=WHY)


def nothing_private(text: str, *, but: tuple[str, ...] = ()) -> None:
    assert [words for words in PRIVATE if words not in but and words in text] == []


def known_to(account: str) -> tuple[str, ...]:
    """What the account reads in its own cases."""
    said = {9001: (WHY,), 9002: (TEACHERS_WORDS,), 9004: (STUDENTS_WORDS,)}
    mine = [case for case, people in IN_CASE.items() if account in people]
    return tuple(words for case in mine for words in (note_of(case), *said.get(case, ())))


@pytest.mark.parametrize("account", ACCOUNTS)
def test_parts_of_pages(account: str, put_off: None, signed_in: Callable[[str], Client]) -> None:
    """As htmx asks for them, and why a case waits."""
    client = signed_in(account)
    for one in PAGES:
        if "GET" in one.methods:
            for objects in combinations(one):
                address = reverse(one.name, kwargs=objects)
                for headers in ({}, {"HX-Request": "true", "HX-Request-Type": "partial"}):
                    text = client.get(address, headers=headers).content.decode()
                    nothing_private(text, but=known_to(account))


@pytest.mark.parametrize("account", ACCOUNTS)
def test_json_of_pages(account: str, put_off: None, signed_in: Callable[[str], Client]) -> None:
    text = signed_in(account).get(reverse("card-json", args=[CARD])).content.decode()
    nothing_private(text.encode().decode("unicode_escape"))
    nothing_private(text)


def test_the_learning_record_store(put_off: None) -> None:
    """With a key that may read everything."""
    key, secret = credentials.issue("a tool", ("all",))
    plain = base64.b64encode(f"{key.key}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {plain}", "X-Experience-API-Version": "1.0.3"}
    for path in ("statements", "about", "statements?format=canonical", "activities/state"):
        nothing_private(Client().get(f"/xapi/{path}", headers=headers).content.decode())


def test_letters(put_off: None) -> None:
    letters.send(profile())
    assert mail.outbox
    for one in mail.outbox:
        nothing_private(f"{one.subject}\n{one.body}\n{one.extra_headers}")


COMMANDS = (
    ("care", "cases"),
    ("care", "cases", "--json"),
    ("care", "letters"),
    ("care", "letters", "--json"),
    ("care", "capacity", "list", "--json"),
    ("trial", "list", "--json"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_commands(put_off: None, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]) -> None:
    import_all("liwa.cli")
    monkeypatch.setattr("liwa.flows.setup.require_ready", lambda: None)
    done = CliRunner().invoke(app, list(command), catch_exceptions=False)
    assert done.exit_code == 0
    nothing_private(done.stdout + done.stderr)


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Everything that anything logs, queries included."""
    with caplog.at_level(logging.DEBUG):
        for name in ("django", "django.request", "liwa"):
            caplog.set_level(logging.DEBUG, logger=name)
        yield caplog


def test_logs(put_off: None, signed_in: Callable[[str], Client], logged: pytest.LogCaptureFixture) -> None:
    """Also where the words themselves are sent, rightly or wrongly."""
    client = signed_in("adviser")
    for deed in (
        {"do": "contact", "kind": "met", "note": WHY},
        {"do": "contact", "kind": "no such kind", "note": WHY},
        {"do": "snooze", "until": "yesterday", "reason": WHY},
        {"do": "no such deed", "note": WHY},
    ):
        client.post(reverse("case", args=[9001]), deed)
        client.post(reverse("case", args=[9004]), deed)
    signed_in("teacher").post(reverse("raise-case", args=["st3"]), {"klass": "k1", "reason": WHY})
    signed_in("student").post(reverse("help"), {"words": WHY})
    letters.send(profile())
    nothing_private(logged.text)


def test_what_tells_of_a_case_without_its_words(put_off: None) -> None:
    """Neither its name, nor its events, nor an error about it holds any."""
    for case in Case.objects.all():
        nothing_private(f"{case} {case!r}")
        for event in case.events.all():
            nothing_private(f"{event} {event!r} {event.details}")
        for contact in case.contacts.all():
            nothing_private(f"{contact} {contact!r}")
