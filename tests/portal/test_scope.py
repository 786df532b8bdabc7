"""Every registered page, opened by everyone, for every object: what is not one's own does not exist.

The matrix is made from the registry, so a new page is in it at once.
"""

import pytest
from django.test import Client
from django.urls import reverse

from liwa.portal.pages import Page
from tests.portal.campus import ACCOUNTS
from tests.portal.matrix import PAGES, combinations, expected, roles


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
        elif "GET" in one.methods or not one.is_open_to(roles(account)):
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
