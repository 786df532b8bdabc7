"""What one small request, or a key that may do little, must not be able to do."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from liwa.core import clock
from liwa.statements import agents, links, references
from liwa.statements.equality import same_statement
from liwa.statements.errors import Malformed
from liwa.statements.forget import Wanted
from liwa.statements.models import Credential, Link
from liwa.statements.prepare import prepare
from liwa.statements.pseudonyms import FORGOTTEN, is_tombstone, tombstone
from liwa.statements.signatures import _MOST_SIGNATURES, _read
from liwa.statements.validation import MOST_PARTS, decode
from liwa.statements.versions import Version
from tests.statements.made import ALL, agent, ask, get, ids, reference, send, statement, voiding


def limited(key: str, *scopes: str) -> Credential:
    """A key in force that may do what scopes say; the standard's default ones without."""
    made = Credential(
        key=key,
        secret_hash="x",
        name=key,
        scopes=list(scopes) or ["statements/write", "statements/read/mine"],
        created_at=clock.now(),
    )
    made.save()
    return made


# Time and memory


def test_the_longest_of_durations_are_compared() -> None:
    long = statement(result={"duration": f"P{'1' * 1_000_000}Y"})
    assert same_statement(long, long)
    assert not same_statement(long, {**long, "result": {"duration": "P1Y"}})
    exact = [
        statement(id=None, result={"duration": text})
        for text in ("PT1.239S", "PT1,23S", "PT1.24S", "PT11.23S")
    ]
    assert same_statement(exact[0], exact[1])
    assert not same_statement(exact[0], exact[2])
    assert not same_statement(exact[1], exact[3])


def test_one_of_many_properties_twice() -> None:
    body = b"{%b,%b}" % (b",".join(b'"%d":0' % number for number in range(200_000)), b'"77":1')
    with pytest.raises(Malformed, match='property "77" twice'):
        decode(body)


@pytest.mark.parametrize("escaped", [rb'"\u0061"', rb'"a\u0022:"'])
def test_an_escape_hides_no_repeated_property(escaped: bytes) -> None:
    assert decode(b'{"b":%b}' % escaped)
    with pytest.raises(Malformed, match="twice"):
        decode(b'{"b":%b,"c":1,"c":2}' % escaped)


@pytest.mark.parametrize("part", [b"[]", b"{}"])
def test_more_arrays_and_objects_than_anyone_needs(part: bytes) -> None:
    assert len(decode(b"[%b]" % b",".join([part] * (MOST_PARTS - 1)))) == MOST_PARTS - 1
    with pytest.raises(Malformed, match="arrays and objects"):
        decode(b"[%b]" % b",".join([part] * MOST_PARTS))


def test_a_payload_is_kept_once_for_all_signatures() -> None:
    each = {"protected": "e30", "signature": "AAAA"}
    written = {"payload": "A" * 100_000, "signatures": [each] * _MOST_SIGNATURES}
    payload, parts = _read(json.dumps(written).encode())
    assert len(payload) == 100_000
    assert sum(len(part.written) for part in parts) == 3 * _MOST_SIGNATURES
    with pytest.raises(Malformed, match="more than 10 signatures"):
        _read(json.dumps({**written, "signatures": [each] * (_MOST_SIGNATURES + 1)}).encode())


def test_a_name_of_an_account_has_no_nul() -> None:
    nobody = {"account": {"homePage": "https://example.org", "name": "a\0b"}}
    with pytest.raises(Malformed) as refused:
        prepare(json.dumps(statement(actor=nobody)).encode(), Version.V1, ALL)
    assert refused.value.path == "$.actor.account.name"


def _broad(activities: int) -> dict[str, Any]:
    others = [{"id": f"https://example.org/other/{number}"} for number in range(activities)]
    return statement(context={"contextActivities": {"other": others}})


@pytest.mark.django_db
@pytest.mark.parametrize("target_first", [True, False])
def test_references_to_what_has_many_terms(target_first: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "MOST_TOGETHER", 1_000)
    target = _broad(400)
    referring = [reference(target) for _ in range(20)]
    for some in ([target], referring) if target_first else (referring, [target]):
        send(*some)
    assert Link.objects.count() < 400 + 1_000 + 400 + 10 * len(referring)
    assert len(ask(verb=target["verb"]["id"], agent=json.dumps(agent("ann")))) > 1


@pytest.mark.django_db
def test_what_has_too_many_terms_is_not_found_through_others() -> None:
    target = _broad(references.MOST + 1)
    sent = reference(target)
    send(target)
    send(sent)
    other = json.dumps(target["context"]["contextActivities"]["other"][0]["id"])[1:-1]
    assert ids(ask(activity=other, related_activities="true")) == [target["id"]]


# Keys that may do little


@pytest.mark.django_db
@pytest.mark.parametrize("target_first", [True, False])
def test_a_reference_tells_nothing_of_what_one_may_not_read(target_first: bool) -> None:
    mine, other = limited("mine"), limited("other")
    target = statement("ann")
    sent = reference(target, "bob")
    order = [(target, other), (sent, mine)] if target_first else [(sent, mine), (target, other)]
    for one, by in order:
        send(one, by=by)
    assert ids(ask(by=mine)) == [sent["id"]]
    assert ask(by=mine, agent=json.dumps(agent("ann"))) == []
    assert ids(ask(agent=json.dumps(agent("ann")))) == [target["id"]]


@pytest.mark.django_db
@pytest.mark.parametrize("target_first", [True, False])
@pytest.mark.parametrize("scope", ["statements/read", "all"])
def test_who_may_read_everything_refers_to_everything(target_first: bool, scope: str) -> None:
    reader, other = limited("reader", "statements/write", scope), limited("other")
    target = statement("ann")
    sent = reference(target, "bob")
    order = [(target, other), (sent, reader)] if target_first else [(sent, reader), (target, other)]
    for one, by in order:
        send(one, by=by)
    assert set(ids(ask(agent=json.dumps(agent("ann"))))) == {target["id"], sent["id"]}


@pytest.mark.django_db
@pytest.mark.parametrize("target_first", [True, False])
def test_nobody_voids_what_he_may_not_read(target_first: bool) -> None:
    mine, other = limited("mine"), limited("other")
    target, own = statement("ann"), statement("bob")
    send(own, by=mine)
    send(voiding(own), by=mine)
    order = [(target, other), (voiding(target), mine)]
    for one, by in order if target_first else order[::-1]:
        send(one, by=by)
    assert get(target) is not None
    assert get(own) is None


@pytest.mark.django_db
def test_names_are_told_to_who_may_read_them() -> None:
    mine = limited("mine")
    send(statement(actor={**agent("ann"), "name": "Ann Moss"}), by=limited("other"))
    send(statement(actor={**agent("ann"), "name": "ann"}), by=mine)
    assert agents.person(agent("ann"), None)["name"] == ["ann", "Ann Moss"]
    assert agents.person(agent("ann"), mine)["name"] == ["ann"]
    assert "name" not in agents.person(agent("ann"), limited("profiles", "profile"))


def test_only_the_store_itself_leaves_tombstones() -> None:
    pk = uuid4()
    left = json.loads(tombstone(pk))
    assert is_tombstone(left)
    (sent,) = prepare(tombstone(pk), Version.V1, ALL)
    told = json.loads(sent.payload)
    assert told["verb"]["id"] == FORGOTTEN
    assert not is_tombstone(told)
    key = links.agents_key(told["actor"])
    wanted = Wanted(frozenset({key}), None, pseudonymise=False, salt="00")
    assert wanted.change(1, UUID(told["id"]), sent.payload.decode()) is not None
