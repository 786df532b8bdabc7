"""Everyone can change her own password, with the old one, within the rules; other devices are signed out."""

from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from liwa.accounts.models import Account
from tests.portal.campus import ACCOUNTS, PASSWORD

FRESH = "quite-another-bridge-41"


def change(client: Client, old: str = PASSWORD, new: str = FRESH, again: str | None = None):
    given = {"old_password": old, "new_password1": new, "new_password2": new if again is None else again}
    return client.post(reverse("password"), given)


def is_password(name: str, password: str) -> bool:
    return Account.objects.get(username=name).check_password(password)


@pytest.mark.parametrize("name", ACCOUNTS)
def test_everyone_signed_in_is_shown_the_way(signed_in, name: str) -> None:
    answer = signed_in(name).get(reverse("password"))
    assert answer.status_code == 200
    assert f'href="{reverse("password")}"' in answer.content.decode()


def test_the_signed_out_are_sent_to_sign_in(campus, client: Client) -> None:
    assert client.get(reverse("password"))["Location"].startswith(reverse("sign-in"))
    assert change(client)["Location"].startswith(reverse("sign-in"))
    assert is_password("adviser", PASSWORD)


def test_the_new_password_counts_and_other_devices_are_signed_out(signed_in) -> None:
    here, elsewhere, other = signed_in("adviser"), signed_in("adviser"), signed_in("teacher")
    answer = change(here)
    assert answer["Location"] == reverse("home")
    assert is_password("adviser", FRESH)
    assert not is_password("adviser", PASSWORD)
    assert is_password("teacher", PASSWORD)
    assert "Your password is changed" in here.get(reverse("home"), follow=True).content.decode()
    assert elsewhere.get(reverse("adviser")).status_code == 302
    assert other.get(reverse("classes")).status_code == 200


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"old": "wrong"}, "Your old password was entered incorrectly."),
        ({"new": "short"}, "at least 10 characters"),
        ({"new": "8391027465019"}, "entirely numeric"),
        ({"new": "adviser123"}, "too similar to the user name"),
        ({"again": "quite-another-bridge-42"}, "The two password fields didn’t match."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_changed(signed_in, given: dict[str, str], said: str) -> None:
    client = signed_in("adviser")
    answer = change(client, **given)
    assert answer.status_code == 200
    assert said in unescape(answer.content.decode())
    assert is_password("adviser", PASSWORD)
    assert client.get(reverse("adviser")).status_code == 200


def test_what_is_wrong_is_said_in_chinese(signed_in) -> None:
    Account.objects.filter(username="adviser").update(language="zh-hans")
    client = signed_in("adviser")
    text = change(client, new="short").content.decode()
    assert "修改密码" in text
    assert "密码太短，至少需要 10 个字符" in text
    assert "您的密码不能全部是数字" in text
    assert "你" not in text
    assert "This password" not in text
    assert "您的旧密码不正确" in change(client, old="wrong").content.decode()


def test_no_password_is_sent_back(signed_in) -> None:
    text = change(
        signed_in("adviser"), old="my-wrong-guess", new="another-guess-7", again="x"
    ).content.decode()
    assert "my-wrong-guess" not in text
    assert "another-guess-7" not in text


def test_guessing_the_old_password_locks_the_account_out(signed_in, settings) -> None:
    client = signed_in("adviser")
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert change(client, old="wrong").status_code == 200
    assert change(client, old="wrong").status_code == 429
    assert change(client).status_code == 429
    assert is_password("adviser", PASSWORD)
