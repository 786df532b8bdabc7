"""What is said in a case stays in it: every page, for every role, for every object, before and after each deed."""

import pytest
from django.urls import reverse

from tests.portal.campus import ACCOUNTS
from tests.portal.campus_cases import IN_CASE, WORDS_READ_BY, note_of
from tests.portal.matrix import PAGES, combinations

CASES = (9001, 9002, 9003, 9004, 9005)


@pytest.mark.parametrize("account", ACCOUNTS)
def test_notes_never_leave_the_case(account: str, signed_in) -> None:
    """Each case has a note with a word of its own; only those in the case find it, on whatever page."""
    client = signed_in(account)
    for one in PAGES:
        if "GET" not in one.methods:
            continue
        for objects in combinations(one):
            text = client.get(reverse(one.name, kwargs=objects), follow=True).content.decode()
            for case in CASES:
                if account not in IN_CASE[case]:
                    assert note_of(case) not in text, (one.name, objects, case)


@pytest.mark.parametrize("account", ACCOUNTS)
def test_words_of_teachers_and_students_are_read_in_the_case_alone(account: str, signed_in) -> None:
    """Neither a teacher's nor a student's come back to anybody outside, not even to whom they are from."""
    client = signed_in(account)
    for one in PAGES:
        if "GET" not in one.methods:
            continue
        for objects in combinations(one):
            text = client.get(reverse(one.name, kwargs=objects), follow=True).content.decode()
            for words, readers in WORDS_READ_BY.items():
                if account not in readers:
                    assert words not in text, (one.name, objects)


@pytest.mark.parametrize("case", CASES)
def test_those_in_the_case_read_the_note(case: int, signed_in) -> None:
    for account in IN_CASE[case]:
        text = signed_in(account).get(reverse("case", args=[case])).content.decode()
        assert note_of(case) in text


DEEDS = (
    {"do": "contact", "kind": "met", "note": "x"},
    {"do": "support"},
    {"do": "close", "outcome": "improved"},
    {"do": "reopen"},
    {"do": "hand_over", "person": "ad1"},
    {"do": "join", "person": "ad1"},
    {"do": "snooze", "until": "2026-11-20", "reason": "x"},
    {"do": "wake"},
    {"do": "family_yes", "consent_on": "2026-11-01"},
)


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed["do"])
def test_nobody_outside_changes_a_case(account: str, deed: dict[str, str], signed_in) -> None:
    client = signed_in(account)
    for case in CASES:
        if account not in IN_CASE[case]:
            assert client.post(reverse("case", args=[case]), deed).status_code == 404
