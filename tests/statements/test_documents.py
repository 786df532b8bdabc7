"""Documents: what is stored byte for byte, what is merged, what a request must find, and races nobody loses by."""

import hashlib
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from liwa.statements import documents as docs
from liwa.statements import models
from liwa.statements.errors import Conflict, Malformed, NotFound, Precondition, TooLarge
from liwa.statements.validation import MOST_PARTS
from tests.statements.racing import at_once

ROOT = Path(__file__).parents[2]
JSON, TEXT = "application/json", "text/plain"
A, B = "https://example.org/a", "https://example.org/b"
MAE = "mbox:mailto:mae@example.org"
REGISTRATION = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
STATE = docs.StateKey(A, MAE, id="s")
PROFILE = docs.ActivityProfileKey(A, "p")
AGENT = docs.AgentProfileKey(MAE, "p")
ALL = pytest.mark.parametrize("key", [STATE, PROFILE, AGENT], ids=lambda key: key.kind.value)

pytestmark = pytest.mark.django_db(transaction=True)


@ALL
def test_any_bytes_come_back_as_they_were(key: docs.Key) -> None:
    content = bytes(range(256)) * 3
    etag = docs.put(key, content, "image/x-thing; charset=none")
    found = docs.get(key)
    assert (found.content, found.content_type) == (content, "image/x-thing; charset=none")
    assert found.etag == etag == hashlib.sha1(content).hexdigest()


@ALL
def test_nothing_is_not_found(key: docs.Key) -> None:
    with pytest.raises(NotFound):
        docs.get(key)
    docs.delete(key)


def test_documents_are_told_apart_by_everything_that_names_them() -> None:
    keys = [
        STATE,
        docs.StateKey(B, MAE, id="s"),
        docs.StateKey(A, "mbox:mailto:o@example.org", id="s"),
        docs.StateKey(A, MAE, REGISTRATION, "s"),
        docs.StateKey(A, MAE, id="t"),
        docs.ActivityProfileKey(A, "s"),
        docs.AgentProfileKey(MAE, "s"),
    ]
    for number, key in enumerate(keys):
        docs.put(key, str(number).encode(), TEXT)
    assert [docs.get(key).content for key in keys] == [str(number).encode() for number in range(len(keys))]


def test_a_registration_is_the_same_in_small_and_large_letters() -> None:
    docs.put(docs.StateKey(A, MAE, REGISTRATION.upper(), "s"), b"x", TEXT)
    assert docs.get(docs.StateKey(A, MAE, REGISTRATION, "s")).content == b"x"


@pytest.mark.parametrize("id", ["", "ä/ö?&#", "长" * 3000, "a\nb", "'; --"])
def test_any_text_is_an_id(id: str) -> None:
    docs.put(docs.ActivityProfileKey(A, id), b"x", TEXT)
    assert docs.list_ids(docs.ActivityProfileKey(A)).ids == [id]
    assert docs.get(docs.ActivityProfileKey(A, id)).content == b"x"


def test_but_for_one_with_a_character_no_database_takes() -> None:
    with pytest.raises(Malformed):
        docs.put(docs.ActivityProfileKey(A, "a\0b"), b"x", TEXT)


# What a request must find


@ALL
@pytest.mark.parametrize("change", [docs.put, docs.merge])
def test_if_match(key: docs.Key, change) -> None:
    with pytest.raises(Precondition):
        change(key, b'{"a":1}', JSON, if_match="*")
    etag = docs.put(key, b'{"a":1}', JSON)
    with pytest.raises(Precondition):
        change(key, b'{"a":2}', JSON, if_match='"1234"')
    assert docs.get(key).content == b'{"a":1}'
    fresh = change(key, b'{"a":2}', JSON, if_match=f'"{etag}"')
    assert docs.get(key).content == b'{"a":2}'
    with pytest.raises(Precondition):
        docs.delete(key, if_match=f'"{etag}"')
    docs.delete(key, if_match=f'"{fresh}"')
    with pytest.raises(NotFound):
        docs.get(key)


@ALL
@pytest.mark.parametrize("change", [docs.put, docs.merge])
def test_if_none_match(key: docs.Key, change) -> None:
    change(key, b'{"a":1}', JSON, if_none_match="*")
    with pytest.raises(Precondition):
        change(key, b'{"a":2}', JSON, if_none_match="*")
    assert docs.get(key).content == b'{"a":1}'


@pytest.mark.parametrize("header", ['"{}"', "{}", 'W/"{}"', '"x", "{}"', ' "{}" ,"y"', "*"])
def test_etags_as_clients_and_proxies_write_them(header: str) -> None:
    etag = docs.put(PROFILE, b"old", TEXT)
    docs.put(PROFILE, b"new", TEXT, if_match=header.format(etag))
    assert docs.get(PROFILE).content == b"new"


@pytest.mark.parametrize("key", [PROFILE, AGENT], ids=lambda key: key.kind.value)
def test_a_profile_is_not_replaced_blindly(key: docs.Key) -> None:
    docs.put(key, b"old", TEXT)
    with pytest.raises(Conflict, match="If-Match"):
        docs.put(key, b"new", TEXT)
    assert docs.get(key).content == b"old"


