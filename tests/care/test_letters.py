"""Letters: numbers and where to look, once a week, never a name, never to invented people."""

import re
import smtplib
from typing import Any

import pytest
from django.core import mail as outbox

from liwa.care import letters, mail
from liwa.care.models import Letter
from liwa.core.config import declared
from liwa.core.errors import ConfigError, LiwaError, Unavailable
from liwa.core.feeds import Campus
from liwa.records.models import User
from tests.care.school import CAMPUS, DAY, STAFF, STUDENTS, scope, week


def values(**own: Any) -> dict[str, Any]:
    return {name: one.default for name, one in declared().items()} | own


@pytest.fixture
def overdue(campus: None) -> Campus:
    """A week and a day later: everybody still waits; hal leads s1."""
    week()
    week(after=8)
    scope("hal", leads="s1")
    return Campus(name="Test school", timezone="Asia/Shanghai", as_of=DAY.replace(day=24))


def test_every_adviser_with_somebody_waiting_gets_one_letter_a_week(overdue: Campus) -> None:
    assert letters.send(overdue) == letters.Sent(letters=5, sent=5)
    assert letters.send(overdue) == letters.Sent(letters=5, sent_before=5)
    assert len(outbox.outbox) == 5
    assert {one.to[0] for one in outbox.outbox} == {
        f"{who}@s.edu" for who in ("ada", "ben", "cho", "dee", "hal")
    }
    assert "2 students are on your list this week." in outbox.outbox[0].body
    assert "2 are overdue." in outbox.outbox[0].body
    assert Letter.objects.exclude(sent_at=None).count() == 5


def test_no_letter_names_anybody(overdue: Campus) -> None:
    for letter in letters.compose(overdue):
        words = set(re.findall(r"\w+", (letter.subject + letter.body).lower()))
        assert not words & {*STUDENTS, *STAFF, "moss"}


def test_a_letter_is_in_the_readers_language(overdue: Campus) -> None:
    account = scope("ada").account
    account.language = "zh-hans"
    account.save()
    mine = next(one for one in letters.compose(overdue) if one.recipient_id == "ada")
    others = next(one for one in letters.compose(overdue) if one.recipient_id == "ben")
    assert mine.subject != others.subject
    assert not mine.subject.isascii()


def test_who_has_no_address_is_counted(overdue: Campus) -> None:
    User.objects.filter(pk="ada").update(email="")
    done = letters.send(overdue)
    assert (done.letters, done.sent, done.no_address) == (5, 4, 1)


def test_what_was_not_taken_goes_out_the_next_time(overdue: Campus, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(_self: object) -> None:
        raise smtplib.SMTPServerDisconnected

    with monkeypatch.context() as broken:
        broken.setattr("liwa.care.letters.EmailMessage.send", down)
        with pytest.raises(Unavailable):
            letters.send(overdue)
    assert letters.send(overdue).sent == 5


def test_invented_people_get_no_mail(campus: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        letters, "config", lambda: values(LIWA_MAIL_HOST="mail.s.edu", LIWA_MAIL_FROM="liwa@s.edu")
    )
    with pytest.raises(LiwaError, match="invented"):
        letters.refuse_unsafe(Campus(simulated=True))
    letters.refuse_unsafe(CAMPUS)


def test_nothing_is_sent_in_the_clear_or_without_a_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    unsafe = values(LIWA_MAIL_HOST="mail.s.edu", LIWA_MAIL_SECURITY="none")
    assert len(list(mail.unsafe(unsafe))) == 2
    assert not list(mail.unsafe(values()))
    assert not list(mail.unsafe({**unsafe, "LIWA_MAIL_HOST": "localhost", "LIWA_MAIL_FROM": "liwa@s.edu"}))
    monkeypatch.setattr(letters, "config", lambda: unsafe)
    with pytest.raises(ConfigError, match="LIWA_MAIL_SECURITY"):
        letters.refuse_unsafe(CAMPUS)


def test_settings_of_mail_become_djangos() -> None:
    assert mail.django_settings(values())["EMAIL_BACKEND"] == mail.CONSOLE
    made = mail.django_settings(values(LIWA_MAIL_HOST="mail.s.edu", LIWA_MAIL_SECURITY="tls"))
    assert (made["EMAIL_BACKEND"], made["EMAIL_USE_SSL"], made["EMAIL_USE_TLS"]) == (mail.SMTP, True, False)
