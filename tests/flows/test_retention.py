"""What statements of closed months said is in the lake, and nobody can tell."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from django.db import connection

from liwa.core import clock
from liwa.core.errors import LiwaError, Unavailable
from liwa.flows import retention as module
from liwa.flows.backup import backup
from liwa.flows.forget import forget
from liwa.flows.home import Home
from liwa.flows.rebuild import rebuild
from liwa.flows.restore import verify
from liwa.flows.retention import bring_back, months, move, next_month, parse_month
from liwa.flows.river import pump
from liwa.lake import payloads
from liwa.statements import query, shelf, store
from liwa.statements.errors import Conflict
from liwa.statements.models import MovedMonth, Statement
from liwa.statements.versions import Version
from tests.flows.school import School
from tests.flows.test_backup import lake
from tests.statements.made import ACTIVITY, agent, get, prepared, reference, send, statement, texts, voiding

QUIET: dict[str, Any] = {"progress": lambda name, done, total: None}
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
# Two closed months, one without anything between them, and the one that is going on.
DAYS = (datetime(2026, 8, 31, 23, 59, 59, 999_000, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC), NOW)
EACH = 30


@pytest.fixture
def home(other_databases: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An installation with statements of three months."""
    school = School(tmp_path / "home")
    monkeypatch.setattr(shelf, "home", lambda: school.home.root)
    monkeypatch.setattr(module, "BATCH", 7)
    monkeypatch.setattr(module, "_READ", 11)
    monkeypatch.setattr(payloads, "GROUP", 4)
    school.load()
    for at in DAYS:
        with monkeypatch.context() as patch:
            patch.setattr(clock, "now", lambda at=at: at)
            store.store([prepared(*(told(number, at) for number in range(EACH)))])
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=1))
    return school.home


def told(number: int, at: datetime) -> dict[str, Any]:
    return statement(
        f"s{number % 5}",
        result={"response": f'\t\\"成绩 {number}'},
        timestamp=(at - timedelta(hours=1)).isoformat(),
    )


def answers() -> dict[str, Any]:
    """What a reader gets, byte for byte: every page of several questions, and every statement by its id."""
    found: dict[str, Any] = {}
    for name, asked in {
        "all": {},
        "up": {"ascending": "true", "limit": "7"},
        "agent": {"agent": agent("s1"), "limit": "4"},
        "activity": {"activity": ACTIVITY, "since": "2026-09-01T00:00:00Z"},
    }.items():
        pages, more = [], ""
        parsed = query.parse(texts(asked), Version.V1)
        page = query.find(parsed, None)
        pages += page.statements
        while more := page.more:
            page = query.find(query.parse(dict(_params(more)), Version.V1), None)
            pages += page.statements
        found[name] = pages
    for pk in Statement.objects.values_list("id", flat=True):
        found[str(pk)] = [query.one(pk, voided=voided, scope=None) for voided in (False, True)]
    return found


def _params(more: str) -> Iterator[tuple[str, str]]:
    from urllib.parse import parse_qsl, urlsplit

    yield from parse_qsl(urlsplit(more).query)


def here() -> int:
    return Statement.objects.exclude(payload="").count()


def test_answers_are_the_same_wherever_payloads_are(home: Home) -> None:
    before, rows = (
        answers(),
        list(Statement.objects.order_by("seq").values_list("seq", "id", "payload", "size")),
    )
    assert len(before["all"]) == 3 * EACH
    done = move(home, "2026-11", **QUIET)
    assert [(one.month, one.statements) for one in done] == [("2026-08", EACH), ("2026-10", EACH)]
    assert here() == EACH
    assert answers() == before
    assert [(one.name, one.statements, one.moved) for one in months()] == [
        ("2026-08", EACH, EACH),
        ("2026-10", EACH, EACH),
        ("2026-11", EACH, 0),
    ]
    assert bring_back(home, ["2026-10"], **QUIET) == ["2026-10"]
    assert (here(), answers()) == (2 * EACH, before)
    assert bring_back(home, **QUIET) == ["2026-08"]
    assert list(Statement.objects.order_by("seq").values_list("seq", "id", "payload", "size")) == rows
    assert list(shelf.folder().iterdir()) == []


def test_only_closed_months(home: Home) -> None:
    assert [one.month for one in move(home, "2026-10", **QUIET)] == ["2026-08"]
    assert move(home, "2026-10", **QUIET) == []
    with pytest.raises(LiwaError, match="not over"):
        move(home, "2026-12", **QUIET)
    with pytest.raises(LiwaError, match="in the database"):
        bring_back(home, ["2026-10"], **QUIET)
    for text in ("2026", "2026-13", "yesterday"):
        with pytest.raises(LiwaError, match="is no month"):
            parse_month(text)
    assert [next_month(one) for one in ("2026-01", "2026-11", "2026-12")] == ["2026-02", "2026-12", "2027-01"]


