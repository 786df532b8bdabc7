"""Statements for tests, and a store that has them without going through HTTP."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from liwa.statements import store as statements_store
from liwa.statements.models import Credential
from liwa.statements.prepare import prepare
from liwa.statements.versions import Version

SPACE = UUID("00000000-0000-0000-0000-00000000feed")
HOME_PAGE = "https://lms.example.edu"
VERBS = "http://adlnet.gov/expapi/verbs/"
COURSE = "https://lms.example.edu/course/"
VIDEO = "https://w3id.org/xapi/video/activity-type/video"


def account(name: str) -> dict[str, Any]:
    return {"objectType": "Agent", "account": {"homePage": HOME_PAGE, "name": name}}


def key_of(name: str) -> str:
    """The key of that account."""
    return f"account:{HOME_PAGE}|{name}"


def statement(number: int, actor: Any = "ada", *, course: str = "RA", **fields: Any) -> dict[str, Any]:
    """The statement of that number: always the same id, a second after the one before."""
    at = datetime(2026, 9, 8, 1, tzinfo=UTC) + timedelta(seconds=number)
    found: dict[str, Any] = {
        "id": str(uuid5(SPACE, str(number))),
        "actor": account(actor) if isinstance(actor, str) else actor,
        "verb": {"id": f"{VERBS}experienced"},
        "object": {"id": f"https://lms.example.edu/page/{number % 7}", "definition": {"type": VIDEO}},
        "timestamp": at.isoformat(),
    }
    if course:
        found["context"] = {"contextActivities": {"parent": [{"id": f"{COURSE}{course}"}]}}
    return {**found, **fields}


def voiding(number: int, target: int) -> dict[str, Any]:
    """A statement that voids another."""
    ref = {"objectType": "StatementRef", "id": statement(target)["id"]}
    return statement(number, "admin", verb={"id": f"{VERBS}voided"}, object=ref, course="")


def lines(*statements: dict[str, Any]) -> str:
    """As JSON lines."""
    return "".join(f"{json.dumps(one)}\n" for one in statements)


def a_key(name: str = "lms", feed: str = "lrs") -> Credential:
    """A saved key of a feed."""
    now = datetime.now(UTC)
    return Credential.objects.get_or_create(
        pk=name, defaults={"name": name, "scopes": ["all"], "feed": feed, "created_at": now}
    )[0]


def store(*statements: dict[str, Any], key: Credential | None = None) -> None:
    """Store these as if a tool had sent them in one request."""
    prepared = prepare(json.dumps(statements).encode(), Version.V1, key or a_key())
    assert statements_store.store([prepared]).verdicts == [None]