def test_a_state_is() -> None:
    docs.put(STATE, b"old", TEXT)
    docs.put(STATE, b"new", "x/y")
    found = docs.get(STATE)
    assert (found.content, found.content_type) == (b"new", "x/y")


# Merging


def test_only_the_outermost_properties_are_merged() -> None:
    docs.put(STATE, b'{"a": {"x": 1, "y": 2}, "b": 1.50, "c": [1]}', JSON)
    docs.merge(STATE, '{"a": {"x": 9}, "d": "ü"}'.encode(), "application/JSON; charset=utf-8")
    assert json.loads(docs.get(STATE).content) == {"a": {"x": 9}, "b": 1.5, "c": [1], "d": "ü"}


def test_numbers_stay_as_they_were_written() -> None:
    docs.put(STATE, b'{"a":1.50,"b":12345678901234567890123.0,"c":1e2}', JSON)
    docs.merge(STATE, b'{"d":-0.0}', JSON)
    assert docs.get(STATE).content == b'{"a":1.50,"b":12345678901234567890123.0,"c":1e2,"d":-0.0}'


@ALL
def test_the_first_of_its_kind_is_stored_as_it_is(key: docs.Key) -> None:
    docs.merge(key, b'{ "a" : 1 }', JSON)
    assert docs.get(key).content == b'{ "a" : 1 }'


BROKEN = [
    b"",
    b"[1]",
    b"1",
    b'"a"',
    b"null",
    b'{"a":1',
    b'{"a":1}{',
    b'{"a":\xff}',
    b"\xef\xbb\xbf{}",
    b'{"a":nul}',
]


@pytest.mark.parametrize("content", [*BROKEN, b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"])
def test_what_is_no_object_is_not_merged(content: bytes) -> None:
    docs.put(STATE, b'{"a":1}', JSON)
    with pytest.raises(Malformed):
        docs.merge(STATE, content, JSON)
    assert docs.get(STATE).content == b'{"a":1}'


@pytest.mark.parametrize(("stored", "kind"), [(b'{"a":1}', TEXT), (b"[]", JSON), (b"abc", JSON)])
def test_nor_into_what_is_no_object(stored: bytes, kind: str) -> None:
    docs.put(STATE, stored, kind)
    with pytest.raises(Malformed, match="stored"):
        docs.merge(STATE, b'{"b":2}', JSON)
    assert docs.get(STATE).content == stored


@pytest.mark.parametrize("kind", [TEXT, "", "application/octet-stream", "application/jsonx", "text/json"])
def test_only_json_is_merged(kind: str) -> None:
    with pytest.raises(Malformed, match="application/json"):
        docs.merge(STATE, b'{"b":2}', kind)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=3), values, max_size=4)


@pytest.mark.django_db(transaction=False)
@given(old=objects, new=objects)
def test_merging_is_what_updating_a_dictionary_is(old: dict, new: dict) -> None:
    parts = [docs._properties(json.dumps(one).encode(), JSON, "it") for one in (old, new)]
    merged = docs.msgspec.json.encode(parts[0] | parts[1])
    assert json.loads(merged) == {**old, **new}


# Lists


def test_lists_and_since() -> None:
    for id in ("c", "a", "b"):
        docs.put(docs.StateKey(A, MAE, id=id), b"x", TEXT)
    docs.put(docs.StateKey(A, MAE, REGISTRATION, "a"), b"x", TEXT)
    docs.put(docs.StateKey(A, MAE, REGISTRATION, "z"), b"x", TEXT)
    docs.put(docs.StateKey(B, MAE, id="other"), b"x", TEXT)
    assert docs.list_ids(docs.StateKey(A, MAE)).ids == ["a", "b", "c", "z"]
    assert docs.list_ids(docs.StateKey(A, MAE, REGISTRATION.upper())).ids == ["a", "z"]
    at = docs.get(docs.StateKey(A, MAE, id="b")).updated_at
    assert docs.list_ids(docs.StateKey(A, MAE), since=at).ids == ["a", "z"]
    assert docs.list_ids(docs.StateKey(A, MAE), since=at - timedelta(microseconds=1)).ids == ["a", "b", "z"]
    last = docs.get(docs.StateKey(A, MAE, REGISTRATION, "z")).updated_at
    assert docs.list_ids(docs.StateKey(A, MAE)).updated_at == last
    assert docs.list_ids(docs.StateKey(A, MAE), since=last) == docs.Listing([], None)


def test_all_states_of_a_context_go_at_once() -> None:
    for registration in ("", REGISTRATION):
        for id in ("a", "b"):
            docs.put(docs.StateKey(A, MAE, registration, id), b"x", TEXT)
    docs.put(docs.StateKey(B, MAE, id="a"), b"x", TEXT)
    docs.put(PROFILE, b"x", TEXT)
    assert docs.delete_all(docs.StateKey(A, MAE, REGISTRATION)) == 2
    assert docs.list_ids(docs.StateKey(A, MAE)).ids == ["a", "b"]
    assert docs.delete_all(docs.StateKey(A, MAE)) == 2
    assert models.Document.objects.count() == 2