def test_ids_stay_taken(home: Home) -> None:
    first = told(0, DAYS[0])
    move(home, "2026-11", **QUIET)
    pk = str(Statement.objects.order_by("seq").values_list("id", flat=True)[0])
    send({**first, "id": pk})  # the same again is no new one
    with pytest.raises(Conflict):
        send({**first, "id": pk, "actor": agent("mallory")})
    assert Statement.objects.count() == 3 * EACH


def test_what_refers_to_a_moved_statement(home: Home) -> None:
    move(home, "2026-11", **QUIET)
    old, older = (str(pk) for pk in Statement.objects.order_by("seq").values_list("id", flat=True)[:2])
    about = reference(old)
    send(about, voiding(older))
    found = query.find(query.parse(texts({"agent": agent("s0")}), Version.V1), None).statements
    assert any(about["id"].encode() in one for one in found), "found by whom the statement is about"
    assert get(older) is None
    assert get(older, voided=True)


def test_the_lake_is_remade_from_moved_statements(home: Home) -> None:
    with home.writing():
        pump(home)
    before = lake(home)["raw_events"]
    assert sum("mailto:" in event["user"] for event in before) == 3 * EACH
    move(home, "2026-11", **QUIET)
    rebuild(home, **QUIET)
    assert sorted(map(repr, lake(home)["raw_events"])) == sorted(map(repr, before))


def test_who_is_forgotten_is_in_no_file(home: Home) -> None:
    with home.writing():
        pump(home)
    move(home, "2026-11", **QUIET)
    before = {path.name for path in shelf.folder().iterdir()}
    forget(home, actors=["s1@example.org"])
    files = {path.name for path in shelf.folder().iterdir()}
    assert files.isdisjoint(before)
    assert files == set(MovedMonth.objects.values_list("file", flat=True))
    kept = [row for name in files for some in payloads.every(shelf.folder() / name) for row in some]
    assert len(kept) == 2 * EACH * 4 // 5
    assert not any("mailto:s1@" in payload for _, payload in kept)
    assert not any(b"mailto:s1@" in one for one in answers()["all"])
    bring_back(home, **QUIET)
    assert not any("mailto:s1@" in one for one in Statement.objects.values_list("payload", flat=True))
    assert here() == 3 * EACH


class Broken(Exception):
    """Stands for a death."""


@pytest.mark.parametrize("after", [0, 1, 4, 9])
def test_broken_off_it_goes_on(home: Home, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    before, left, real = answers(), iter(range(after)), module.retrying

    def retrying(*arguments: Any, **options: Any) -> Any:
        if next(left, None) is None:
            raise Broken
        return real(*arguments, **options)

    for work in (lambda: move(home, "2026-11", **QUIET), lambda: bring_back(home, **QUIET)):
        left = iter(range(after))
        with monkeypatch.context() as patch, pytest.raises(Broken):
            patch.setattr(module, "retrying", retrying)
            work()
        assert answers() == before
        work()
        assert answers() == before
    assert here() == 3 * EACH
    assert {path.name for path in shelf.folder().iterdir()} == set()


def test_forgetting_between_a_death_and_going_on(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    left, real = iter(range(3)), module.retrying

    def retrying(*arguments: Any, **options: Any) -> Any:
        if next(left, None) is None:
            raise Broken
        return real(*arguments, **options)

    with monkeypatch.context() as patch, pytest.raises(Broken):
        patch.setattr(module, "retrying", retrying)
        move(home, "2026-11", **QUIET)
    forget(home, actors=["s1@example.org"])
    move(home, "2026-11", **QUIET)
    assert not any(b"mailto:s1@" in one for one in answers()["all"])
    bring_back(home, **QUIET)
    assert not any(b"mailto:s1@" in one for one in answers()["all"])


def test_who_reads_meanwhile_sees_nothing_of_it(home: Home) -> None:
    before, stop = answers(), Event()
    wrong: list[object] = []

    def read() -> None:
        try:
            while not stop.is_set():
                if answers() != before:
                    wrong.append("other answers")
        except BaseException as error:
            wrong.append(error)
        finally:
            connection.close()

    thread = Thread(target=read)
    thread.start()
    for _ in range(4):
        move(home, "2026-11", **QUIET)
        bring_back(home, **QUIET)
    stop.set()
    thread.join()
    assert wrong == []


def test_a_backup_has_the_files(home: Home, tmp_path: Path) -> None:
    move(home, "2026-11", **QUIET)
    done = backup(home, tmp_path / "backup.zip", **QUIET)
    files = {f"payloads/{name}" for name in MovedMonth.objects.values_list("file", flat=True)}
    assert len(files) == 2
    assert files <= done.files.keys()
    verify(tmp_path / "backup.zip", **QUIET)


def test_a_file_that_is_gone_is_said_plainly(home: Home) -> None:
    move(home, "2026-11", **QUIET)
    for path in shelf.folder().iterdir():
        path.unlink()
    with pytest.raises(Unavailable, match="is not there"):
        answers()


def test_room_is_given_back(home: Home) -> None:
    before = answers()
    move(home, "2026-11", **QUIET)
    module.tidy()
    module.compact()
    assert answers() == before
