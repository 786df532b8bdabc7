"""Statements stored, refused, resent, voided, and what they say of activities."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from liwa.core import clock
from liwa.statements import activities, agents, commit, query, store
from liwa.statements.errors import Conflict, Malformed
from liwa.statements.models import Credential, Link, Statement
from liwa.statements.prepare import prepare
from liwa.statements.versions import Version
from tests.statements.made import ALL, ask, get, ids, prepared, reference, send, statement, voiding

pytestmark = pytest.mark.django_db


def test_what_is_answered_is_what_was_sent_completed() -> None:
    sent = statement(stored="2001-01-01T00:00:00Z", authority={"mbox": "mailto:me@example.org"})
    before = clock.now()
    send(sent)
    found = get(sent)
    assert found is not None
    assert found["authority"] == ALL.authority
    assert found["version"] == "1.0.0"
    assert before <= datetime.fromisoformat(found["stored"]) <= clock.now()
    assert {key: found[key] for key in ("id", "actor", "verb", "object", "timestamp")} == {
        key: sent[key] for key in ("id", "actor", "verb", "object", "timestamp")
    }


def test_numbers_keep_their_digits() -> None:
    text = (
        '{"actor":{"mbox":"mailto:a@example.org"},"verb":{"id":"https://example.org/v"},'
        '"object":{"id":"https://example.org/o"},'
        '"result":{"extensions":{"https://example.org/x":[1.10, 1e3, 12345678901234567890]}}}'
    )
    (one,) = prepare(text.encode(), Version.V1, ALL)
    commit.submit([one])
    found = query.one(one.id, voided=False, scope=None)
    assert found is not None
    assert b"[1.10, 1e3, 12345678901234567890]" in found


def test_a_statement_without_time_and_id_gets_them() -> None:
    (one,) = prepared(statement(id=None, timestamp=None))
    commit.submit([one])
    found = get(str(one.id))
    assert found is not None
    assert found["timestamp"] == found["stored"]
    assert found["id"] == str(one.id)


def test_characters_of_every_kind_survive() -> None:
    sent = statement(verb={"id": "https://example.org/v", "display": {"zh": '学\t\\\n"\u0000😀\r\x1f'}})
    commit.submit(prepare(json.dumps(sent, indent="\t").encode(), Version.V1, ALL))
    found = get(sent)
    assert found is not None
    assert found["verb"] == sent["verb"]


def test_in_2_0_instants_are_in_utc() -> None:
    sent = statement(timestamp="2026-09-01T08:30:00.5+08:00")
    commit.submit(prepared(sent, version=Version.V2))
    found = get(sent)
    assert found is not None
    assert found["timestamp"] == "2026-09-01T00:30:00.500000Z"
    assert found["version"] == "2.0.0"


def test_put_gives_the_id_or_meets_it() -> None:
    pk = uuid4()
    body = msgspec.json.encode(statement(id=None))
    (one,) = prepare(body, Version.V1, ALL, put_id=pk)
    assert one.id == pk
    same = msgspec.json.encode(statement(id=str(pk).upper()))
    assert prepare(same, Version.V1, ALL, put_id=pk)[0].id == pk
    with pytest.raises(Malformed, match="statementId"):
        prepare(msgspec.json.encode(statement()), Version.V1, ALL, put_id=pk)
    with pytest.raises(Malformed):
        prepare(b"[" + body + b"]", Version.V1, ALL, put_id=pk)


def test_the_path_of_a_mistake_names_the_statement() -> None:
    with pytest.raises(Malformed) as refused:
        prepared(statement(), statement(verb={}))
    assert refused.value.path.startswith("$[1].verb")


def test_an_id_twice_in_a_request_is_malformed() -> None:
    one = statement()
    with pytest.raises(Malformed) as refused:
        prepared(one, statement(), {**one, "id": one["id"].upper()})
    assert refused.value.path == "$[2].id"


def test_the_same_again_is_fine_and_changes_nothing() -> None:
    one = statement()
    send(one)
    first = get(one)
    again = {**one, "timestamp": "2026-09-01T10:30:00+02:00"}
    send(again, statement("eve"))
    assert get(one) == first
    assert Statement.objects.count() == 2


def test_something_else_under_an_id_refuses_the_whole_request() -> None:
    one, other = statement(), statement()
    send(one)
    with pytest.raises(Conflict) as refused:
        send(other, {**one, "actor": {"mbox": "mailto:x@example.org"}})
    assert refused.value.path == "$[1].id"
    assert get(other) is None


def test_requests_of_one_transaction_have_verdicts_of_their_own() -> None:
    one, bad = statement(), statement()
    send(bad)
    requests = [
        prepared(one),
        prepared({**bad, "verb": {"id": "https://example.org/other"}}, statement("lost")),
        prepared(one, statement("kept")),
        prepared({**one, "object": {"id": "https://example.org/other"}}),
    ]
    outcome = store.store(requests)
    assert [type(verdict) for verdict in outcome.verdicts] == [type(None), Conflict, type(None), Conflict]
    assert {found["actor"]["mbox"] for found in ask()} == {
        "mailto:ann@example.org",
        "mailto:kept@example.org",
    }


def test_each_statement_has_its_microsecond_even_if_the_clock_steps_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send(statement(), statement())
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now - timedelta(days=1))
    send(statement(), statement())
    seqs = list(Statement.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs[3] == seqs[2] + 1 == seqs[1] + 2 == seqs[0] + 3


def test_a_seq_is_the_instant_of_storing() -> None:
    at = datetime(2026, 9, 1, 8, 30, 0, 123456, tzinfo=UTC)
    assert store.stored_at(store.seq_of(at)) == at
    assert query.consistent_through() <= clock.now()


# Voiding


def test_a_void_statement_is_found_only_as_such() -> None:
    one = statement()
    send(one)
    void = voiding(one)
    send(void)
    assert get(one) is None
    assert get(one, voided=True) is not None
    assert ids(ask()) == [void["id"]]
    assert get(void, voided=True) is None


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("first", ["target", "voiding"])
def test_voiding_does_not_depend_on_who_comes_first(together: bool, first: str) -> None:
    one = statement()
    both = [one, voiding(one)] if first == "target" else [voiding(one), one]
    if together:
        send(*both)
    else:
        for each in both:
            send(each)
    assert get(one) is None
    assert get(one, voided=True) is not None


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_what_voids_cannot_be_voided(together: bool, order: tuple[int, ...]) -> None:
    one = statement()
    void = voiding(one)
    three = [one, void, voiding(void)]
    if together:
        send(*(three[at] for at in order))
    else:
        for at in order:
            send(three[at])
    assert get(one) is None
    assert get(void) is not None


def test_a_void_of_what_never_comes_is_accepted() -> None:
    void = voiding(str(uuid4()))
    send(void)
    assert ids(ask()) == [void["id"]]


# Links


def test_every_link_is_there_once() -> None:
    send(statement(context={"team": {"objectType": "Group", "member": [{"mbox": "mailto:ann@example.org"}]}}))
    send(reference(statement()))
    pairs = list(Link.objects.values_list("term", "seq"))
    assert len(pairs) == len(set(pairs)) > 0


def test_attachments_in_use() -> None:
    used, other = "ab" * 32, "cd" * 32
    attachment = {
        "usageType": "https://example.org/u",
        "display": {"en": "x"},
        "contentType": "text/plain",
        "length": 1,
        "sha2": used.upper(),
        "fileUrl": "https://example.org/f",
    }
    send(statement(attachments=[attachment]))
    assert query.attachments_in_use([used, other]) == {used}


# Activities and agents


def told(definition: object, by: Credential = ALL) -> None:
    send(statement(object={"id": "https://example.org/a", "definition": definition}), by=by)


def test_definitions_are_merged() -> None:
    told({"name": {"en": "One", "de": "Eins"}, "type": "https://example.org/t"})
    told({"name": {"en": "Two"}, "extensions": {"https://example.org/e": 1}})
    told({"extensions": {"https://example.org/f": 2}, "moreInfo": "https://example.org/m"})
    assert activities.definition("https://example.org/a") == {
        "name": {"en": "Two", "de": "Eins"},
        "type": "https://example.org/t",
        "moreInfo": "https://example.org/m",
        "extensions": {"https://example.org/e": 1, "https://example.org/f": 2},
    }
    assert activities.definitions(["https://example.org/a", "https://example.org/b"]).keys() == {
        "https://example.org/a"
    }


def test_what_was_said_first_may_be_said_again() -> None:
    for name in ("One", "Two", "One"):
        told({"name": {"en": name}})
    assert activities.definition("https://example.org/a") == {"name": {"en": "One"}}


def test_only_who_may_define_defines() -> None:
    told({"name": {"en": "x"}}, by=Credential(key="w", scopes=["statements/write"]))
    assert activities.definition("https://example.org/a") is None


def test_activities_anywhere_are_defined() -> None:
    def named(name: str) -> dict[str, object]:
        return {"id": f"https://example.org/{name}", "definition": {"name": {"en": name}}}

    inner = {
        "objectType": "SubStatement",
        "actor": {"mbox": "mailto:a@example.org"},
        "verb": {"id": "https://example.org/v"},
        "object": named("b"),
        "context": {"contextActivities": {"parent": named("c"), "other": [named("d"), named("e")]}},
    }
    send(statement(object=inner, context={"contextActivities": {"grouping": [named("f")]}}))
    found = activities.definitions(f"https://example.org/{name}" for name in "abcdef")
    assert {one["name"]["en"] for one in found.values()} == set("bcdef")


def test_a_person_has_the_names_it_acts_under() -> None:
    ann = {"mbox": "mailto:ann@example.org"}
    send(statement(actor={**ann, "name": "Ann"}))
    group = {
        "objectType": "Group",
        "member": [{**ann, "name": "A."}, {"mbox": "mailto:b@example.org", "name": "B"}],
    }
    send(statement(actor=group))
    assert agents.person({**ann, "name": "Me"}, None) == {
        "objectType": "Person",
        "name": ["Me", "A.", "Ann"],
        "mbox": ["mailto:ann@example.org"],
    }
    account = {"homePage": "https://example.org", "name": "n"}
    assert agents.person({"account": account}, None) == {"objectType": "Person", "account": [account]}


def test_ids_are_known_in_either_case() -> None:
    one = statement(id=str(uuid4()).upper())
    send(one)
    send({**one, "id": one["id"].lower()})
    assert Statement.objects.count() == 1
    assert query.one(UUID(one["id"]), voided=False, scope=None) is not None
