"""Statements in the formats `exact`, `ids` and `canonical`."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liwa.statements.canonical import (
    MOST_ADDED,
    MOST_LANGUAGES,
    Canonical,
    as_canonical,
    as_ids,
    exact,
    languages,
    one_language,
)
from liwa.statements.equality import same_statement
from liwa.statements.validation import check_statement
from liwa.statements.versions import Version
from tests.statements.validation.made import ACTIVITY, AGENT, UUID, VERB, statement, statements, within

NUMBERS = b'{"score":{"raw":1.10,"max":1e2},"extensions":{"https://example.org/e":[1.000, -0, 12345678901234567890123]}}'
B = {"mbox": "mailto:b@example.org"}


def written(value: Any) -> bytes:
    return json.dumps(value).encode()


def ids(value: dict[str, Any]) -> Any:
    return json.loads(as_ids(written(value)))


def canonical(value: dict[str, Any], definitions: Any = None, header: str = "") -> Any:
    return json.loads(as_canonical(written(value), definitions or {}, languages(header)))


def with_numbers(**properties: Any) -> bytes:
    return written(statement(**properties, result="HERE")).replace(b'"HERE"', NUMBERS)


# ids


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"name": "A", **AGENT}, AGENT),
        ({"objectType": "Agent", "name": "A", **AGENT}, {"objectType": "Agent", **AGENT}),
        ({"objectType": "Group", "name": "G", "member": [B], **AGENT}, {"objectType": "Group", **AGENT}),
        (
            {"objectType": "Group", "name": "G", "member": [{"name": "B", **B}]},
            {"objectType": "Group", "member": [B]},
        ),
    ],
)
def test_agents_keep_what_identifies_them(before: dict[str, Any], after: dict[str, Any]) -> None:
    context = {"instructor": before, "team": before}
    found = ids(statement(actor=before, authority=before, context=context))
    assert found["actor"] == found["authority"] == after
    assert found["context"] == {"instructor": after, "team": after}
    if "objectType" in before:
        assert ids(statement(object=before))["object"] == after


def test_agents_in_a_context_of_version_2_keep_what_identifies_them() -> None:
    context = {
        "contextAgents": [
            {
                "objectType": "contextAgent",
                "agent": {"name": "A", **AGENT},
                "relevantTypes": ["https://x.org"],
            }
        ],
        "contextGroups": [
            {"objectType": "contextGroup", "group": {"objectType": "Group", "member": [], **B}}
        ],
    }
    assert ids(statement(context=context))["context"] == {
        "contextAgents": [{"objectType": "contextAgent", "agent": AGENT, "relevantTypes": ["https://x.org"]}],
        "contextGroups": [{"objectType": "contextGroup", "group": {"objectType": "Group", **B}}],
    }


def test_verbs_and_activities_keep_their_ids() -> None:
    activity = {"objectType": "Activity", "id": ACTIVITY, "definition": {"name": {"en": "x"}}}
    short = {"id": ACTIVITY}
    inner = {**statement(), "verb": {"id": VERB, "display": {"en": "did"}}, "object": activity}
    found = ids({**inner, "context": {"contextActivities": {"parent": activity, "other": [activity]}}})
    assert found["verb"] == {"id": VERB}
    assert found["object"] == short
    assert found["context"]["contextActivities"] == {"parent": [short], "other": [short]}
    nested = ids(statement(object={"objectType": "SubStatement", **inner}))["object"]
    assert nested == {"objectType": "SubStatement", "actor": AGENT, "verb": {"id": VERB}, "object": short}
    reference = {"objectType": "StatementRef", "id": UUID}
    assert ids(statement(object=reference))["object"] == reference


@pytest.mark.parametrize("version", Version)
@given(data=st.data())
def test_what_is_left_is_still_a_statement(version: Version, data: st.DataObject) -> None:
    check_statement(ids(data.draw(statements(version))), version)


# canonical


def test_an_activity_is_as_the_store_knows_it() -> None:
    definitions = {ACTIVITY: {"name": {"en": "known", "de": "bekannt"}, "type": "https://example.org/t"}}
    german = {"name": {"de": "bekannt"}, "type": "https://example.org/t"}
    value = within("object.definition", {"name": {"en": "sent"}})
    value["context"] = {"contextActivities": {"grouping": [{"id": ACTIVITY}, {"id": f"{ACTIVITY}0"}]}}
    found = canonical(value, definitions, "de")
    assert found["object"]["definition"] == german
    assert found["context"]["contextActivities"]["grouping"] == [
        {"id": ACTIVITY, "definition": german},
        {"id": f"{ACTIVITY}0"},
    ]
    inner = canonical(statement(object={"objectType": "SubStatement", **statement()}), definitions, "de")
    assert inner["object"]["object"]["definition"] == german


def test_each_text_is_in_one_language() -> None:
    value = within(
        "object.definition",
        {
            "name": {"en": "name", "fr": "nom"},
            "description": {"en": "text", "de": "Text"},
            "interactionType": "choice",
            "choices": [{"id": "a", "description": {"en": "one", "fr": "un"}}, {"id": "b"}],
        },
    )
    value["verb"]["display"] = {"en": "did", "fr": "a fait"}
    found = canonical(value, header="fr, en;q=0.5")
    assert found["verb"]["display"] == {"fr": "a fait"}
    assert found["object"]["definition"] == {
        "name": {"fr": "nom"},
        "description": {"en": "text"},
        "interactionType": "choice",
        "choices": [{"id": "a", "description": {"fr": "un"}}, {"id": "b"}],
    }


def test_agents_stay_as_they_were() -> None:
    value = statement(actor={"name": "A", **AGENT}, object={"objectType": "Agent", "name": "B", **B})
    assert canonical(value) == value


@pytest.mark.parametrize("version", Version)
@given(data=st.data())
def test_a_canonical_statement_is_the_same_statement(version: Version, data: st.DataObject) -> None:
    value = data.draw(statements(version))
    found = canonical(value, {ACTIVITY: {"name": {"en": "x"}}}, "en-GB, *;q=0.1")
    check_statement(found, version)
    assert same_statement(found, value)


# exact, and what all have in common


def test_numbers_keep_their_digits() -> None:
    payload = with_numbers(context={"contextActivities": {"parent": {"id": ACTIVITY}}})
    for found in (exact(payload), as_ids(payload), as_canonical(payload, {}, [])):
        assert NUMBERS in found
    definition = b'{"extensions": {"https://example.org/e": 1.10}}'
    received = written(within("object.definition", "HERE")).replace(b'"HERE"', definition)
    assert b"1.10" in as_canonical(received, {}, [])


def test_exact_changes_nothing_but_lone_context_activities() -> None:
    spaced = json.dumps(
        statement(context={"contextActivities": {"parent": [{"id": ACTIVITY}]}}), indent=2
    ).encode()
    assert exact(spaced) is spaced
    assert exact(with_numbers()) == with_numbers()
    lone = {"contextActivities": {"parent": {"id": ACTIVITY}, "other": []}}
    listed = {"contextActivities": {"parent": [{"id": ACTIVITY}], "other": []}}
    assert json.loads(exact(written(statement(context=lone)))) == statement(context=listed)
    inner = {"objectType": "SubStatement", **statement()}
    found = json.loads(exact(written(statement(object={**inner, "context": lone}))))
    assert found == statement(object={**inner, "context": listed})


# languages


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", []),
        ("en-GB", ["en-gb"]),
        ("da, en-gb;q=0.8, en;q=0.7", ["da", "en-gb", "en"]),
        ("en;q=0.2,fr ; q=0.9,*;q=0.1", ["fr", "en", "*"]),
        ("en;q=0, *", ["*", "!en"]),
        ("en;q=x, de;q=2, fr;q=nan, it", ["it"]),
        (",;,=;q=1", ["="]),
    ],
)
def test_languages_by_how_much_they_are_wanted(header: str, found: list[str]) -> None:
    assert languages(header) == found


@pytest.mark.parametrize(
    ("header", "tags", "chosen"),
    [
        ("de", "en de", "de"),
        ("EN-gb", "en en-GB", "en-GB"),
        ("en", "fr en-US en", "en"),
        ("en", "fr en-US", "en-US"),
        ("en-GB", "fr en", "en"),
        ("en-GB", "fr en-US", "en-US"),
        ("zh-Hant-TW, en", "zh-Hans zh-Hant en", "en"),
        ("zh-Hant-TW", "zh-Hans zh-Hant", "zh-Hans"),
        ("e", "fr en", "fr"),
        ("it", "fr und", "und"),
        ("it", "fr en", "fr"),
        ("*", "fr en", "fr"),
        ("en-GB, *;q=0.1", "fr en", "en"),
        ("*, fr;q=0", "fr en", "en"),
        ("fr;q=0", "fr en", "en"),
        ("fr;q=0", "fr", "fr"),
        ("en;q=0.5, en-US;q=0, fr;q=0.1", "en-US fr", "fr"),
        ("*;q=0, en", "fr en", "en"),
        ("", "fr en", "fr"),
    ],
)
def test_the_language_that_suits_best(header: str, tags: str, chosen: str) -> None:
    texts = {tag: f"in {tag}" for tag in tags.split()}
    assert one_language(texts, languages(header)) == {chosen: f"in {chosen}"}


def test_no_text_in_no_language() -> None:
    assert one_language({}, ["en"]) == {}


@given(st.text(), st.dictionaries(st.text(), st.text(), min_size=1, max_size=4))
def test_any_header_chooses_one(header: str, texts: dict[str, str]) -> None:
    found = one_language(texts, languages(header))
    assert len(found) == 1
    assert found.items() <= texts.items()


# What one statement may become


def test_what_is_known_makes_no_statement_much_larger() -> None:
    known = {ACTIVITY: {"description": {"en": "x" * 2000, "de": "y"}}}
    said = {"description": {"en": "x", "de": "z" * 9}}
    own = {"id": ACTIVITY, "definition": said}
    fits, many = MOST_ADDED // 2100, MOST_ADDED // 2000
    reader = Canonical(languages("en"))
    reader.learn(known)
    for number, definition in (
        (fits, {"description": {"en": "x" * 2000}}),
        (many, {"description": {"en": "x"}}),
    ) * 2:
        payload = written(statement(object=own, context={"contextActivities": {"other": [own] * number}}))
        made = reader.statement(payload)
        assert len(made) < len(payload) + MOST_ADDED
        found = json.loads(made)
        assert found["object"]["definition"] == definition
        assert found["context"]["contextActivities"]["other"] == [{**own, "definition": definition}] * number


def test_so_many_languages_count() -> None:
    header = ",".join(f"x-{number};q=0.{number:03}" for number in range(1, 90))
    assert languages(header) == [f"x-{number}" for number in range(89, 89 - MOST_LANGUAGES, -1)]
