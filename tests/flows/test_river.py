"""Statements in the lake: every one once, in the right class, whatever comes between."""

import hashlib
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from liwa.flows import river
from liwa.flows.lakes import current_tables, state
from liwa.flows.rebuild import rebuild
from liwa.flows.refresh import refresh
from liwa.flows.river import Pumped, pump
from liwa.records.models import User
from liwa.statements import people
from liwa.statements.models import Actor, Pump
from liwa.statements.store import stored_at
from tests.flows import told
from tests.flows.school import School
from tests.flows.told import COURSE, key_of, statement, store, voiding

PATTERN = f"^{COURSE}(.+)$"


@pytest.fixture
def lrs(school: School) -> School:
    """The small school, loaded, with a feed of statements whose courses are named by class code."""
    school.feed("lrs", "xapi", "", options={"class_pattern": PATTERN})
    del school.feeds["lrs"]["path"]
    school.load("sis")
    told.a_key()
    return school


def run(school: School) -> Pumped:
    with school.home.writing():
        return pump(school.home)


def events(school: School, source: str = "lrs") -> list[dict[str, Any]]:
    with current_tables(school.home) as tables:
        found = tables.raw_events.filter(tables.raw_events.source == source)
        return list(found.order_by("occurred_at", "user").to_pyarrow().to_pylist())


def test_a_statement_is_an_event(lrs: School) -> None:
    store(statement(1, result={"score": {"scaled": 0.85}}))
    done = run(lrs)
    assert (done.statements, done.events, done.unmapped) == (1, 1, 0)
    (event,) = events(lrs)
    assert event["occurred_at"] == datetime(2026, 9, 8, 1, 0, 1, tzinfo=UTC)
    assert event["known_at"] == stored_at(Pump.objects.get().position)
    said = {
        name: event[name] for name in ("user", "verb", "object", "object_type", "klass", "amount", "unit")
    }
    assert said == {
        "user": key_of("ada"),
        "verb": "experienced",
        "object": "https://lms.example.edu/page/1",
        "object_type": "video",
        "klass": "k1",
        "amount": 85.0,
        "unit": "percent",
    }


