"""Sign-in, sign-out, lockout, the way home, the language, and the content policy."""

import pytest
from django.test import Client
from django.urls import reverse

from liwa.accounts.models import Account
from liwa.portal.security import POLICY
from tests.portal.campus import PASSWORD

HOMES = {
    "adviser": "week",
    "teacher": "classes",
    "student": "me",
    "data-office": "feeds",
    "leader": "campus",
}


def attempt(client: Client, name: str, password: str, **more: str):
    return client.post(reverse("sign-in"), {"username": name, "password": password, **more})


def test_sign_in_and_out(campus, client: Client) -> None:
    assert attempt(client, "adviser", PASSWORD)["Location"] == reverse("home")
    assert client.get(reverse("adviser")).status_code == 200
    assert client.get(reverse("sign-out")).status_code == 405
    assert client.post(reverse("sign-out"))["Location"] == reverse("sign-in")
    assert client.get(reverse("adviser")).status_code == 302


def test_a_wrong_password_is_said_kindly(campus, client: Client) -> None:
    answer = attempt(client, "adviser", "wrong")
    assert answer.status_code == 200
    assert "alert-danger" in answer.content.decode()


def test_an_account_without_a_password_cannot_sign_in(campus, client: Client) -> None:
    Account.objects.create_user("fresh")
    assert attempt(client, "fresh", "").status_code == 200
    assert attempt(client, "fresh", "!").status_code == 200
    assert "_auth_user_id" not in client.session


def test_a_retired_account_cannot_sign_in(campus, client: Client) -> None:
    Account.objects.filter(username="adviser").update(is_active=False)
    assert attempt(client, "adviser", PASSWORD).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/students/?band=high", "/students/?band=high"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_the_next_page_is_one_of_ours(campus, client: Client, wanted: str, reached: str) -> None:
    assert attempt(client, "adviser", PASSWORD, next=wanted)["Location"] == reached


def test_too_many_wrong_passwords_lock_that_account_out(campus, client: Client, settings) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT - 1):
        assert attempt(client, "adviser", "wrong").status_code == 200
    locked = attempt(client, "adviser", "wrong")
    assert locked.status_code == 429
    assert "quarter of an hour" in locked.content.decode()
    assert attempt(client, "adviser", PASSWORD).status_code == 429
    assert attempt(client, "teacher", PASSWORD).status_code == 302


@pytest.mark.parametrize(("account", "page"), HOMES.items())
def test_home_is_the_page_of_the_first_role(signed_in, account: str, page: str) -> None:
    assert signed_in(account).get(reverse("home"))["Location"] == reverse(page)


def test_someone_without_a_role_is_told_so(signed_in) -> None:
    answer = signed_in("nobody").get(reverse("home"))
    assert answer.status_code == 200
    assert "There is nothing here for you yet" in answer.content.decode()


def test_the_menu_holds_what_the_role_may_open(signed_in) -> None:
    menu = signed_in("adviser").get(reverse("adviser")).context["menu"]
    assert [entry["name"] for entry in menu] == ["week", "adviser"]


def test_language_is_kept_with_the_account_and_for_the_sign_in_page(signed_in) -> None:
    client = signed_in("adviser")
    answer = client.post(reverse("language"), {"language": "zh-hans", "next": "/students/"})
    assert answer["Location"] == "/students/"
    assert Account.objects.get(username="adviser").language == "zh-hans"
    assert "我的学生" in client.get(reverse("adviser")).content.decode()
    client.post(reverse("sign-out"))
    assert "登录" in client.get(reverse("sign-in")).content.decode()


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "//elsewhere.example", ""])
def test_a_language_switch_leads_to_no_other_site(signed_in, address: str) -> None:
    answer = signed_in("adviser").post(reverse("language"), {"language": "en", "next": address})
    assert answer["Location"] == reverse("home")


def test_an_unknown_language_is_refused(signed_in) -> None:
    answer = signed_in("adviser").post(reverse("language"), {"language": "tlh"})
    assert answer.status_code == 400
    assert "language" in answer.content.decode()


def test_a_forged_form_is_refused_in_plain_words(campus) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = attempt(client, "adviser", PASSWORD)
    assert answer.status_code == 403
    assert "Please try that again" in answer.content.decode()


@pytest.mark.parametrize("address", ["/sign-in/", "/no-such-page/", "/students/"])
def test_every_answer_brings_the_content_policy(campus, client: Client, address: str) -> None:
    policy = client.get(address)["Content-Security-Policy"]
    assert policy == POLICY
    assert "unsafe" not in policy


def test_a_broken_page_says_so_without_the_database(client: Client, campus, monkeypatch) -> None:
    def broken(*arguments: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("liwa.records.campus.CampusProfile.objects.filter", broken)
    client.raise_request_exception = False
    answer = client.get(reverse("sign-in"))
    assert answer.status_code == 500
    assert "broken on our side" in answer.content.decode()


def test_htmx_moves_the_whole_window_to_sign_in(campus, client: Client) -> None:
    answer = client.get(reverse("adviser"), headers={"HX-Request-Type": "partial"})
    assert answer.status_code == 204
    assert answer["HX-Redirect"].startswith(reverse("sign-in"))


def test_personal_pages_are_not_kept_by_caches(signed_in) -> None:
    assert "no-store" in signed_in("adviser").get(reverse("adviser"))["Cache-Control"]
