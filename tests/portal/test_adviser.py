"""The adviser's list, and the page of one student."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from liwa.accounts.models import Account, Viewing
from liwa.digest.models import StudentDigest
from liwa.portal.questions.advisees import named
from tests.portal import campus as small


def listed(answer) -> list[str]:
    """The students of the answer, in its order."""
    return re.findall(r'href="/student/(st\d+)/"', answer.content.decode())


def partial(client: Client, method: str, **data: str):
    send = getattr(client, method)
    return send(reverse("adviser"), data, headers={"HX-Request-Type": "partial"})


def test_her_students_by_need_with_reasons(signed_in) -> None:
    answer = signed_in("adviser").get(reverse("adviser"))
    text = answer.content.decode()
    assert listed(answer) == ["st1", "st2", "st3"]
    assert "1 of your 3 students needs help this week" in text
    assert "2 assignments missing, none handed in for 16 days" in text
    assert "Needs help now" in text
    assert "2 of 2" in text
    assert "16 days ago" in text


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        ({"band": "high"}, ["st1"]),
        ({"band": "no-such-band"}, ["st1", "st2", "st3"]),
        ({"course": "c2"}, ["st1"]),
        ({"course": "c1", "band": "low"}, ["st3"]),
        ({"org": "s1"}, ["st1", "st2", "st3"]),
        ({"org": "s2"}, []),
        ({"page": "7"}, ["st1", "st2", "st3"]),
        ({"page": "x"}, ["st1", "st2", "st3"]),
    ],
)
def test_filters(signed_in, wish: dict[str, str], found: list[str]) -> None:
    client = signed_in("adviser")
    assert listed(client.get(reverse("adviser"), wish)) == found
    part = partial(client, "get", **wish)
    assert listed(part) == found
    assert "<html" not in part.content.decode()


@pytest.mark.parametrize("words", ["周若溪", "若溪", "周 若溪", "若溪 周", "10260001", "st1"])
def test_search_by_name_in_any_order(signed_in, words: str) -> None:
    assert listed(partial(signed_in("adviser"), "post", name=words)) == ["st1"]


def test_search_finds_no_one_elses_students(signed_in) -> None:
    other = named("st4").get().name
    answer = partial(signed_in("adviser"), "post", name=other)
    assert listed(answer) == []
    assert "Nobody fits these wishes" in answer.content.decode()


def test_a_name_in_the_address_is_not_read(signed_in) -> None:
    assert listed(signed_in("adviser").get(reverse("adviser"), {"name": "nobody"})) == ["st1", "st2", "st3"]


def test_search_keeps_the_filters(signed_in) -> None:
    assert listed(partial(signed_in("adviser"), "post", name="1026", band="medium")) == ["st2"]


def test_long_lists_come_in_pages(signed_in) -> None:
    small.grow(60)
    client = signed_in("adviser")
    first, second = (listed(client.get(reverse("adviser"), {"page": page})) for page in ("1", "2"))
    assert len(first) == 50
    assert len(second) == 13
    assert not set(first) & set(second)
    needs = StudentDigest.objects.in_bulk(first + second)
    in_order = [needs[key].need for key in first + second]
    assert in_order == sorted(in_order, reverse=True)
    assert "The first 50 of 63" in partial(client, "post", name="1026").content.decode()


def test_a_list_without_any_need(signed_in) -> None:
    StudentDigest.objects.update(band="low")
    assert (
        "None of your 3 students needs urgent help" in signed_in("adviser").get("/students/").content.decode()
    )


def test_before_the_first_refresh(signed_in) -> None:
    StudentDigest.objects.all().delete()
    text = signed_in("adviser").get(reverse("adviser")).content.decode()
    assert "No list yet" in text
    assert "3 are in no running class" in text


def test_the_adviser_sees_all_classes_of_a_student(signed_in) -> None:
    text = signed_in("adviser").get(reverse("student", args=["st1"])).content.decode()
    assert "Hydrology 2026A" in text
    assert "Cartography 2026A" in text
    assert "78%" in text
    assert "Not handed in" in text
    assert reverse("card", args=[small.CARD]) in text


def test_a_teacher_sees_the_own_class_alone(signed_in) -> None:
    answer = signed_in("other-teacher").get(reverse("student", args=["st1"]))
    text = answer.content.decode()
    assert "Cartography 2026A" in text
    assert "Hydrology" not in text
    assert answer.context["overall"] is None
    assert answer.context["timeline"] == []  # all that the digest tells happened in the other class


def test_viewings_are_kept_once_a_day_and_shown_to_the_student(signed_in) -> None:
    client = signed_in("adviser")
    for _ in range(2):
        client.get(reverse("student", args=["st1"]))
    viewing = Viewing.objects.get()
    assert viewing.account == Account.objects.get(username="adviser")
    assert viewing.student_id == "st1"
    mine = signed_in("student").get(reverse("me")).content.decode()
    assert "何静" in mine
    other = signed_in("other-student").get(reverse("me")).content.decode()
    assert "Nobody in the last half year" in other


def test_a_refused_page_leaves_no_viewing(signed_in) -> None:
    assert signed_in("adviser").get(reverse("student", args=["st4"])).status_code == 404
    assert not Viewing.objects.exists()


def test_names_are_escaped(signed_in) -> None:
    from liwa.records.models import User

    User.objects.filter(pk="st1").update(given_name="<script>alert(1)</script>")
    client = signed_in("adviser")
    for address in (reverse("adviser"), reverse("student", args=["st1"])):
        assert "<script>alert" not in client.get(address).content.decode()
