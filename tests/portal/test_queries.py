"""No page asks a question for each row it shows."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from liwa.accounts.models import Viewing
from liwa.portal.pages import Page
from liwa.records.models import CampusProfile
from tests.portal import campus as small
from tests.portal.matrix import PAGES, someone

MOST = 26


def asked(client: Client, one: Page, objects: dict[str, str]) -> list[str]:
    """The queries that the page takes; opened once before, so that a viewing is already noted."""
    address = reverse(one.name, kwargs=objects)
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get(address)
    return [query["sql"] for query in queries]


@pytest.mark.parametrize("one", [one for one in PAGES if "GET" in one.methods], ids=lambda one: one.name)
def test_queries_do_not_grow_with_rows(one: Page, signed_in) -> None:
    account, objects = someone(one)
    client = signed_in(account)
    before = asked(client, one, objects)
    small.grow(30)
    assert len(asked(client, one, objects)) == len(before)
    assert len(before) <= MOST


@pytest.mark.parametrize("one", [one for one in PAGES if "GET" in one.methods], ids=lambda one: one.name)
def test_the_campus_is_read_once_for_each_page(one: Page, signed_in) -> None:
    account, objects = someone(one)
    queries = asked(signed_in(account), one, objects)
    assert sum(CampusProfile._meta.db_table in query for query in queries) == 1


def test_viewing_a_student_reads_the_campus_once(signed_in) -> None:
    client = signed_in("adviser")
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("student", kwargs={"student": "st1"}))
    assert Viewing.objects.filter(student="st1").exists()
    assert sum(CampusProfile._meta.db_table in query["sql"] for query in queries) == 1
