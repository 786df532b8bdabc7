"""Words said in a case, looked for wherever there is anything: every address, table, file, command and mail.

All of it is found, not listed: an address, command, table or resource that is added is looked at from then on, and one that
this test cannot fill in makes it fail.
"""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import get_resolver, reverse
from typer.testing import CliRunner

from liwa.api.xapi.resources import resources
from liwa.care import letters
from liwa.care.models import Case, Contact
from liwa.cli import app
from liwa.core.errors import LiwaError
from liwa.core.feeds import Campus, Feed
from liwa.core.registry import import_all
from liwa.flows.settings import settings_of
from liwa.records.campus import profile
from liwa.records.models import Load
from liwa.statements import credentials
from liwa.statements.scopes import SCOPES
from tests.docs.test_docs import _commands
from tests.portal import campus_visitors
from tests.portal.campus import ACCOUNTS, AS_OF
from tests.portal.campus_cases import IN_CASE, STUDENTS_WORDS, TEACHERS_WORDS, note_of
from tests.portal.campus_trials import NAME, TRIAL
from tests.portal.campus_visitors import VISITORS
from tests.portal.matrix import MAY_SEE, PAGES

WAITS = "Sits an exam at another school until then."
# A part of each is enough to give it away: lists may cut texts short.
SAID = {
    **{case: (note_of(case).removeprefix("Said "),) for case in IN_CASE},
    9001: (note_of(9001).removeprefix("Said "), "exam at another"),
    9002: (note_of(9002).removeprefix("Said "), TEACHERS_WORDS[:28]),
    9004: (note_of(9004).removeprefix("Said "), STUDENTS_WORDS[:28]),
}
NOT_PAGES = {"^xapi(?:/.*)?$", "favicon.ico"}
PUBLIC_ROUTES = {"sign-in/", "sign-out/", "language/"}
HEADERS: tuple[dict[str, str], ...] = ({}, {"HX-Request": "true", "HX-Request-Type": "partial"})
NARROWED = "?who=all&state=all&q=confidence&page=1"


@pytest.fixture(autouse=True)
def everybody(campus: None) -> None:
    """The small campus, those who come near, and a case that waits for a private reason."""
    campus_visitors.build()
    Case.objects.filter(pk=9001).update(snoozed_until="2026-12-01", snooze_reason=WAITS)


def found_in(text: str, *, but: frozenset[int] = frozenset()) -> list[str]:
    return [words for case, said in SAID.items() if case not in but for words in said if words in text]


def routes(resolver: Any = None, before: str = "") -> Iterator[tuple[str, str]]:
    """(route, name) of every address Liwa answers."""
    for one in (resolver or get_resolver()).url_patterns:
        route = before + str(one.pattern)
        if hasattr(one, "url_patterns"):
            yield from routes(one, route)
        else:
            yield route, one.name or ""


def addresses() -> list[str]:
    """Every address that there is, for every object that there is."""
    found = []
    for _route, name in routes():
        if name == "xapi" or not name:
            continue
        nouns = [noun for _before, nouns, _more in _takes(name) for noun in nouns]
        assert len(nouns) < 2, "an address of two objects: make every combination of them here"
        if not nouns:
            found.append(reverse(name))
        else:
            found += [reverse(name, kwargs={nouns[0]: key}) for key in sorted(MAY_SEE[nouns[0]][0])]
    return found


def _takes(name: str) -> list[tuple[str, list[str], Any]]:
    [(possible, _pattern, _defaults, _converters)] = get_resolver().reverse_dict.getlist(name)
    return [(text, nouns, None) for text, nouns in possible]


def read(client: Client, address: str, headers: dict[str, str]) -> str:
    """Everything an answer holds, its headers and cookies included."""
    answer = client.get(address, headers=headers, follow=True)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{body.decode()}\n{answer.headers}\n{answer.cookies.output()}"


def nothing_said_to(client: Client, but: frozenset[int] = frozenset()) -> None:
    for address in addresses():
        for headers in HEADERS:
            for more in ("", NARROWED):
                if more and headers:
                    continue
                assert found_in(read(client, address + more, headers), but=but) == [], address


def test_every_address_is_a_page_or_known_here() -> None:
    answered = {route for route, _name in routes()}
    assert answered - {one.route for one in PAGES} - NOT_PAGES <= PUBLIC_ROUTES


