"""Statements for tests of the store."""

from typing import Any
from uuid import UUID, uuid4

import msgspec

from liwa.statements import commit, query
from liwa.statements.models import Credential
from liwa.statements.prepare import Prepared, prepare
from liwa.statements.versions import Version

ALL = Credential(key="all", name="all", scopes=["all"])
VERB = "https://example.org/verbs/met"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
ACTIVITY = "https://example.org/activities/lesson"


def agent(name: str) -> dict[str, Any]:
    """An agent with a mailbox."""
    return {"mbox": f"mailto:{name}@example.org"}


def activity(name: str) -> str:
    """An activity's id."""
    return f"https://example.org/activities/{name}"


def statement(name: str = "ann", **more: Any) -> dict[str, Any]:
    """A valid statement, with its id; `more` replaces properties, None leaves one out."""
    made = {
        "id": str(uuid4()),
        "actor": agent(name),
        "verb": {"id": VERB},
        "object": {"id": ACTIVITY},
        "timestamp": "2026-09-01T08:30:00Z",
        **more,
    }
    return {key: value for key, value in made.items() if value is not None}


def reference(target: dict[str, Any] | str, name: str = "bob", **more: Any) -> dict[str, Any]:
    """A statement about a statement."""
    pk = target if isinstance(target, str) else target["id"]
    return statement(name, object={"objectType": "StatementRef", "id": pk}, **more)


def voiding(target: dict[str, Any] | str, name: str = "bob") -> dict[str, Any]:
    """A statement that voids another."""
    return reference(target, name, verb={"id": VOIDED})


def prepared(
    *statements: dict[str, Any], by: Credential = ALL, version: Version = Version.V1
) -> list[Prepared]:
    """The statements as one request."""
    return prepare(msgspec.json.encode(statements), version, by)


def send(*statements: dict[str, Any], by: Credential = ALL) -> None:
    """Store the statements as one request."""
    commit.submit(prepared(*statements, by=by))


def ask(by: Credential | None = None, **params: Any) -> list[dict[str, Any]]:
    """The statements of the first page."""
    return page(by, **params)[0]


def page(by: Credential | None = None, **params: Any) -> tuple[list[dict[str, Any]], str]:
    """The statements of a page, and the link to the next."""
    found = query.find(query.parse(texts(params), Version.V1), by)
    return [msgspec.json.decode(one) for one in found.statements], found.more


def texts(params: dict[str, Any]) -> dict[str, str]:
    """Parameters as a request writes them."""
    return {
        name: value if isinstance(value, str) else msgspec.json.encode(value).decode()
        for name, value in params.items()
    }


def get(
    one: dict[str, Any] | str, *, voided: bool = False, by: Credential | None = None
) -> dict[str, Any] | None:
    """One statement."""
    pk = one if isinstance(one, str) else one["id"]
    found = query.one(UUID(pk), voided=voided, scope=by)
    return msgspec.json.decode(found) if found else None


def ids(statements: list[dict[str, Any]]) -> list[str]:
    """Their ids, in their order."""
    return [one["id"] for one in statements]
