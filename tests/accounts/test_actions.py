"""Making, changing and closing accounts."""

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.test import Client, RequestFactory

from liwa.accounts.actions import add_account, close_account, named, set_password
from liwa.accounts.models import Account, Grant
from liwa.accounts.questions import account_rows
from liwa.core.errors import LiwaError
from liwa.records.models import User

GOOD = "a-long-good-password"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return User.objects.create(sourced_id="u1", given_name="Ada", family_name="Moss", feed="sis")


def signs_in(name: str, password: str) -> bool:
    request: Any = RequestFactory().post("/")
    return authenticate(request, username=name, password=password) is not None


def test_a_new_account(ada: User) -> None:
    account = add_account("ada", GOOD, person="u1", duties=["data_office", "data_office"])
    assert account.person == ada
    assert account.get_full_name() == "Ada Moss"
    assert [grant.duty for grant in Grant.objects.all()] == ["data_office"]
    assert signs_in("ada", GOOD)
    assert not signs_in("ada", "another-password")
    assert GOOD not in account.password


def test_an_account_need_be_nobody() -> None:
    assert add_account("office", GOOD, display_name="Data office").get_full_name() == "Data office"
    assert add_account("plain", GOOD).get_full_name() == "plain"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"username": "taken"}, "user name taken is taken"),
        ({"username": "with space"}, "valid username"),
        ({"username": ""}, "cannot be blank"),
        ({"username": "x" * 151}, "at most 150"),
        ({"password": "xyz"}, "too short"),
        ({"password": "1234567890123"}, "entirely numeric"),
        ({"password": "password1234"}, "too common"),
        ({"username": "charlotte", "password": "charlotte12"}, "too similar"),
        ({"person": "u99"}, "records know no user u99"),
        ({"person": "u1"}, "u1 has an account already"),
        ({"duties": ["headmaster"]}, "no duty 'headmaster'"),
    ],
)
def test_what_is_wrong_is_said(ada: User, given: dict[str, Any], said: str) -> None:
    add_account("taken", GOOD, person="u1")
    fields = {"username": "new", "password": GOOD, **given}
    with pytest.raises(LiwaError, match=said) as error:
        add_account(**fields)
    assert fields["password"] not in str(error.value)
    assert Account.objects.count() == 1


def test_who_was_removed_from_the_records_gets_no_account(ada: User) -> None:
    User.objects.update(status="tobedeleted")
    with pytest.raises(LiwaError, match="know no user"):
        add_account("ada", GOOD, person="u1")


def test_a_new_password_ends_sessions(ada: User) -> None:
    account = add_account("ada", GOOD, person="u1")
    client = Client()
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    before = account.get_session_auth_hash()
    set_password("ada", "another-good-password")
    assert signs_in("ada", "another-good-password")
    assert not signs_in("ada", GOOD)
    assert named("ada").get_session_auth_hash() != before
    with pytest.raises(LiwaError, match="too short"):
        set_password("ada", "short")
    with pytest.raises(LiwaError, match="no user bea"):
        set_password("bea", GOOD)


def test_a_closed_account_cannot_sign_in() -> None:
    add_account("ada", GOOD)
    close_account("ada")
    assert not signs_in("ada", GOOD)
    with pytest.raises(LiwaError, match="no user bea") as error:
        close_account("bea")
    assert "liwa user list" in error.value.remedy


def test_accounts_are_listed(ada: User) -> None:
    add_account("office", GOOD, duties=["leadership", "data_office"])
    add_account("ada", GOOD, person="u1")
    close_account("office")
    assert account_rows() == [
        {"user": "ada", "person": "u1", "duties": "", "active": True, "last_sign_in": None},
        {
            "user": "office",
            "person": None,
            "duties": "data_office, leadership",
            "active": False,
            "last_sign_in": None,
        },
    ]


def test_a_person_who_leaves_the_records_leaves_the_account(ada: User) -> None:
    add_account("ada", GOOD, person="u1", display_name="")
    ada.delete()
    assert named("ada").person is None
    assert named("ada").get_full_name() == "ada"
