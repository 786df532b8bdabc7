"""Forgetting somebody, or what is old: nowhere anything is left, nothing of others is lost, nothing comes back."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from liwa.core.errors import LiwaError
from liwa.flows import forget as flow
from liwa.flows.forget import forget, key_of
from liwa.flows.forward import _next
from liwa.flows.lakes import state
from liwa.flows.rebuild import rebuild
from liwa.flows.refresh import Run
from liwa.flows.refresh.mirror import mirror
from liwa.records.models import Identity, RefusedRow, User
from liwa.statements import attachments, people
from liwa.statements import store as statements_store
from liwa.statements.documents import StateKey, list_ids, put
from liwa.statements.equality import agents_key
from liwa.statements.errors import Conflict
from liwa.statements.models import Actor, Forgetting, Link, Statement
from liwa.statements.prepare import prepare
from liwa.statements.query import find, one, parse
from liwa.statements.versions import Version
from tests.flows import told
from tests.flows.school import School
from tests.flows.test_river import events, lrs, run
from tests.flows.told import account, statement, store
from tests.flows.told import key_of as account_key

__all__ = ["lrs"]

ADA, BEN = account_key("ada.secret"), account_key("ben")
BEFORE = datetime(2026, 9, 8, 1, 0, 3, tzinfo=UTC)


def ada(number: int, **fields: Any) -> dict[str, Any]:
    return statement(number, "ada.secret", **fields)


def ben(number: int, **fields: Any) -> dict[str, Any]:
    return statement(number, "ben", **fields)


def found(**asked: Any) -> list[str]:
    """The ids of the statements that a reader finds."""
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in asked.items()}
    page = find(parse(texts, Version.V1), None)
    return sorted(json.loads(text)["id"] for text in page.statements)


def ids(*numbers: int) -> list[str]:
    return sorted(statement(number)["id"] for number in numbers)


def everything() -> str:
    """Every text that the tables of statements hold."""
    said = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("statements_", "records_identity", "records_refused")):
                cursor.execute(f"SELECT * FROM {table}")
                said.append(
                    str([[bytes(x) if isinstance(x, memoryview) else x for x in row] for row in cursor])
                )
    return "".join(said)


def in_lake(school: School, text: bytes) -> list[Path]:
    """Files of the lake in which a text is, in events or names."""
    import duckdb

    files = list(school.home.lake(state().root).rglob("*.parquet"))
    query = (
        "SELECT count(*) FROM (SELECT COLUMNS(*)::VARCHAR FROM read_parquet($1)) t WHERE t::VARCHAR LIKE $2"
    )
    with duckdb.connect() as reader:
        return [
            one for one in files if reader.execute(query, [str(one), f"%{text.decode()}%"]).fetchall()[0][0]
        ]


@pytest.fixture
def full(lrs: School) -> School:
    """What ada did, alone and with ben, and what was said of her; it has flowed."""
    team = {"objectType": "Group", "name": "Team", "member": [account("ada.secret"), account("ben")]}
    by = {"contextActivities": {"parent": [{"id": f"{told.COURSE}RA"}]}, "instructor": account("ada.secret")}
    store(
        ada(1, result={"response": "ada.secret wrote this", "score": {"raw": 1.50, "max": 2.0}}),
        ben(2),
        statement(3, team),
        ben(4, context=by, result={"extensions": {"https://x.org/n": 1.10}}),
        ben(5, object={"objectType": "StatementRef", "id": statement(1)["id"]}),
        ben(6, object=account("ada.secret")),
    )
    put(StateKey("https://x.org/a", ADA, "", "bookmark"), b"ada.secret 7", "text/plain")
    put(StateKey("https://x.org/a", BEN, "", "bookmark"), b"8", "text/plain")
    run(lrs)
    people.tie(people.digest_of(ADA), "u3", "office")
    mirror(Run(lrs.home, lrs.home.feeds().campus, datetime.now(UTC)))
    return lrs


def test_deleted(full: School) -> None:
    assert forget(full.home, actors=[ADA], dry_run=True) == {"deleted": 2, "pseudonymised": 2}
    assert len(found()) == 6
    counts = forget(full.home, actors=[ADA])
    assert counts == {
        "deleted": 2,
        "pseudonymised": 2,
        "events": 3,
        "documents": 1,
        "refused": 0,
        "identities": 1,
        "files": 0,
    }
    assert "ada.secret" not in everything()
    assert not in_lake(full, b"ada.secret")
    assert found() == ids(2, 3, 4, 5)
    assert found(agent=account("ada.secret"), related_agents="true") == []
    assert found(agent=account("ben")) == ids(2, 3, 4, 5)
    assert found(verb=f"{told.VERBS}experienced", agent=account("ben")) == ids(2, 3, 4, 5)
    users = [event["user"] for event in events(full)]
    assert users.count(BEN) == 4
    assert len(users) == 5
    assert list_ids(StateKey("https://x.org/a", BEN)).ids == ["bookmark"]
    assert list_ids(StateKey("https://x.org/a", ADA)).ids == []


def test_it_stays_so(full: School) -> None:
    """Neither the next run nor a rebuild nor a tool that sends it again brings anything back."""
    forget(full.home, actors=[ADA])
    before = [event["user"] for event in events(full)]
    assert run(full).events == 0
    rebuild(full.home, progress=lambda *_: None)
    assert [event["user"] for event in events(full)] == before
    (prepared,) = prepare(json.dumps(ada(1)).encode(), Version.V1, told.a_key())
    (verdict,) = statements_store.store([[prepared]]).verdicts
    assert isinstance(verdict, Conflict)
    assert one(UUID(statement(1)["id"]), voided=False, scope=None) is None
    assert "ada.secret" not in everything()
    store(ben(9, object={"objectType": "StatementRef", "id": statement(1)["id"]}))
    assert run(full).events == 1


def test_pseudonymised(full: School) -> None:
    """Everything that was done is still there, and nobody can tell by whom."""
    counts = forget(full.home, actors=[ADA], pseudonymise=True)
    assert (counts["pseudonymised"], counts.get("deleted", 0)) == (4, 0)
    assert found() == ids(1, 2, 3, 4, 5, 6)
    kept = json.loads(one(UUID(statement(1)["id"]), voided=False, scope=None) or b"")
    assert kept["result"]["score"] == {"raw": 1.5, "max": 2.0}
    payload = Statement.objects.get(pk__gt=0, id=statement(4)["id"]).payload
    assert '"https://x.org/n":1.1' in payload.replace(" ", "")
    name = agents_key(kept["actor"])
    assert {event["user"] for event in events(full)} == {BEN, name}
    assert found(agent=kept["actor"]) == ids(1, 3, 5, 6)
    assert found(agent=kept["actor"], related_agents="true") == ids(1, 3, 4, 5, 6)
    assert found(agent=account("ada.secret"), related_agents="true") == []
    assert ADA not in everything()
    assert not in_lake(full, ADA.encode())
    assert not Identity.objects.exists()
    assert not Actor.objects.filter(key=ADA).exists()


def test_the_old(full: School) -> None:
    counts = forget(full.home, before=BEFORE)
    assert (counts["deleted"], counts["events"]) == (2, 2)
    assert found() == ids(3, 4, 5, 6)
    assert len(events(full)) == 5
    again = forget(full.home, before=BEFORE)
    assert "deleted" not in again
    counts = forget(full.home, before=datetime(2027, 1, 1, tzinfo=UTC), pseudonymise=True)
    assert counts["pseudonymised"] == 4
    users = {event["user"] for event in events(full)}
    assert not users & {ADA, BEN}
    assert len(users) == 2
    assert counts["documents"] == 2


def test_the_record_names_nobody(full: School) -> None:
    forget(full.home, actors=[ADA], requested_by="office")
    record = Forgetting.objects.get()
    assert record.finished_at
    assert record.salt == ""
    assert record.subject == flow.subject({ADA})
    said = json.dumps(flow.told(record), default=str)
    assert "ada" not in said
    assert '"deleted": 2' in said


def test_a_user_of_the_records(full: School) -> None:
    User.objects.filter(pk="u3").update(email="Ada@campus.edu")
    store(statement(20, {"mbox": "mailto:ADA@campus.edu"}))
    run(full)
    assert forget(full.home, user="u3", dry_run=True)["deleted"] == 3
    forget(full.home, user="u3")
    assert "ADA@campus.edu" not in everything()
    assert "ada.secret" not in everything()
    with pytest.raises(LiwaError, match="of a user nobody is known"):
        forget(full.home, user="nobody")
    with pytest.raises(LiwaError, match="who is to be forgotten"):
        forget(full.home)
    with pytest.raises(LiwaError, match="not both"):
        forget(full.home, actors=[ADA], before=BEFORE)


def test_files_go_unless_another_statement_names_them(full: School) -> None:
    hashes = []
    for content in (b"hers", b"theirs"):
        with attachments.Writer(limit=100) as writer:
            writer.write(content)
            hashes.append(writer.finish())

    def file(sha2: str) -> dict[str, Any]:
        usage = {"usageType": "https://x.org/u", "display": {"en": "x"}, "contentType": "text/plain"}
        return {**usage, "length": 5, "sha2": sha2}

    store(ada(20, attachments=[file(one) for one in hashes]), ben(21, attachments=[file(hashes[1])]))
    assert forget(full.home, actors=[ADA], pseudonymise=True)["files"] == 1
    assert attachments.exists(hashes) == {hashes[1]}
    assert "attachments" not in json.loads(Statement.objects.get(id=statement(20)["id"]).payload)


def test_refused_texts_go_too(full: School, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        json.dumps(ada(30, verb={"id": "none"})) + "\n" + json.dumps(ben(31, verb={"id": "none"}))
    )
    from tests.flows.test_statement_files import load

    assert load(full.home, path) == (2, 0, 0, 2)
    assert forget(full.home, actors=[ADA])["refused"] == 1
    assert "ada.secret" not in everything()
    assert RefusedRow.objects.filter(resolved_by=None).count() == 1


@pytest.mark.parametrize("place", ["retrying", "clean", "_rest"])
def test_broken_off(full: School, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Begun again, it goes on; there is one record."""
    real: Callable[..., Any] = getattr(flow, place)
    calls = iter([real, None] if place == "retrying" else [None])

    def die(*given: Any, **named: Any) -> Any:
        call = next(calls, None)
        if call is None:
            raise KeyboardInterrupt
        return call(*given, **named)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(flow, place, die)
        forget(full.home, actors=[ADA], pseudonymise=True)
    counts = forget(full.home, actors=[ADA], pseudonymise=True)
    assert (counts["pseudonymised"], counts["events"]) == (4, 3)
    assert Forgetting.objects.count() == 1
    assert ADA not in everything()
    assert not in_lake(full, ADA.encode())
    assert len({event["user"] for event in events(full)}) == 2


