"""When two statements are the same."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liwa.statements.equality import agents_key, same_statement
from liwa.statements.versions import Version
from tests.statements.validation.made import (
    ACTIVITY,
    AGENT,
    ATTACHMENT,
    OTHER_UUID,
    UUID,
    VERB,
    statement,
    statements,
    within,
)

SIGNATURE = {
    **ATTACHMENT,
    "usageType": "http://adlnet.gov/expapi/attachments/signature",
    "contentType": "application/octet-stream",
}
B = {"mbox": "mailto:b@example.org"}
INNER = {"objectType": "SubStatement", **statement()}


def group(*members: dict[str, Any]) -> dict[str, Any]:
    return {"objectType": "Group", "member": list(members)}


SAME = {
    "stored": (statement(), statement(stored="2026-09-01T08:30:00Z")),
    "authority": (statement(authority=AGENT), statement(authority=B)),
    "version": (statement(version="1.0.0"), statement(version="1.0.3")),
    "id set by the store": (statement(), statement(id=UUID)),
    "id in capitals": (statement(id=OTHER_UUID), statement(id=OTHER_UUID.upper())),
    "timestamp set by the store": (statement(), statement(timestamp="2026-09-01T08:30:00Z")),
    "the same instant": (
        statement(timestamp="2026-09-01T08:30:00.5Z"),
        statement(timestamp="2026-09-01T16:30:00.500+08:00"),
    ),
    "an instant with less precision": (
        statement(timestamp="2026-09-01T08:30:00.123456Z"),
        statement(timestamp="2026-09-01T08:30:00.123Z"),
    ),
    "the same instant inside": (
        statement(object={**INNER, "timestamp": "2026-09-01T08:30:00Z"}),
        statement(object={**INNER, "timestamp": "2026-09-01T08:30:00+00:00"}),
    ),
    "display": (within("verb.display", {"en": "x"}), statement()),
    "definition": (within("object.definition", {"name": {"en": "x"}}), statement()),
    "definition inside": (
        statement(object={**INNER, "object": {"id": ACTIVITY, "definition": {}}}),
        statement(object=INNER),
    ),
    "definition of a context activity": (
        statement(context={"contextActivities": {"parent": [{"id": ACTIVITY, "definition": {}}]}}),
        statement(context={"contextActivities": {"parent": [{"id": ACTIVITY}]}}),
    ),
    "one context activity and an array of it": (
        statement(context={"contextActivities": {"parent": {"id": ACTIVITY}}}),
        statement(context={"contextActivities": {"parent": [{"id": ACTIVITY}]}}),
    ),
    "members in another order": (statement(actor=group(AGENT, B)), statement(actor=group(B, AGENT))),
    "domain in capitals": (
        statement(actor={"mbox": "mailto:Bo@example.org"}),
        statement(actor={"mbox": "mailto:Bo@EXAMPLE.org"}),
    ),
    "hash in capitals": (
        statement(actor={"mbox_sha1sum": "ab" * 20}),
        statement(actor={"mbox_sha1sum": "AB" * 20}),
    ),
    "language in capitals": (within("context.language", "en-us"), within("context.language", "en-US")),
    "duration beyond hundredths": (
        within("result.duration", "PT0.12S"),
        within("result.duration", "PT0.1299S"),
    ),
    "duration without a fraction": (within("result.duration", "PT1S"), within("result.duration", "PT1.001S")),
    "numbers written otherwise": (within("result.score.raw", 1), within("result.score.raw", 1.0)),
    "signature": (statement(), statement(attachments=[SIGNATURE])),
    "order of properties": (
        {"verb": {"id": VERB}, "object": {"id": ACTIVITY}, "actor": dict(AGENT)},
        statement(),
    ),
}

E = "https://example.org/e"
DIFFERENT = {
    "id": (statement(id=UUID), statement(id=OTHER_UUID)),
    "actor": (statement(), statement(actor=B)),
    "name": (statement(), within("actor.name", "A")),
    "local part in capitals": (
        statement(actor={"mbox": "mailto:bo@example.org"}),
        statement(actor={"mbox": "mailto:Bo@example.org"}),
    ),
    "members": (statement(actor=group(AGENT, AGENT)), statement(actor=group(AGENT, B))),
    "how often a member": (statement(actor=group(AGENT, AGENT, B)), statement(actor=group(AGENT, B, B))),
    "verb": (statement(), within("verb.id", f"{VERB}x")),
    "object": (statement(), within("object.id", f"{ACTIVITY}x")),
    "instant": (
        statement(timestamp="2026-09-01T08:30:00.001Z"),
        statement(timestamp="2026-09-01T08:30:00.003Z"),
    ),
    "instant inside": (
        statement(object={**INNER, "timestamp": "2026-09-01T08:30:00Z"}),
        statement(object={**INNER, "timestamp": "2026-09-01T08:31:00Z"}),
    ),
    "no instant inside": (
        statement(object={**INNER, "timestamp": "2026-09-01T08:30:00Z"}),
        statement(object=INNER),
    ),
    "result": (statement(), within("result.success", True)),
    "duration": (within("result.duration", "PT0.12S"), within("result.duration", "PT0.13S")),
    "duration in other units": (within("result.duration", "PT60S"), within("result.duration", "PT1M")),
    "true and 1": (within("result.extensions", {E: True}), within("result.extensions", {E: 1})),
    "null and nothing": (within("result.extensions", {E: None}), within("result.extensions", {})),
    "order in an extension": (
        within("result.extensions", {E: [1, 2]}),
        within("result.extensions", {E: [2, 1]}),
    ),
    "registration": (within("context.registration", UUID), within("context.registration", OTHER_UUID)),
    "context activity": (
        statement(context={"contextActivities": {"parent": [{"id": ACTIVITY}]}}),
        statement(context={"contextActivities": {"other": [{"id": ACTIVITY}]}}),
    ),
    "attachment": (
        statement(attachments=[ATTACHMENT]),
        statement(attachments=[{**ATTACHMENT, "sha2": "cd" * 32}]),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_same(name: str) -> None:
    a, b = SAME[name]
    before = copy.deepcopy((a, b))
    assert same_statement(a, b)
    assert same_statement(b, a)
    assert (a, b) == before


@pytest.mark.parametrize("name", DIFFERENT)
def test_different(name: str) -> None:
    a, b = DIFFERENT[name]
    assert not same_statement(a, b)
    assert not same_statement(b, a)


@pytest.mark.parametrize("version", Version)
@given(data=st.data())
def test_a_statement_is_the_same_as_itself(version: Version, data: st.DataObject) -> None:
    value = data.draw(statements(version))
    assert same_statement(value, copy.deepcopy(value))


@given(statements(Version.V2), statements(Version.V2))
def test_any_two_get_the_same_answer_both_ways(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert same_statement(a, b) == same_statement(b, a)


def test_depth_does_not_hurt() -> None:
    deep: Any = []
    other: Any = [1]
    for _ in range(10_000):
        deep, other = [deep], [other]
    assert same_statement(within("result.extensions", {E: deep}), within("result.extensions", {E: deep}))
    assert not same_statement(within("result.extensions", {E: deep}), within("result.extensions", {E: other}))


def test_an_account_is_called_by_home_page_and_name() -> None:
    account = {"homePage": "https://lms.example.org/a|b", "name": "x|y"}
    assert agents_key({"account": account}) == "account:https://lms.example.org/a%7Cb|x|y"
    assert agents_key(AGENT) == "mbox:mailto:a@example.org"
    assert agents_key(group(AGENT)) == ""
