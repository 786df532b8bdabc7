"""The page on which the data office says who an actor is."""

import pytest
from django.test import Client
from django.urls import reverse

from liwa.core.clock import now
from liwa.records.models import Identity, LakeState, User
from liwa.statements import people
from liwa.statements.models import Actor

OFFICE = "data-office"
KEY = "account:https://lms.example.edu|ada.reed"


@pytest.fixture
def office(signed_in) -> Client:
    people.note_actors({KEY: people.Seen(7, now()), "mbox:mailto:x@example.edu": people.Seen(3, now())})
    return signed_in(OFFICE)


def post(client: Client, **fields: str) -> str:
    answer = client.post(reverse("lrs-actors"), fields, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_found_and_tied(office: Client) -> None:
    shown = office.get(reverse("lrs-actors")).content.decode()
    assert KEY in shown
    assert "ada.reed" not in reverse("lrs-actors")
    digest = people.digest_of(KEY)
    student = User.objects.get(pk="st1")
    assert "Who is this?" in post(office, actor=digest)
    assert student.name in post(office, actor=digest, words=student.family_name)
    assert "Nobody is called that" in post(office, actor=digest, words="no such person")
    shown = post(office, actor=digest, user="st1")
    assert "Tied by hand" in shown
    row = Identity.objects.get(pk=KEY)
    assert (row.kind, row.value, row.user_id, row.feed) == (
        "account",
        KEY.removeprefix("account:"),
        "st1",
        "desk",
    )
    assert row.metadata["by"]
    assert LakeState.objects.get().changes["identity"] == 1
    assert [one.key for one in people.unmatched()] == ["mbox:mailto:x@example.edu"]
    post(office, untie=digest)
    assert not Identity.objects.exists()
    assert len(people.unmatched()) == 2


def test_what_a_feed_says_is_mended_there(office: Client) -> None:
    User.objects.filter(pk="st2").update(status="active")
    Identity.objects.create(pk=KEY, kind="account", value="x", user_id="st2", feed="who")
    assert "mend it there" in post(office, actor=people.digest_of(KEY), user="st1")
    assert Identity.objects.get().user_id == "st2"


@pytest.mark.parametrize("fields", [{"actor": "0" * 64}, {"untie": "0" * 64}, {"actor": "", "user": "st1"}])
def test_nobody(office: Client, fields: dict[str, str]) -> None:
    assert office.post(reverse("lrs-actors"), fields).status_code == 404


def test_no_such_user(office: Client) -> None:
    fields = {"actor": people.digest_of(KEY), "user": "nobody"}
    assert office.post(reverse("lrs-actors"), fields).status_code == 404


@pytest.mark.parametrize("account", ["teacher", "adviser", "student"])
def test_for_the_data_office_alone(signed_in, account: str) -> None:
    people.note_actors({KEY: people.Seen(7, now())})
    fields = {"actor": people.digest_of(KEY), "user": "st1"}
    assert signed_in(account).post(reverse("lrs-actors"), fields).status_code == 404
    assert not Identity.objects.exists()
    assert Actor.objects.exists()
