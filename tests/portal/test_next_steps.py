"""The page on which the school words the first steps, and where they are shown."""

import pytest
from django.urls import reverse

from liwa.care.models import FirstStep
from liwa.care.steps import DEFAULTS, LONGEST, NO_REASON, defaults
from liwa.digest.models import EnrollmentDigest
from liwa.insight.reasons import KEYS
from liwa.portal.pages.next_steps import KINDS

pytestmark = pytest.mark.django_db(transaction=True)
ADDRESS = "next-steps"


def send(client, **data: str):
    return client.post(reverse(ADDRESS), data, follow=True)


def test_every_kind_has_a_name() -> None:
    assert list(KINDS) == list(KEYS)


@pytest.mark.parametrize("account", ["leader", "data-office"])
def test_every_reason_is_there_in_both_languages(signed_in, account: str) -> None:
    kinds = signed_in(account).get(reverse(ADDRESS)).context["kinds"]
    rows = [row for _kind, rows in kinds for row in rows]
    assert {row.key for row in rows} == set(DEFAULTS)
    assert all([one.language for one in row.wordings] == ["en", "zh-hans"] for row in rows)
    assert not any(row.is_own for row in rows)
    assert "2 assignments missing, none handed in for 12 days" in {row.words for row in rows}


@pytest.mark.parametrize("account", ["adviser", "teacher", "student", "registrar", "researcher", "nobody"])
def test_others_cannot_word_them(signed_in, account: str) -> None:
    answer = send(signed_in(account), reason="inactive", en="Mine.")
    assert answer.status_code == 404
    assert not FirstStep.objects.exists()


def test_worded_shown_and_brought_back(signed_in) -> None:
    leader = signed_in("leader")
    answer = send(leader, reason="missing_assignments", **{"en": "Come to room 12.", "zh-hans": ""})
    assert answer.redirect_chain == [("/next-steps/#missing_assignments", 302)]
    text = answer.content.decode()
    assert "worded by the school" in text
    assert "Come to room 12." in text
    student = reverse("student", kwargs={"student": "st1"})
    shown = signed_in("adviser").get(student).content.decode()
    assert shown.count("Come to room 12.") == 2  # once for each class
    again = send(leader, reason="missing_assignments", restore="1").content.decode()
    assert "worded by the school" not in again
    assert "Come to room 12." not in signed_in("adviser").get(student).content.decode()


def test_what_is_no_reason_does_not_exist(signed_in) -> None:
    assert send(signed_in("leader"), reason="spell", en="x").status_code == 404
    assert send(signed_in("leader")).status_code == 404


def test_what_is_too_long_is_said_and_not_kept(signed_in) -> None:
    answer = send(signed_in("leader"), reason="inactive", en="x" * (LONGEST + 1))
    assert "at most 400 characters" in answer.content.decode()
    assert not FirstStep.objects.exists()


def test_words_are_escaped(signed_in) -> None:
    send(signed_in("leader"), reason="missing_assignments", en="<script>alert(1)</script>")
    text = signed_in("adviser").get(reverse("student", kwargs={"student": "st1"})).content.decode()
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert" in text


def test_a_first_step_only_where_somebody_may_be_needed(signed_in) -> None:
    client = signed_in("adviser")
    for student, expected in (("st2", True), ("st3", False)):
        text = client.get(reverse("student", kwargs={"student": student})).content.decode()
        assert ("Suggested first step" in text) is expected
    EnrollmentDigest.objects.filter(user="st2").update(reasons=[])
    text = client.get(reverse("student", kwargs={"student": "st2"})).content.decode()
    assert defaults("en")[NO_REASON] in text
