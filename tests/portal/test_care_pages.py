"""The pages of care, request by request."""

import re

import pytest
from django.urls import reverse

from liwa.accounts.models import Viewing
from liwa.care.models import Capacity, Case, Contact, FamilyContact, Wording
from tests.portal.campus_cases import STUDENTS_WORDS, TEACHERS_WORDS, note_of


def listed(answer) -> list[int]:
    """The cases of a week, in their order."""
    return [int(key) for key in re.findall(r'id="case-(\d+)"', answer.content.decode())]


def test_the_week_puts_peoples_words_first_and_leaves_out_what_is_closed(signed_in) -> None:
    answer = signed_in("adviser").get(reverse("week"))
    text = answer.content.decode()
    assert listed(answer) == [9001, 9002]
    assert "1 student waits to hear from you" in text
    assert TEACHERS_WORDS in text
    assert "78% (69% to 85%)" in text
    assert "of 4 new students given" in text
    assert listed(signed_in("other-adviser").get(reverse("week"))) == [9005, 9004]


def test_a_contact_takes_one_request_and_moves_the_student(signed_in) -> None:
    client = signed_in("adviser")
    address = reverse("week")
    part = client.post(address, {"case": "9001", "kind": "called"}, headers={"HX-Request-Type": "partial"})
    assert "<html" not in part.content.decode()
    assert "Everybody" not in part.content.decode()
    assert Case.objects.get(pk=9001).state == "contacted"
    whole = client.post(address, {"case": "9001", "kind": "met", "note": "All well."})
    assert (whole.status_code, whole["Location"]) == (302, address)
    assert list(
        Contact.objects.filter(case=9001, kind__in=("called", "met")).values_list("kind", "note")
    ) == [
        ("called", ""),
        ("met", "All well."),
    ]


@pytest.mark.parametrize("case", ["9004", "9005", "0", "x", "", "9" * 30])
def test_no_contact_in_a_case_of_others(signed_in, case: str) -> None:
    assert signed_in("adviser").post(reverse("week"), {"case": case, "kind": "met"}).status_code == 404


def test_a_kind_that_is_none_is_refused_in_words(signed_in) -> None:
    answer = signed_in("adviser").post(reverse("week"), {"case": "9001", "kind": "shouted"}, follow=True)
    assert "Choose how you reached out." in answer.content.decode()


def test_opening_a_case_is_noted_for_the_student(signed_in) -> None:
    signed_in("adviser").get(reverse("case", args=[9001]))
    assert Viewing.objects.get().page == "case"


def test_every_figure_of_a_case_is_traced(signed_in) -> None:
    text = signed_in("adviser").get(reverse("case", args=[9001])).content.decode()
    assert reverse("card", args=[Case.objects.get(pk=9001).card]) in text
    assert "sis, load 1" in text
    assert "lms, load 2" in text


@pytest.mark.parametrize(
    ("form", "state"),
    [
        ({"do": "support", "note": "A tutor on Tuesdays."}, "in_support"),
        ({"do": "close", "outcome": "no_need"}, "closed"),
        ({"do": "close", "outcome": ""}, "open"),
        ({"do": "snooze", "until": "2026-11-20", "reason": "Field trip."}, "open"),
        ({"do": "snooze", "until": "2026-02-31", "reason": "Field trip."}, "open"),
        ({"do": "hand_over", "person": "ad2"}, "open"),
        ({"do": "join", "person": "ad2"}, "open"),
    ],
)
def test_what_is_done_leads_back(signed_in, form: dict[str, str], state: str) -> None:
    answer = signed_in("adviser").post(reverse("case", args=[9001]), form)
    handed = form["do"] == "hand_over"
    assert answer["Location"] == (reverse("week") if handed else reverse("case", args=[9001]))
    assert Case.objects.get(pk=9001).state == state


def test_family_contact_needs_the_day_of_the_consent(signed_in) -> None:
    client = signed_in("adviser")
    address = reverse("case", args=[9001])
    client.post(address, {"do": "family_yes", "consent_on": ""})
    assert not FamilyContact.objects.exists()
    client.post(address, {"do": "family_yes", "consent_on": "2026-11-02"})
    assert FamilyContact.objects.get(student="st1").allowed


def test_an_adviser_takes_up_a_student(signed_in) -> None:
    client = signed_in("adviser")
    answer = client.post(reverse("take", args=["st3"]))
    case = Case.objects.get(open_for="st3")
    assert answer["Location"] == reverse("case", args=[case.pk])
    assert reverse("case", args=[case.pk]) in client.get(reverse("student", args=["st3"])).content.decode()
    assert client.post(reverse("take", args=["st4"])).status_code == 404


def test_a_teacher_tells_the_adviser_and_sees_the_state_alone(signed_in) -> None:
    client = signed_in("teacher")
    address = reverse("raise-case", args=["st3"])
    assert client.post(address, {"klass": "k1", "reason": " "}).status_code == 400
    answer = client.post(address, {"klass": "k1", "reason": "Falls asleep in class."})
    assert answer["Location"] == reverse("klass", args=["k1"])
    text = client.get(reverse("raised")).content.decode()
    assert text.count("<tr>") == 3
    assert TEACHERS_WORDS not in text
    assert note_of(9002) not in text
    assert "Falls asleep" in signed_in("adviser").get(reverse("week")).content.decode()


def test_a_student_asks_for_help_in_words_or_in_none(signed_in) -> None:
    client = signed_in("other-student")
    text = client.get(reverse("me")).content.decode()
    assert "Ellis Brook" in text
    assert STUDENTS_WORDS not in text
    assert note_of(9004) not in text
    assert client.post(reverse("help"), {"words": "x" * 4001}).status_code == 400
    assert client.post(reverse("help"), {"words": ""})["Location"] == reverse("me")


def test_heads_give_overdue_cases_away_without_reading_them(signed_in) -> None:
    client = signed_in("head")
    address = reverse("overdue")
    text = client.get(address).content.decode()
    assert listed(client.get(address)) == [9005]
    assert note_of(9005) not in text
    client.post(address, {"case": "9005", "adviser": "ad1"})
    assert Case.objects.get(pk=9005).adviser_id == "ad1"
    assert client.post(address, {"case": "9001", "adviser": "ad2"}).status_code == 404


def test_room_is_set_by_the_data_office_and_by_heads_for_their_own(signed_in) -> None:
    address = reverse("capacities")
    signed_in("data-office").post(address, {"adviser": "ad1", "per_week": "7"})
    assert Capacity.objects.get(pk="ad1").per_week == 7
    wrong = signed_in("data-office").post(address, {"adviser": "ad1", "per_week": "-1"}, follow=True)
    assert "Please give a whole number" in wrong.content.decode()
    head = signed_in("head")
    assert head.post(address, {"adviser": "ad1", "per_week": "1"}).status_code == 404
    assert head.post(address, {"adviser": "ad2", "per_week": "1", "takes_unassigned": "1"}).status_code == 302
    assert Capacity.objects.get(pk="ad2").takes_unassigned


def test_the_schools_words_are_what_students_read(signed_in) -> None:
    form = {"key": "in_support", "language": "en", "text": "Ellis is with you."}
    signed_in("leader").post(reverse("wordings"), form)
    assert "Ellis is with you." in signed_in("other-student").get(reverse("me")).content.decode()
    signed_in("leader").post(reverse("wordings"), form | {"text": ""})
    assert not Wording.objects.exists()
