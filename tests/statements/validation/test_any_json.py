"""Whatever JSON comes, a check lets it pass or refuses it, and nothing else happens."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liwa.statements.errors import Malformed
from liwa.statements.validation import check_statement, decode
from liwa.statements.validation.values import DEEPEST
from liwa.statements.versions import Version
from tests.statements.validation.made import anything, statement, statements, within

versions = st.sampled_from(list(Version))


def outcome(value: Any, version: Version) -> bool:
    """Whether it passed; any other exception than a refusal fails the test."""
    try:
        check_statement(value, version)
    except Malformed as refused:
        assert refused.path.startswith("$")
        assert refused.rule
        return False
    return True


@pytest.mark.parametrize("version", Version)
@given(data=st.data())
def test_what_the_standard_allows_passes(version: Version, data: st.DataObject) -> None:
    value = data.draw(statements(version))
    check_statement(value, version)
    assert decode(msgspec.json.encode(value)) == value


@given(anything, versions)
def test_any_value(value: Any, version: Version) -> None:
    assert not outcome(value, version)


@given(st.data(), versions)
def test_any_value_anywhere_in_a_statement(data: st.DataObject, version: Version) -> None:
    value = data.draw(statements(version))
    place: Any = value
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        deeper = place[key]
        if not isinstance(deeper, dict | list) or data.draw(st.booleans()):
            break
        place = deeper
    place[key] = data.draw(anything)
    outcome(value, version)


@given(st.data(), versions)
def test_a_property_nobody_knows_is_refused(data: st.DataObject, version: Version) -> None:
    value = data.draw(statements(version))
    place = value[data.draw(st.sampled_from(["actor", "verb", "object"]))]
    place["unheard of"] = 1
    assert not outcome(value, version)


def nested(levels: int) -> Any:
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value


@pytest.mark.parametrize(
    "path",
    ["actor", "verb", "object", "result", "context", "authority", "attachments", "object.definition.name"],
)
def test_ten_thousand_levels_are_malformed(path: str) -> None:
    assert not outcome(within(path, nested(10_000)), Version.V1)


def test_substatements_in_one_another_are_malformed() -> None:
    value = statement()
    for _ in range(10_000):
        value = {**statement(), "objectType": "SubStatement", "object": value}
    assert not outcome({**statement(), "object": value}, Version.V2)


def test_extensions_may_be_deep_but_not_bottomless() -> None:
    key = "https://example.org/e"
    check_statement(within("context.extensions", {key: nested(DEEPEST)}), Version.V1)
    assert not outcome(within("context.extensions", {key: nested(DEEPEST + 1)}), Version.V1)
    assert not outcome(within("context.extensions", {key: {"a": nested(10_000)}}), Version.V1)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[1,]",
        b"\xff",
        b'"\xff"',
        b"NaN",
        b"1e999",
        b"9" * 10_000,
        b'"\\ud800"',
        b'{"a": 1, "a": 2}',
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    ],
)
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        decode(body)


@given(st.binary())
def test_any_bytes(body: bytes) -> None:
    try:
        decode(body)
    except Malformed as refused:
        assert refused.path == "$"