def test_whose_documents_they_are_can_be_found() -> None:
    docs.put(STATE, b"x", TEXT)
    docs.put(AGENT, b"x", TEXT)
    docs.put(PROFILE, b"x", TEXT)
    assert models.Document.objects.filter(agent_hash=docs.agent_hash(MAE)).count() == 2
    assert docs.agent_hash("") == ""


# Races

RACERS = 8


@ALL
def test_of_many_who_make_a_document_one_wins(key: docs.Key) -> None:
    for round in range(5):
        raced = type(key)(**{**vars(key), "id": f"round {round}"})
        came = at_once(
            RACERS, lambda place, raced=raced: docs.put(raced, b"%d" % place, TEXT, if_none_match="*")
        )
        won = [place for place, result in enumerate(came) if isinstance(result, str)]
        assert len(won) == 1
        assert docs.get(raced).content == b"%d" % won[0]
        assert sum(isinstance(result, Precondition) for result in came) == RACERS - 1


def test_of_many_who_make_a_profile_blindly_one_wins() -> None:
    came = at_once(RACERS, lambda place: docs.put(PROFILE, b"%d" % place, TEXT))
    assert [type(result) for result in came if not isinstance(result, str)] == [Conflict] * (RACERS - 1)


def test_states_made_blindly_all_succeed() -> None:
    came = at_once(RACERS, lambda place: docs.put(STATE, b"%d" % place, TEXT))
    assert all(isinstance(result, str) for result in came)
    assert docs.get(STATE).etag in came


def test_of_many_who_replace_the_same_state_one_wins() -> None:
    etag = docs.put(PROFILE, b"old", TEXT)
    came = at_once(RACERS, lambda place: docs.put(PROFILE, b"%d" % place, TEXT, if_match=etag))
    assert sum(isinstance(result, str) for result in came) == 1
    assert sum(isinstance(result, Precondition) for result in came) == RACERS - 1


def test_no_merge_is_lost_even_of_the_first() -> None:
    came = at_once(RACERS, lambda place: docs.merge(STATE, b'{"p%d": %d}' % (place, place), JSON))
    assert all(isinstance(result, str) for result in came)
    assert json.loads(docs.get(STATE).content) == {f"p{place}": place for place in range(RACERS)}


def test_removing_and_replacing_exclude_each_other() -> None:
    for _ in range(5):
        etag = docs.put(PROFILE, b"old", TEXT, if_none_match="*")
        came = at_once(
            2,
            lambda place, etag=etag: (
                docs.delete(PROFILE, etag) if place else docs.put(PROFILE, b"new", TEXT, etag)
            ),
        )
        assert sum(isinstance(result, Precondition) for result in came) == 1
        assert docs.list_ids(docs.ActivityProfileKey(A)).ids == (["p"] if isinstance(came[0], str) else [])
        docs.delete(PROFILE)


def test_removing_and_making_over_and_over_never_fails() -> None:
    def work(place: int) -> None:
        for number in range(10):
            if place % 2:
                docs.put(STATE, b"%d" % number, TEXT)
            else:
                docs.delete(STATE)

    assert at_once(4, work) == [None] * 4


def test_processes_that_count_in_a_document_miss_nothing() -> None:
    docs.put(docs.ActivityProfileKey(A, "counter"), b"0", TEXT)
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.statements.counting", "25"],
            cwd=ROOT,
            env={**os.environ, "LIWA_DATABASE_URL": _url()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for process in running:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    for process in running:
        process.communicate(timeout=120)
        assert process.returncode == 0
    assert docs.get(docs.ActivityProfileKey(A, "counter")).content == b"75"


def _url() -> str:
    """The URL of the test's database, for another process."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{found['NAME']}"
    head, mark, query = os.environ["LIWA_DATABASE_URL"].partition("?")
    return f"{head.rpartition('/')[0]}/{found['NAME']}{mark}{query}"


def test_a_document_does_not_grow_beyond_its_limit() -> None:
    docs.merge(STATE, b'{"a":"%b"}' % (b"x" * 60), JSON, limit=100)
    with pytest.raises(TooLarge):
        docs.merge(STATE, b'{"b":"%b"}' % (b"x" * 60), JSON, limit=100)
    docs.merge(STATE, b'{"a":"%b"}' % (b"y" * 60), JSON, limit=100)
    assert docs.get(STATE).content == b'{"a":"%b"}' % (b"y" * 60)


def test_nor_beyond_the_arrays_and_objects_that_can_be_read() -> None:
    half = b"[%b]" % b",".join([b"[]"] * (MOST_PARTS * 2 // 3))
    docs.merge(STATE, b'{"a":%b}' % half, JSON)
    with pytest.raises(Malformed, match="arrays and objects"):
        docs.merge(STATE, b'{"b":%b}' % half, JSON)
    docs.put(STATE, b"[%b]" % b",".join([half, half]), JSON)
    with pytest.raises(Malformed, match="arrays and objects"):
        docs.merge(STATE, b'{"b":1}', JSON)
