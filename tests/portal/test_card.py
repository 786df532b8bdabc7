"""The model's card, as a person reads it."""

from django.urls import reverse

from liwa.accounts.models import Account
from liwa.digest.models import Card
from tests.portal.campus import CARD


def read(client) -> str:
    return client.get(reverse("card", args=[CARD])).content.decode()


def test_the_card_says_what_for_from_what_how_well_and_what_not(signed_in) -> None:
    text = read(signed_in("adviser"))
    for words in (
        "An enrollment that does not end in success",
        "Autumn 2025",
        "0.640 – 0.680",
        "a reason to talk, never to decide over anyone",
        "from 60% on",
        "2025-09-08 – 2026-01-16",
        "due line items not handed in",
        "not used",
    ):
        assert words in text


def test_it_stands_beside_simpler_means(signed_in) -> None:
    compared = signed_in("adviser").get(reverse("card", args=[CARD])).context["compared"]
    assert compared["weeks"] == [2, 4, 6, 8]
    rows = {
        str(name): [value and round(value, 2) for value in values] for name, _term, values in compared["rows"]
    }
    assert rows == {
        "This model": [0.66, 0.74, 0.77, 0.8],
        "no visit for 7 days": [None, 0.64, 0.67, 0.7],
        "a means of tomorrow": [None, 0.64, 0.67, 0.7],
    }


def test_its_sentences_are_translated(signed_in) -> None:
    Account.objects.filter(username="adviser").update(language="zh-hans")
    assert "绝不是替任何人做决定的依据" in read(signed_in("adviser"))


def test_rules_have_a_card_without_figures(signed_in) -> None:
    Card.objects.update(
        content={
            "name": CARD,
            "basis": "rules",
            "bands": {"of": "points", "high": 3, "medium": 1},
            "training": {},
        }
    )
    text = read(signed_in("teacher"))
    assert "plain rules order the list" in text
    assert "from 3 points on" in text
    assert "AUC" not in text
