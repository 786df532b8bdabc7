"""The model's card, as a person reads it."""

from django.urls import reverse

from liwa.accounts.models import Account
from liwa.digest.models import Card
from liwa.insight import drift as insight_drift
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


def test_it_is_a_json_file_too(signed_in) -> None:
    response = signed_in("teacher").get(reverse("card-json", args=[CARD]))
    assert response["Content-Type"] == "application/json"
    assert response.json() == Card.objects.get(pk=CARD).content
    assert reverse("card-json", args=[CARD]).endswith(f"card/{CARD}.json")
    assert signed_in("teacher").get(reverse("card-json", args=["none"])).status_code == 404


def test_gaps_stand_with_their_intervals_and_small_groups_without(signed_in) -> None:
    text = read(signed_in("adviser"))
    assert "women" in text
    assert "0.020 – 0.060" in text
    assert "with fewer than 50 students or 15 of either outcome: 55&lt;=" in text
    # The whole interval of the recall gap is below zero, that of the calibration gap is not.
    assert text.count("data-apart") == 1


def test_what_lists_find_by_course_and_what_moved(signed_in) -> None:
    text = read(signed_in("adviser"))
    for words in (
        "top 10%",
        "each adviser",
        "Of 40 features 1 have moved",
        "Of 3,900 enrollments four weeks ago it says now that 4.1% were to withdraw by today; 5.7% did.",
        "That is further apart than chance explains",
        "came true",
        "passed",
        "0.660 – 0.720",
        "d4t4",
        "c0d3",
    ):
        assert words in text


def test_a_refused_model_is_named_with_the_reasons(signed_in) -> None:
    kept = Card.objects.get(pk=CARD)
    kept.content["refused"] = {"name": "risk-new", "reasons": [insight_drift.WORSE]}
    kept.save()
    text = read(signed_in("adviser"))
    assert "The newest model, risk-new, failed its checks and is not used." in text
    assert "orders students worse than a simpler means" in text


def test_every_risk_shown_leads_to_the_card(signed_in) -> None:
    address = reverse("card", args=[CARD])
    for account, name, args in (
        ("adviser", "adviser", []),
        ("adviser", "student", ["st1"]),
        ("teacher", "klass", ["k1"]),
    ):
        text = signed_in(account).get(reverse(name, args=args)).content.decode()
        bands = text.count("data-band=")
        assert bands
        assert text.count(f'<a class="liwa-to-card" href="{address}"') == bands
