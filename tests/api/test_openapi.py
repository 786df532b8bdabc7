"""The published description says what is, no less and no more."""

import json
from typing import Any

import pytest
from django.test import Client

from liwa.api.xapi.entry import PREFIX
from liwa.api.xapi.openapi import document
from liwa.api.xapi.resources import resources
from tests.api.conftest import Asking

METHODS = ("get", "head", "post", "put", "delete", "patch")
DESCRIPTION = document()
OPERATIONS = [
    (path, method, said[method])
    for path, said in DESCRIPTION["paths"].items()
    for method in METHODS
    if method in said
]


def example(schema: dict[str, Any]) -> str:
    """A value for a parameter of this schema."""
    if "$ref" in schema:
        return '{"mbox":"mailto:ana@example.edu"}'
    by_format = {
        "iri": "http://example.edu/a",
        "uuid": "ec531277-b57b-4c15-8d91-d292c5b2b8f7",
        "date-time": "2026-01-01T00:00:00Z",
    }
    by_type = {"boolean": "true", "integer": "3", "string": "text"}
    return schema.get("enum", [None])[0] or by_format.get(schema.get("format", "")) or by_type[schema["type"]]


def schema_of(parameter: dict[str, Any]) -> dict[str, Any]:
    return parameter.get("schema") or parameter["content"]["application/json"]["schema"]


def in_query(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in operation["parameters"] if one.get("in") == "query"}


def test_it_is_published_for_everybody(db: None) -> None:
    response = Client().get("/xapi/openapi.json")
    assert response.status_code == 200
    assert json.loads(response.content) == DESCRIPTION
    assert DESCRIPTION["openapi"] == "3.1.0"
    assert DESCRIPTION["servers"] == [{"url": PREFIX}]


def test_every_reference_leads_somewhere() -> None:
    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if "$ref" in value else []
            return own + [one for inner in value.values() for one in references(inner)]
        return [one for inner in value for one in references(inner)] if isinstance(value, list) else []

    for reference in set(references(DESCRIPTION)):
        _, *steps = reference.split("/")
        found: Any = DESCRIPTION
        for step in steps:
            found = found[step]


def test_all_resources_are_described() -> None:
    assert {path.removeprefix("/") for path in DESCRIPTION["paths"]} == set(resources())
    assert len(resources()) == 8


@pytest.mark.parametrize("path", DESCRIPTION["paths"])
@pytest.mark.parametrize("method", METHODS)
def test_methods_are_those_described(ask: Asking, path: str, method: str) -> None:
    response = ask(method.upper(), path.removeprefix("/"))
    assert (response.status_code == 405) == (method not in DESCRIPTION["paths"][path])


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_parameters_are_those_described(
    ask: Asking, path: str, method: str, operation: dict[str, Any]
) -> None:
    parameters = in_query(operation)
    some = "&".join(
        f"{name}={example(schema_of(one))}" for name, one in parameters.items() if one["required"]
    )
    target = f"{path.removeprefix('/')}?{some}"
    body = b"{}" if "requestBody" in operation else b""
    usual = ask(method.upper(), target, body)
    assert str(usual.status_code) in operation["responses"]
    assert ask(method.upper(), f"{target}&unheard=of").status_code == 400
    for name, one in parameters.items():
        if one["required"]:
            without = "&".join(
                f"{other}={example(schema_of(it))}"
                for other, it in parameters.items()
                if it["required"] and other != name
            )
            assert ask(method.upper(), f"{path.removeprefix('/')}?{without}", body).status_code == 400
        elif name != "cursor":
            more = ask(method.upper(), f"{target}&{name}={example(schema_of(one))}", body)
            assert str(more.status_code) in operation["responses"]
            if method != "head" and more.status_code == 400:  # not every two parameters go together
                assert "no such parameter" not in more.json()["error"]["rule"]


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_who_may_ask_is_described(ask: Asking, path: str, method: str, operation: dict[str, Any]) -> None:
    response = ask(method.upper(), path.removeprefix("/"), headers={"Authorization": None})
    assert (response.status_code == 401) == (operation.get("security") != [])
    assert str(response.status_code) in operation["responses"]


def test_what_comes_out_has_the_shapes_described(ask: Asking) -> None:
    about = ask("GET", "about").json()
    assert set(about) <= set(DESCRIPTION["components"]["schemas"]["About"]["properties"])
    error = ask("GET", "agents").json()
    assert set(error) == {"error"}
    assert set(error["error"]) == set(
        DESCRIPTION["components"]["schemas"]["Error"]["properties"]["error"]["properties"]
    )
