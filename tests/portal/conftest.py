"""The small campus, and someone signed in."""

from collections.abc import Callable

import pytest
from django.test import Client

from liwa.accounts.models import Account
from tests.portal import campus as small


@pytest.fixture
def campus(db: None) -> None:
    """A database that holds the small campus."""
    small.build()


@pytest.fixture
def signed_in(campus: None) -> Callable[[str], Client]:
    """A client signed in as the account of that name."""

    def sign_in(name: str) -> Client:
        client = Client()
        client.force_login(
            Account.objects.get(username=name), backend="django.contrib.auth.backends.ModelBackend"
        )
        return client

    return sign_in
