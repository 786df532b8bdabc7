"""No page asks a question for each row it shows."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from liwa.portal.pages import Page
from tests.portal import campus as small
from tests.portal.matrix import PAGES, someone

MOST = 26


def asked(client: Client, one: Page, objects: dict[str, str]) -> int:
    """How many queries the page takes; opened once before, so that a viewing is already noted."""
    address = reverse(one.name, kwargs=objects)
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(address)
    return len(queries)


@pytest.mark.parametrize("one", [one for one in PAGES if "GET" in one.methods], ids=lambda one: one.name)
def test_queries_do_not_grow_with_rows(one: Page, signed_in) -> None:
    account, objects = someone(one)
    client = signed_in(account)
    before = asked(client, one, objects)
    small.grow(30)
    assert asked(client, one, objects) == before
    assert before <= MOST