@pytest.mark.parametrize("visitor", VISITORS)
def test_those_who_come_near_a_case_read_nothing_of_it(
    visitor: str, signed_in: Callable[[str], Client]
) -> None:
    nothing_said_to(signed_in(visitor))


@pytest.mark.parametrize("account", ACCOUNTS)
def test_every_account_reads_its_own_cases_alone(account: str, signed_in: Callable[[str], Client]) -> None:
    mine = frozenset(case for case, people in IN_CASE.items() if account in people)
    nothing_said_to(signed_in(account), but=mine)


def test_the_signed_out_read_nothing() -> None:
    nothing_said_to(Client())


def test_after_a_hand_over_the_words_go_with_the_case(signed_in: Callable[[str], Client]) -> None:
    """Who gave it away still advises the student, and reads nothing of it any more; who has it reads everything."""
    before, after = signed_in("adviser"), signed_in("other-adviser")
    before.post(reverse("case", args=[9001]), {"do": "hand_over", "person": "ad2"})
    assert Case.objects.get(pk=9001).adviser_id == "ad2"
    nothing_said_to(before, but=frozenset({9002, 9003}))
    assert note_of(9001) in read(after, reverse("case", args=[9001]), {})


def test_keys_of_every_scope_read_nothing() -> None:
    for scope in SCOPES:
        key, secret = credentials.issue(f"a tool of {scope}", (scope,))
        client = Client()
        client.defaults["HTTP_X_EXPERIENCE_API_VERSION"] = "2.0.0"
        client.defaults["HTTP_AUTHORIZATION"] = _basic(key.key, secret)
        for path in resources():
            for query in (
                "",
                "?format=canonical&attachments=false",
                "?agent=%7B%22mbox%22%3A%22mailto%3Av0@s.edu%22%7D",
            ):
                assert found_in(read(client, f"/xapi/{path}{query}", {})) == [], path
        for address in addresses():
            assert found_in(read(client, address, {})) == [], "a key opens no page"


def _basic(key: str, secret: str) -> str:
    import base64

    return "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


WORDS = "Cares for a brother at night; nobody at home is to know."
HOLD_WORDS = {("care_case", "reason"), ("care_case", "snooze_reason"), ("care_contact", "note")}


def do_everything(signed_in: Callable[[str], Client]) -> None:
    """Every deed by which words come in, rightly and wrongly."""
    adviser = signed_in("adviser")
    for case in (9001, 9002, 9004, 0):
        for deed in (
            {"do": "contact", "kind": "met", "note": WORDS},
            {"do": "contact", "kind": "note", "note": WORDS},
            {"do": "contact", "kind": WORDS, "note": WORDS},
            {"do": "support", "note": WORDS},
            {"do": "snooze", "until": "2026-11-25", "reason": WORDS},
            {"do": "snooze", "until": WORDS, "reason": WORDS},
            {"do": "hand_over", "person": WORDS},
            {"do": WORDS},
        ):
            adviser.post(reverse("case", args=[case]), deed)
    adviser.post(reverse("case", args=[9002]), {"do": "close", "outcome": "other", "note": WORDS})
    signed_in("teacher").post(reverse("raise-case", args=["st3"]), {"klass": "k1", "reason": WORDS})
    signed_in("teacher").post(reverse("raise-case", args=["st1"]), {"klass": "k1", "reason": WORDS})
    signed_in("student").post(reverse("help"), {"words": WORDS})
    signed_in("other-student").post(reverse("help"), {"words": WORDS})
    adviser.post(reverse("case", args=[9001]), {"do": "snooze", "until": "2026-11-25", "reason": WORDS})
    letters.send(profile())


def test_no_table_holds_words_but_those_made_for_them(signed_in: Callable[[str], Client]) -> None:
    """Neither the trail of who saw whom, nor sessions, letters, events or digests."""
    do_everything(signed_in)
    User = apps.get_model("records", "User")
    assert Contact.objects.filter(note=WORDS).count() > 3 and User.objects.exists()
    held = set()
    for model in apps.get_models(include_auto_created=True):
        for row in model._base_manager.values():
            held |= {(model._meta.db_table, name) for name, value in row.items() if WORDS in str(value)}
    assert held == HOLD_WORDS
    for session in Session.objects.all():
        assert WORDS not in str(session.get_decoded())
    assert set(connection.introspection.table_names()) - {
        model._meta.db_table for model in apps.get_models(include_auto_created=True)
    } <= {"django_migrations"}, "a table without a model is looked at by nobody"


