"""A client with a key, through Django."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from liwa.statements import credentials


class Asking:
    """Sends requests as a learning tool would."""

    def __init__(self, scopes: tuple[str, ...] = ("all",), version: str = "1.0.3", **options: Any) -> None:
        self.credential, self.secret = credentials.issue("a tool", scopes, **options)
        self.version = version
        self.client = Client(raise_request_exception=False)

    @property
    def authorization(self) -> str:
        return "Basic " + base64.b64encode(f"{self.credential.key}:{self.secret}".encode()).decode()

    def __call__(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        content_type: str = "application/json",
        headers: dict[str, str | None] | None = None,
    ) -> Any:
        """The response; a header that is None is left out."""
        sent = {
            "X-Experience-API-Version": self.version,
            "Authorization": self.authorization,
            **(headers or {}),
        }
        given = {name: text for name, text in sent.items() if text is not None}
        return self.client.generic(method, f"/xapi/{path}", body, content_type, headers=given)


@pytest.fixture
def asking(db: None) -> Callable[..., Asking]:
    return Asking


@pytest.fixture
def ask(db: None) -> Asking:
    """With a key that may do everything."""
    return Asking()
