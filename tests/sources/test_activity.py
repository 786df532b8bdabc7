"""Activity files: mapping, times, and that the quick way and the patient way understand the same."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liwa.core.errors import ConfigError, SourceError
from liwa.core.feeds import Campus, Feed, TimeFormat
from liwa.core.rows import BulkPart
from liwa.sources import bulk, sources
from liwa.sources.preview import first_events, first_refusals

CAMPUS = Campus(timezone="Asia/Shanghai", as_of=date(2026, 11, 16))
COLUMNS = {"who": "who", "when": "when", "what": "what", "amount": "amount"}


def feed_of(path: Path, **changes: Any) -> Feed:
    return Feed(**{"name": "lms", "source": "activity", "path": path, "columns": COLUMNS, **changes})


def read(path: Path, **changes: Any) -> tuple[list[Any], list[Any]]:
    (part,) = sources["activity"](feed_of(path, **changes), path, CAMPUS)
    assert isinstance(part, BulkPart)
    with duckdb.connect() as connection:
        part.prepare(connection)
        return first_events(connection, 1000), first_refusals(connection, 1000)


def written(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "lms.csv"
    path.write_text("\n".join(["who,when,what,amount", *lines, ""]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "time", "meant"),
    [
        ("2026-10-01T08:00:00", {}, "2026-10-01 00:00:00"),
        ("2026-10-01 08:00", {}, "2026-10-01 00:00:00"),
        ("2026/10/1 8:00", {}, "2026-10-01 00:00:00"),
        ("2026-10-01", {}, "2026-09-30 16:00:00"),
        ("2026-10-01T08:00:00Z", {}, "2026-10-01 08:00:00"),
        ("2026-10-01T08:00:00.250+02:00", {}, "2026-10-01 06:00:00.250000"),
        ("2026-10-01T08:00:00-0500", {}, "2026-10-01 13:00:00"),
        ("2026-10-01 08:00:00+08", {}, "2026-10-01 00:00:00"),
        ("2026-10-01 08:00", {"timezone": "Europe/London"}, "2026-10-01 07:00:00"),
        ("01.10.2026 08.00", {"format": "%d.%m.%Y %H.%M"}, "2026-10-01 00:00:00"),
        ("01/10/2026 08:00 +0200", {"format": "%d/%m/%Y %H:%M %z"}, "2026-10-01 06:00:00"),
        ("1790841600", {"format": "epoch"}, "2026-10-01 08:00:00"),
        ("1790841600500", {"format": "epoch_ms"}, "2026-10-01 08:00:00.500000"),
    ],
)
def test_times(tmp_path: Path, text: str, time: dict[str, str], meant: str) -> None:
    events, refusals = read(written(tmp_path, f"s1,{text},view,1"), time=TimeFormat(**time))
    assert refusals == []
    ((_, event),) = events
    assert str(event.occurred_at.replace(tzinfo=None)) == meant


@pytest.mark.parametrize(
    "text", ["soon", "infinity", "2026-13-01", "1026-10-01", "2026-11-20", "-1", "epoch"]
)
def test_no_times(tmp_path: Path, text: str) -> None:
    events, refusals = read(written(tmp_path, f"s1,{text},view,1"))
    assert events == []
    assert [(refusal.line, refusal.field, refusal.value) for refusal in refusals] == [(2, "when", text)]


@pytest.mark.parametrize("text", ["nan", "inf", "1_000", "many", "1;5"])
def test_no_amounts(tmp_path: Path, text: str) -> None:
    events, refusals = read(written(tmp_path, f"s1,2026-10-01,view,{text}"))
    assert events == []
    assert [refusal.field for refusal in refusals] == ["amount"]


@pytest.mark.parametrize(
    "changes",
    [
        {"columns": {"who": "who", "when": "when"}},
        {"columns": {"who": "who", "what": "what"}},
        {"columns": {**COLUMNS, "wen": "when"}},
        {"fixed": {"who": "s1"}},
        {"fixed": {"amount": "much"}},
        {"time": TimeFormat(format="%Q")},
        {"options": {"known_after_hours": "soon"}},
        {"options": {"mode": "bulk"}},
    ],
)
def test_mapping_that_cannot_work(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="'lms'"):
        read(written(tmp_path), **changes)


def test_missing_column(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no column page"):
        read(written(tmp_path), columns={**COLUMNS, "object": "page"})


def test_values_are_never_sql(tmp_path: Path) -> None:
    path = written(tmp_path, "s1,2026-10-01,it's,1")
    events, _ = read(path, fixed={"unit": "o'clock"}, verbs={"it's": "drop'd"}, identity="o'hara")
    ((_, event),) = events
    assert (event.user, event.verb, event.unit) == ("o'hara:s1", "drop'd", "o'clock")


def test_the_order_of_a_connection_does_not_matter(tmp_path: Path) -> None:
    path = written(tmp_path, *(f"s{number},2026-10-01,view,{number}" for number in range(2, 5000)))
    (part,) = sources["activity"](feed_of(path), path, CAMPUS)
    with duckdb.connect() as connection:
        connection.execute("SET preserve_insertion_order = false")
        part.prepare(connection)
        assert connection.execute("SELECT count(*) FROM accepted WHERE line = amount").fetchall() == [(4998,)]
        assert connection.execute("SELECT current_setting('preserve_insertion_order')").fetchall() == [
            (False,)
        ]


LINE = st.sampled_from(
    [
        "s1,2026-10-01,view,1",
        " s1 ,2026-10-01T08:00:00Z,View,",
        '"s,2",2026-10-01,"say ""hi""",2.5',
        "s1,2026-10-01,view",
        "s1,2026-10-01,view,1,2",
        "s1,never,view,1",
        ",2026-10-01,view,1",
        ",,,",
        "",
        '"",,"",',
        '"s1\n",2026-10-01,view,1',
        's1,2026-10-01,"view,1',
        's"1,2026-10-01,view,1',
        '"s1"x,2026-10-01,view,1',
        "s1,2026-10-01,submitted,1",
        "丽,2026-10-01,view,1",
        "s\x001,2026-10-01,view,1",
        "s\r1,2026-10-01,view,1",
    ]
)


@given(st.lists(LINE, max_size=6), st.sampled_from(["\n", "\r\n"]), st.booleans())
@settings(max_examples=60, deadline=None)
def test_the_quick_way_and_the_patient_way_agree(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str, blank_first: bool
) -> None:
    path = tmp_path_factory.mktemp("lms") / "lms.csv"
    text = ("\n" if blank_first else "") + end.join(["who,when,what,amount", *lines])
    path.write_bytes(text.encode())
    quick = read(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk, "_swept", lambda *_: False)
        patient = read(path)
    assert quick == patient