def test_each_once(lrs: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are at a time, and however often it runs."""
    monkeypatch.setattr(river, "BATCH", 3)
    store(*(statement(number) for number in range(10)))
    assert run(lrs).events == 10
    version = state().events_version
    assert run(lrs) == Pumped()
    assert state().events_version == version
    store(*(statement(number) for number in range(8, 15)))
    assert run(lrs).events == 5
    assert len(events(lrs)) == 15
    assert Actor.objects.get().statements == 15


def test_what_a_dying_process_left_is_not_there_twice(lrs: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lake has a version that the database never heard of."""
    store(*(statement(number) for number in range(5)))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(river, "retrying", die)
        run(lrs)
    assert not events(lrs)
    assert not Pump.objects.exists()
    store(statement(5))
    assert run(lrs).events == 6
    assert len(events(lrs)) == 6


def test_no_class(lrs: School) -> None:
    """What names no class is an event all the same, and is counted."""
    store(statement(1, course=""), statement(2, course="nowhere"), statement(3))
    assert run(lrs).unmapped == 2
    assert river.unmapped() == {"lrs": 2}
    assert [event["klass"] for event in events(lrs)] == [None, None, "k1"]


def test_a_class_that_comes_later(lrs: School) -> None:
    store(statement(1, course="RC"), statement(2))
    run(lrs)
    lrs.rows["classes.csv"].append("k9,active,,Rivers C,c1,RC,o1,t1")
    lrs.load("sis")
    run(lrs)
    assert [event["klass"] for event in events(lrs)] == ["k9", "k1"]
    assert river.unmapped()["lrs"] == 0
    assert Actor.objects.get().statements == 2


def test_another_map(lrs: School) -> None:
    """What was mapped before is mapped anew."""
    store(statement(1), statement(2, course="other"))
    run(lrs)
    lrs.feeds["lrs"]["options"] = {"classes": {f"{COURSE}RA": "k2", f"{COURSE}other": "RB"}}
    lrs.write()
    assert run(lrs) == Pumped()
    assert [event["klass"] for event in events(lrs)] == ["k2", "k2"]


def test_two_classes_of_one_code_are_told_apart_by_their_terms(lrs: School) -> None:
    lrs.rows["academicSessions.csv"].append("t0,active,,Before,term,2025-09-08,2026-01-16,,2025")
    lrs.rows["classes.csv"].append("k0,active,,Rivers before,c1,RA,o1,t0")
    lrs.load("sis")
    before = statement(2, timestamp="2025-10-01T08:00:00Z")
    between = statement(3, timestamp="2026-06-01T08:00:00Z")
    store(statement(1), before, between)
    run(lrs)
    assert [event["klass"] for event in events(lrs)] == ["k0", None, "k1"]


def test_void(lrs: School) -> None:
    """Void before it flows, or after: no event, and no event of the voiding."""
    store(statement(1), statement(2), voiding(3, 2))
    assert run(lrs).events == 1
    store(statement(4, course=""), voiding(5, 1))
    assert run(lrs).removed == 1
    store(voiding(6, 4))
    assert run(lrs).removed == 1
    assert not events(lrs)
    assert Pump.objects.get().feeds["lrs"]["events"] == 0
    assert river.unmapped()["lrs"] == 0


def test_everyone_of_a_team(lrs: School) -> None:
    team = {"objectType": "Group", "member": [told.account("ada"), told.account("ben")]}
    store(statement(1, team), statement(2, {"objectType": "Group", "member": [], "mbox": "mailto:t@x.org"}))
    run(lrs)
    assert [event["user"] for event in events(lrs)] == [key_of("ada"), key_of("ben"), "mbox:mailto:t@x.org"]


def test_a_clock_that_is_ahead(lrs: School) -> None:
    store(statement(1, timestamp="2100-01-01T00:00:00Z"))
    run(lrs)
    (event,) = events(lrs)
    assert event["occurred_at"] == event["known_at"] == stored_at(Pump.objects.get().position)


def test_history_sent_by_a_tool(lrs: School) -> None:
    lrs.feeds["lrs"]["options"] |= {"known_at": "timestamp", "known_after_hours": 2}
    lrs.write()
    store(statement(1))
    run(lrs)
    assert events(lrs)[0]["known_at"] == datetime(2026, 9, 8, 3, 0, 1, tzinfo=UTC)


def test_feeds_apart(lrs: School) -> None:
    """A key's feed; a key without one is of the only feed there is; a feed of other files is left alone."""
    lrs.clicks("u1,2026-09-08 09:00,view,k1,2")
    lrs.load("lms")
    store(statement(1), key=told.a_key("other", "video"))
    store(statement(2), key=told.a_key("nobody's", ""))
    store(statement(3), key=told.a_key("shared", "lms"))
    run(lrs)
    assert {name: len(events(lrs, name)) for name in ("video", "lrs", "lms", "lms-xapi")} == {
        "video": 1,
        "lrs": 1,
        "lms": 1,
        "lms-xapi": 1,
    }


def test_a_feed_configured_later(school: School) -> None:
    """Statements came first; once there is a feed for them they are its own."""
    school.load("sis")
    store(statement(1), key=told.a_key("k", ""))
    run(school)
    assert len(events(school, "xapi")) == 1
    school.feed("lrs", "xapi", "", options={"class_pattern": PATTERN})
    del school.feeds["lrs"]["path"]
    school.write()
    run(school)
    assert not events(school, "xapi")
    assert [event["klass"] for event in events(school)] == ["k1"]


def test_rebuilt(lrs: School) -> None:
    lrs.clicks("u1,2026-09-08 09:00,view,k1,2")
    lrs.load("lms")
    store(statement(1), statement(2), voiding(3, 1), statement(4, course=""))
    run(lrs)
    before, known = events(lrs), Pump.objects.get()
    store(statement(5))
    done = rebuild(lrs.home, progress=lambda *_: None)
    assert done.root == "lake-2"
    assert events(lrs) == before
    assert Pump.objects.get().feeds == known.feeds
    assert run(lrs).events == 1
    assert Actor.objects.get(key=key_of("ada")).statements == 3


def test_matched_by_identity_and_by_address(lrs: School) -> None:
    """In the next refresh, whenever the records come to know who it is."""
    for user in ("u1", "u2"):
        User.objects.filter(pk=user).update(email=f"{user.upper()}@Campus.edu")
    User.objects.filter(pk__in=("u3", "u4")).update(email="shared@campus.edu")
    sha = hashlib.sha1(b"mailto:u2@campus.edu").hexdigest()
    store(
        statement(1, {"mbox": "mailto:u1@campus.edu"}),
        statement(2, {"mbox_sha1sum": sha}),
        statement(3),
        statement(4),
        statement(5, {"openid": "https://id.example.edu/x"}),
        statement(6, {"mbox": "mailto:shared@campus.edu"}),
    )
    refresh(lrs.home)
    assert matched(lrs) == {"u1": 1, "u2": 1}
    found = people.unmatched(2)
    assert (found[0].key, found[0].statements) == (key_of("ada"), 2)
    assert people.unmatched_total() == (3, 4)
    lrs.file("identity.csv", "userSourcedId,kind,value", f"u3,account,{told.HOME_PAGE}|ada")
    lrs.feed("who", "identity", "identity.csv")
    lrs.load("who")
    assert people.unmatched_total() == (2, 2)
    refresh(lrs.home)
    assert matched(lrs) == {"u1": 1, "u2": 1, "u3": 2}


def test_tied_by_the_data_office(lrs: School) -> None:
    store(statement(1), statement(2))
    refresh(lrs.home)
    digest = people.unmatched(1)[0].digest
    people.tie(digest, "u5", "office")
    assert people.unmatched_total() == (0, 0)
    refresh(lrs.home)
    assert matched(lrs) == {"u5": 2}
    lrs.load("sis", again=True)
    refresh(lrs.home)
    assert matched(lrs) == {"u5": 2}
    people.untie(digest)
    refresh(lrs.home)
    assert matched(lrs) == {}


def matched(school: School) -> dict[str, int]:
    with current_tables(school.home) as tables:
        known = tables.events.filter(tables.events.source == "lrs")
        found = known.group_by("user").aggregate(n=known.count()).to_pyarrow().to_pylist()
    return {row["user"]: row["n"] for row in found}


def test_decoding_is_of_json() -> None:
    """What the river decodes is what the store has."""
    assert msgspec.json.decode(told.lines(statement(1)))["actor"] == told.account("ada")
