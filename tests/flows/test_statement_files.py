"""Files of statements: all that can be stored is, what is refused can be mended, and nothing comes in twice."""

import gzip
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from liwa.core.errors import LiwaError, SourceError
from liwa.digest.models import ClassDigest
from liwa.flows import quarantine, statement_files
from liwa.flows.checking import check
from liwa.flows.feeds import load_feeds
from liwa.flows.home import Home
from liwa.flows.lakes import current_tables
from liwa.flows.refresh import refresh
from liwa.records.models import Load, RefusedRow
from liwa.statements.models import Statement
from tests.flows.school import School
from tests.flows.test_river import PATTERN, events, lrs, run
from tests.flows.told import lines, statement

__all__ = ["lrs"]

REAL = Path(os.environ.get("LIWA_REAL_DATA", "../shared/data"), "xapi", "xapi_funmooc_22000.jsonl.zst")


def progress(*_: object) -> None:
    """Show nothing."""


def load(home: Home, path: Path, **options: Any) -> tuple[int, int, int, int]:
    """(in, stored, unchanged, refused)."""
    return counts(statement_files.load_file(home, path, progress=progress, **options))


def counts(found: Load) -> tuple[int, int, int, int]:
    assert found.state == Load.State.DONE
    assert found.lines_in == found.stored + found.unchanged + found.refused
    return found.lines_in, found.stored, found.unchanged, found.refused


def zstd(data: bytes) -> bytes:
    out = pa.BufferOutputStream()
    with pa.CompressedOutputStream(out, "zstd") as stream:
        stream.write(data)
    return out.getvalue().to_pybytes()


def page(*some: dict[str, Any]) -> str:
    return json.dumps({"statements": some, "more": "/xapi/statements?cursor=x"})


THREE = [statement(1), statement(2), statement(3)]