def test_what_is_left_is_not_sent_on(full: School) -> None:
    forget(full.home, actors=[ADA])
    assert [letter.id for letter in _next(0)] == [statement(number)["id"] for number in (2, 3, 4, 5)]
    forget(full.home, before=datetime(2027, 1, 1, tzinfo=UTC))
    assert _next(0) == []


def test_links_are_what_they_would_be(full: School) -> None:
    """As if the others alone had ever been stored."""
    forget(full.home, actors=[ADA])
    left = set(Statement.objects.filter(voided=False).values_list("pk", flat=True))
    assert set(Link.objects.values_list("seq", flat=True)) == left


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("account:https://x.org|a", "account:https://x.org|a"),
        ("mailto:a@x.org", "mbox:mailto:a@x.org"),
        ("a@x.org", "mbox:mailto:a@x.org"),
        ('{"mbox": "mailto:a@x.org"}', "mbox:mailto:a@x.org"),
        ("openid:https://a.x.org", "openid:https://a.x.org"),
    ],
)
def test_how_an_actor_is_named(text: str, key: str) -> None:
    assert key_of(text) == key


@pytest.mark.parametrize("text", ["", "ada", "{}", '{"mbox": "ada"}', "{", "https://x.org"])
def test_no_actor(text: str) -> None:
    with pytest.raises(LiwaError):
        key_of(text)