def test_no_log_and_no_mail_holds_words(
    signed_in: Callable[[str], Client], caplog: pytest.LogCaptureFixture
) -> None:
    apps.get_model("records", "User").objects.update(email="somebody@example.edu")
    with caplog.at_level(logging.DEBUG):
        do_everything(signed_in)
    assert mail.outbox
    assert WORDS not in caplog.text
    for one in mail.outbox:
        text = one.message().as_string() + one.body
        assert WORDS not in text and found_in(text) == []
        names = apps.get_model("records", "User").objects.values_list("family_name", flat=True)
        assert [name for name in names if name and name in one.subject] == []


# Those that do not read this installation's people, and why they are not run here.
NOT_RUN = {
    "init": "makes an empty installation",
    "demo": "makes an invented campus elsewhere",
    "simulate": "writes an invented campus",
    "serve": "answers requests, tested above",
}
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "care capacity set": ("ad1", "3"),
    "care head add": ("dean", "s1"),
    "care head remove": ("dean", "u"),
    "care letters": ("--send",),
    "lrs forget": ("--user", "st1"),
    "lrs forward resend": ("a-target",),
    "lrs forward dead": ("a-target",),
    "lrs key add": ("a tool",),
    "lrs key revoke": ("no-such-key",),
    "quarantine export": ("--out", "OUT"),
    "quarantine resubmit": ("OUT",),
    "refresh": ("--as-of", f"{AS_OF:%Y-%m-%d}"),
    "trial compare": ("OUT/students.csv",),
    "trial create": ("autumn", "--students", "100"),
    "trial export": (NAME, "--ids"),
    "trial look": (NAME,),
    "trial start": (NAME,),
    "trial stop": (NAME, "--why", "over"),
    "user add": ("somebody",),
    "user close": ("dean",),
    "user password": ("dean",),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation's folder of this test alone."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "feeds.toml").write_text('[campus]\nname = "Liwa test campus"\n', encoding="utf-8")
    monkeypatch.setattr("liwa.flows.home.home", lambda: home)
    monkeypatch.setattr("liwa.flows.setup.require_ready", lambda: None)
    monkeypatch.setattr("liwa.flows.setup.start", lambda: None)
    import_all("liwa.cli")
    feed = Feed(name="sis", source="oneroster", path=Path("sis.zip"))
    Load.objects.update(settings=settings_of(feed, Campus(name="Liwa test campus"), {}))
    return tmp_path


def files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file below, as text; tables of the lake and the mirror as what they hold."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield (
                path,
                str(pq.read_table(path).to_pylist())
                if path.suffix == ".parquet"
                else path.read_bytes().decode(errors="replace"),
            )


@pytest.mark.parametrize("command", sorted(_commands() - set(NOT_RUN)))
@pytest.mark.parametrize("json", [False, True], ids=["", "json"])
def test_no_command_says_or_writes_them(
    command: str, json: bool, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither on the screen, nor in logs, nor in any file: lake, mirror, models, exports."""
    arguments = [one.replace("OUT", str(folder / "out")) for one in ARGUMENTS.get(command, ())]
    options = ["--json"] if json else []
    with caplog.at_level(logging.DEBUG):
        done = CliRunner().invoke(
            app, [*command.split(), *arguments, *options], input="a-long-password-1\n" * 2
        )
    wrong = done.exception
    assert wrong is None or isinstance(wrong, (LiwaError, SystemExit)), wrong
    assert "No such option: --" not in done.output or json, done.output
    said = f"{done.output}\n{wrong!r}\n{getattr(wrong, 'remedy', '')}\n{caplog.text}"
    assert found_in(said) == []
    for path, text in files(folder):
        assert found_in(text) == [], path


def test_a_refresh_writes_the_records_and_no_case(folder: Path) -> None:
    """So that the test above looks at something."""
    CliRunner().invoke(app, ["refresh", "--as-of", f"{AS_OF:%Y-%m-%d}"], catch_exceptions=False)
    texts = dict(files(folder))
    assert any(path.suffix == ".parquet" and "st1" in text for path, text in texts.items())
    assert not [path for path in texts if "care" in path.name or "care" in path.parent.name]


def test_words_are_found_where_they_may_be(signed_in: Callable[[str], Client]) -> None:
    """The eyes of this test are open."""
    text = read(signed_in("adviser"), reverse("case", args=[9001]), {})
    assert sorted(found_in(text)) == sorted(SAID[9001])
    assert str(TRIAL) in " ".join(addresses())