@pytest.mark.parametrize(
    "content",
    [
        lines(*THREE).encode(),
        lines(*THREE).encode("utf-8-sig").replace(b"\n", b"\r\n\r\n"),
        gzip.compress(lines(*THREE).encode()),
        zstd(lines(*THREE).encode()),
        json.dumps(THREE).encode(),
        json.dumps(THREE, indent=2).encode(),
        page(*THREE).encode(),
        json.dumps({"more": "", "statements": THREE}, indent=1).encode(),
        f"{page(*THREE[:2])}\n{page(THREE[2])}\n".encode(),
    ],
    ids=["lines", "windows", "gzip", "zstd", "array", "pretty", "result", "pretty-result", "pages"],
)
def test_kinds_of_files(lrs: School, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "statements.bin"
    path.write_bytes(content)
    assert load(lrs.home, path) == (3, 3, 0, 0)
    assert load(lrs.home, path) == (3, 0, 3, 0)
    assert load(lrs.home, path, again=True) == (3, 0, 3, 0)
    assert [event["klass"] for event in events(lrs)] == ["k1"] * 3


def test_a_feed_configured_later(school: School, tmp_path: Path) -> None:
    """A file of no feed in particular is of the only one there will be; one of a feed stays of that."""
    for number, name in enumerate("ab"):
        (tmp_path / name).write_text(lines(statement(number)))
    school.load("sis")
    load(school.home, tmp_path / "a")
    load(school.home, tmp_path / "b", name="other")
    assert len(events(school, "xapi")) == 1
    school.feed("lrs", "xapi", "", options={"class_pattern": PATTERN})
    del school.feeds["lrs"]["path"]
    school.write()
    run(school)
    assert [len(events(school, name)) for name in ("xapi", "lrs", "other")] == [0, 1, 1]


def test_when_it_was_known(lrs: School, tmp_path: Path) -> None:
    """History was known when it happened, or when the other store had it; not now."""
    path = tmp_path / "a.jsonl"
    path.write_text(lines(statement(1), statement(2, stored="2026-09-10T00:00:00.5Z")))
    load(lrs.home, path)
    assert [event["known_at"] for event in events(lrs)] == [
        datetime(2026, 9, 8, 1, 0, 1, tzinfo=UTC),
        datetime(2026, 9, 10, 0, 0, 0, 500_000, tzinfo=UTC),
    ]


def test_one_without_an_id_comes_in_once(lrs: School, tmp_path: Path) -> None:
    told = statement(1)
    del told["id"]
    path = tmp_path / "a.jsonl"
    path.write_text(lines(told, told))
    assert load(lrs.home, path) == (2, 1, 1, 0)
    assert load(lrs.home, path, again=True) == (2, 0, 2, 0)


def test_both_versions(lrs: School, tmp_path: Path) -> None:
    agents = [
        {"objectType": "contextAgent", "agent": statement(1)["actor"], "relevantTypes": ["https://x.org/a"]}
    ]
    two = statement(1, version="2.0.0", context={"contextAgents": agents})
    unsaid = statement(2, context={"contextAgents": agents})
    one = statement(3, version="1.0.2", timestamp="20260908T010203Z")
    wrong = statement(4, version="1.0.0", context={"contextAgents": agents})
    path = tmp_path / "a.jsonl"
    path.write_text(lines(two, unsaid, one, wrong))
    assert load(lrs.home, path) == (4, 3, 0, 1)


WRONG: list[tuple[str, str, str]] = [
    ("{", "$", ""),
    ("[]", "$", "[]"),
    ("nonsense", "$", ""),
    (json.dumps(statement(5, {"mbox": "ada@example.edu"})), "$.actor.mbox", '"ada@example.edu"'),
    (json.dumps(statement(6, verb={"id": 7})), "$.verb.id", "7"),
    (json.dumps(statement(1, "somebody else")), "$.id", f'"{statement(1)["id"]}"'),
    ("[" * 100_000, "$", ""),
]


def test_what_is_refused_can_be_mended(lrs: School, tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    path.write_text(lines(statement(1)) + "".join(f"{text}\n" for text, _, _ in WRONG) + lines(statement(9)))
    assert load(lrs.home, path) == (9, 2, 0, 7)
    rows = list(RefusedRow.objects.order_by("line"))
    assert [row.line for row in rows] == list(range(2, 9))
    assert [(row.field, row.value) for row in rows] == [(where, value) for _, where, value in WRONG]
    assert all(row.reason and row.feed == "lrs" and row.file == "mixed.jsonl" for row in rows)
    assert len(quarantine.refused_rows("lrs")) == 7
    assert load(lrs.home, path) == (9, 0, 2, 7)
    assert len(quarantine.refused_rows()) == 7

    (exported,) = quarantine.export(lrs.home, tmp_path / "to-mend")
    notes = [json.loads(text) for text in exported.read_text().splitlines()]
    assert [note["liwa:line"] for note in notes] == list(range(2, 9))
    assert notes[3]["statement"]["actor"] == {"mbox": "ada@example.edu"}
    assert notes[2]["text"] == "nonsense"
    notes[3]["statement"]["actor"]["mbox"] = "mailto:ada@example.edu"
    notes[4]["statement"]["verb"]["id"] = "not an iri"
    exported.write_text("".join(f"{json.dumps(note)}\n" for note in notes[3:5]))
    (mended,) = quarantine.resubmit(lrs.home, exported, requested_by="", progress=progress)
    assert counts(mended) == (2, 1, 0, 1)
    assert len(quarantine.refused_rows()) == 6
    assert Statement.objects.count() == 3
    with pytest.raises(LiwaError, match="refused no statement"):
        exported.write_text(json.dumps({**notes[3], "liwa:line": 77}))
        quarantine.resubmit(lrs.home, exported, requested_by="", progress=progress)


def test_killed_in_between(lrs: School, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was stored stays, and loading again completes it."""
    path = tmp_path / "a.jsonl"
    path.write_text(lines(*(statement(number) for number in range(25))) + "nonsense\n")
    monkeypatch.setattr(statement_files, "BATCH", 10)
    stored: Callable[..., Any] = statement_files.store
    batches = iter([True, True, False])

    def store(*given: Any) -> Any:
        if next(batches, True):
            return stored(*given)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(statement_files, "store", store)
        load(lrs.home, path)
    assert Statement.objects.count() == 20
    assert load(lrs.home, path) == (26, 5, 20, 1)
    assert len(events(lrs)) == 25
    assert RefusedRow.objects.count() == 1
    assert set(Load.objects.filter(source="xapi").values_list("state", flat=True)) == {"done", "failed"}


def test_a_folder(lrs: School) -> None:
    """A feed may have files too: each is loaded once."""
    lrs.feeds["lrs"]["path"] = "statements"
    lrs.file("statements/1.jsonl", lines(statement(1)).strip())
    assert [counts(one) for one in lrs.load("lrs")] == [(1, 1, 0, 0)]
    lrs.file("statements/2.jsonl", lines(statement(1), statement(2)).strip())
    assert [counts(one) for one in lrs.load("lrs")] == [(2, 1, 1, 0)]
    assert [one.feed for one in lrs.load()] == ["sis", "lrs"]


def test_a_feed_without_files(lrs: School) -> None:
    assert [one.feed for one in load_feeds(lrs.home, [])] == ["sis"]
    with pytest.raises(SourceError, match="over the network"):
        load_feeds(lrs.home, ["lrs"])


def test_which_words_are_files(lrs: School) -> None:
    assert statement_files.statement_files(lrs.home, ["sis"]) == []
    with pytest.raises(LiwaError, match="Which files"):
        statement_files.statement_files(lrs.home, ["xapi"])
    assert statement_files.statement_files(lrs.home, ["xapi", "a.gz"]) == [Path("a.gz")]
    lrs.feed("xapi", "xapi", "x.jsonl")
    lrs.write()
    assert statement_files.statement_files(lrs.home, ["xapi"]) == []
    assert statement_files.statement_files(lrs.home, ["xapi", "sis"]) == []


@pytest.mark.parametrize("name", ["no-such-file", "broken.gz"])
def test_not_to_be_read(lrs: School, tmp_path: Path, name: str) -> None:
    (tmp_path / "broken.gz").write_bytes(gzip.compress(lines(*THREE).encode())[:-20])
    with pytest.raises(LiwaError):
        load(lrs.home, tmp_path / name)
    assert Load.objects.latest("pk").state == Load.State.FAILED


def test_check(lrs: School, tmp_path: Path) -> None:
    """The newest statements as they are understood, and classes that do not exist."""
    path = tmp_path / "a.jsonl"
    path.write_text(lines(*THREE))
    load(lrs.home, path)
    lrs.feeds["lrs"]["options"] = {"class_pattern": PATTERN, "classes": {"https://x.org/a": "nowhere"}}
    lrs.write()
    feeds = lrs.home.feeds()
    (part,) = check(lrs.home, feeds.named("lrs"), feeds.campus, 2)
    assert (part["lines"], len(part["rows"])) == (3, 2)
    assert "klass=k1" in part["rows"][0]["says"]
    assert [refusal["value"] for refusal in part["refusals"]] == ["nowhere"]


@pytest.mark.skipif(not REAL.exists(), reason=f"the MOOC's statements are not at {REAL}")
def test_a_mooc(lrs: School, tmp_path: Path) -> None:
    """22,000 statements, stored, in the lake, and on the class's page; twice is once."""
    lrs.campus["as_of"] = "2021-12-02"
    lrs.rows["academicSessions.csv"].append("t21,active,,Autumn 2021,term,2021-11-22,2022-01-15,,2021")
    for number in (1, 2):
        lrs.rows["classes.csv"].append(f"mooc{number},active,,MOOC {number},c1,0000{number},o1,t21")
        lrs.rows["enrollments.csv"] += [
            f"e-m{number}-{u},active,,mooc{number},u{u},student,,2021-11-01," for u in (1, 2)
        ]
    lrs.feeds["lrs"]["options"] = {"class_pattern": r"^course-v1:FUN-MOOC\+(\d+)\+"}
    lrs.write()
    started = time.monotonic()
    assert load(lrs.home, REAL) == (22_000, 22_000, 0, 0)
    seconds = time.monotonic() - started
    assert load(lrs.home, REAL, again=True) == (22_000, 0, 22_000, 0)
    lrs.load("sis", removals=True)
    with current_tables(lrs.home) as tables:
        found = (
            tables.raw_events.group_by("source")
            .aggregate(n=tables.raw_events.count())
            .to_pyarrow()
            .to_pylist()
        )
        busiest = (
            tables.unmatched.group_by("user").aggregate(n=tables.unmatched.count()).order_by("n", "user")
        )
        user = busiest.to_pyarrow()["user"].to_pylist()[-1]
    assert {row["source"]: row["n"] for row in found}["lrs"] == 22_000
    lrs.file("who.csv", "userSourcedId,kind,value", f"u1,account,{user.removeprefix('account:')}")
    lrs.feed("who", "identity", "who.csv")
    lrs.load("who")
    refresh(lrs.home)
    covered = dict(ClassDigest.objects.filter(klass__in=["mooc1", "mooc2"]).values_list("klass", "covered"))
    assert any(covered.values())
    assert seconds < 30, "on a busy machine too"
