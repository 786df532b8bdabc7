"""Every registered page, opened by everyone, for every object: what is not one's own does not exist.

The matrix is made from the registry, so a new page is in it at once. A page with a new noun in its route needs one
line in `MAY_SEE`.
"""

import re
from itertools import product

import pytest
from django.test import Client
from django.urls import reverse
from tests.portal.campus import ACCOUNTS, CARD

from liwa.portal.pages import PUBLIC, Page, pages

Seen = dict[str, set[str]]

STUDENTS: Seen = {
    "adviser": {"st1", "st2", "st3"},
    "other-adviser": {"st4", "st5"},
    "teacher": {"st1", "st2", "st3"},
    "other-teacher": {"st1", "st4", "st5"},
}
CLASSES: Seen = {"teacher": {"k0", "k1"}, "other-teacher": {"k2"}}
FEEDS: Seen = {"data-office": {"sis", "lms"}}
CARDS: Seen = {name: {CARD} for name in ACCOUNTS}

# Noun in a route -> (everything there is, who may see which of it).
MAY_SEE: dict[str, tuple[set[str], Seen]] = {
    "student": ({"st1", "st2", "st3", "st4", "st5", "no-such-student"}, STUDENTS),
    "klass": ({"k0", "k1", "k2", "no-such-class"}, CLASSES),
    "feed": ({"sis", "lms", "no-such-feed"}, FEEDS),
    "load": ({"0", "1", "2"}, {"data-office": {"1", "2"}}),
    "card": ({CARD, "no-such-card"}, CARDS),
}

PAGES = [one for _, one in pages.items() if one.roles != PUBLIC]


def nouns(one: Page) -> list[str]:
    """The objects a page's route names."""
    return re.findall(r"<\w+:(\w+)>", one.route)


def expected(one: Page, account: str, objects: dict[str, str]) -> bool:
    """Whether the account may open the page for these objects."""
    role = ACCOUNTS[account]
    if not one.is_open_to(frozenset({role} - {""})):
        return False
    return all(key in MAY_SEE[noun][1].get(account, set()) for noun, key in objects.items())


def combinations(one: Page) -> list[dict[str, str]]:
    """Every choice of objects for the page's route."""
    names = nouns(one)
    return [dict(zip(names, keys, strict=True)) for keys in product(*(sorted(MAY_SEE[n][0]) for n in names))]


def open_page(client: Client, one: Page, objects: dict[str, str]) -> int:
    """The page's answer; a page without GET is sent an empty form."""
    address = reverse(one.name, kwargs=objects)
    answer = client.get(address) if "GET" in one.methods else client.post(address)
    return answer.status_code


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("one", PAGES, ids=lambda one: one.name)
def test_only_ones_own(one: Page, account: str, signed_in) -> None:
    client = signed_in(account)
    for objects in combinations(one):
        status = open_page(client, one, objects)
        if expected(one, account, objects):
            assert status in (200, 302), (account, objects, status)
        elif "GET" in one.methods or not one.is_open_to(frozenset({ACCOUNTS[account]})):
            assert status == 404, (account, objects, status)
        else:
            assert status in (400, 404), (account, objects, status)


@pytest.mark.parametrize("one", PAGES, ids=lambda one: one.name)
def test_the_signed_out_are_sent_to_sign_in(one: Page, campus, client: Client) -> None:
    address = reverse(one.name, kwargs=combinations(one)[0])
    answer = client.get(address) if "GET" in one.methods else client.post(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("sign-in"))


@pytest.mark.parametrize("one", PAGES, ids=lambda one: one.name)
def test_somebody_may_open_every_page(one: Page) -> None:
    assert any(expected(one, account, objects) for account in ACCOUNTS for objects in combinations(one))
