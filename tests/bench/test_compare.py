from pathlib import Path
from typing import Any

import pytest

from liwa.bench import Bench, Series, compare
from liwa.bench.campus import Size
from liwa.bench.compare import Engine, differences, engines, measure, table
from liwa.bench.engine import figures
from liwa.core.errors import FAILED, USAGE, LiwaError

SMALL = Size(enrollments=500, statements=300, questions=6)


def quiet(_name: str) -> None:
    pass


def test_names_of_engines() -> None:
    given = ["sqlite:///a", "old=postgresql://u:p=x@h/d", "postgresql://h/d?a=b", "postgresql://h/e"]
    assert engines(given) == [
        Engine("sqlite", "sqlite:///a"),
        Engine("old", "postgresql://u:p=x@h/d"),
        Engine("postgresql", "postgresql://h/d?a=b"),
        Engine("postgresql 2", "postgresql://h/e"),
    ]
    for wrong in ("nonsense", "x=y", "=sqlite:///a", ""):
        with pytest.raises(LiwaError, match="named by its URL"):
            engines([wrong])


def test_figures_of_a_series() -> None:
    found = figures(Series("rows", 300, [0.1] * 99 + [5.1]))
    assert found["per_second"] == pytest.approx(20)
    assert (found["calls"], found["units"]) == (100, 300)
    assert found["p50_ms"] == pytest.approx(100)
    assert 100 < found["p99_ms"] < 5100
    few = figures(Series("rows", 3, [0.1] * 3))
    assert few["p50_ms"] is None and few["p99_ms"] is None


def engine(name: str, speed: float, **answers: str) -> dict[str, Any]:
    series = {"load": {"unit": "rows", "per_second": speed, "p99_ms": None}}
    return {"name": name, "series": series, "answers": answers}


def test_tables_and_ratios() -> None:
    measured = [engine("a", 100.0), engine("b", 250.0)]
    columns, rows = table(measured, "per_second")
    assert columns == ["work", "unit", "a", "b", "b / a"]
    assert rows == [["load", "rows", 100.0, 250.0, 2.5]]
    assert table(measured, "p99_ms")[1] == []


def test_answers_that_differ_are_named() -> None:
    same = engine("a", 1.0, one="x", two="y")
    assert differences([same, engine("b", 1.0, one="x", two="y")]) == {}
    found = differences([same, engine("b", 1.0, one="x", two="z"), engine("c", 1.0, one="x")])
    assert found == {"two": ["b", "c"]}


def hash_of(rows: list[object]) -> str:
    bench = Bench(SMALL)
    bench.answer("what", rows)
    return bench.answers["what"]


def test_the_same_answers_on_every_engine(database_url: str) -> None:
    """The reference is SQLite; this pass's engine gives what it gives, to the last byte."""
    found = measure([Engine("sqlite", "sqlite:///a.sqlite3"), Engine("this", database_url)], SMALL, [], quiet)
    reference, this = found["engines"]
    assert found["differences"] == {}
    assert len(this["answers"]) == len(reference["answers"]) > 25
    assert len(set(this["answers"].values())) > 20  # not all of nothing
    assert this["series"]["roster: enrollments, all new"]["units"] == 500
    assert this["series"]["page: the list"]["calls"] == 6
    assert this["series"]["page: this week's cases"]["calls"] == 6
    assert this["series"]["care: a contact logged"]["calls"] > 3
    assert this["series"]["retention: to the lake"]["units"] == 300
    assert this["answers"]["retention: left in the database"] == hash_of([0])
    assert this["answers"]["retention: in the lake"] == this["answers"]["retention: back"] != hash_of([])
    with pytest.raises(LiwaError, match="this: The database is not empty") as refused:
        measure([Engine("this", database_url)], SMALL, [], quiet)
    assert refused.value.exit_code == USAGE


def test_what_goes_wrong_in_the_other_process(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    secret = "postgresql://someone:tell-nobody@127.0.0.1:9/none?connect_timeout=2&pool_timeout=3"
    with pytest.raises(LiwaError, match="far: The database cannot be reached") as refused:
        measure([Engine("far", secret)], SMALL, [], quiet)
    assert "tell-nobody" not in str(refused.value) + "".join(capfd.readouterr())
    with pytest.raises(LiwaError, match="does not know: mysql"):
        measure([Engine("x", "mysql://h/d")], SMALL, [], quiet)
    with pytest.raises(LiwaError, match="no workload called"):
        measure([Engine("x", "sqlite:///a")], SMALL, ["nonsense"], quiet)


def test_a_defect_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare.sys, "executable", "/bin/false")
    with pytest.raises(LiwaError, match="broke off") as broken:
        measure([Engine("x", "sqlite:///a")], SMALL, [], quiet)
    assert broken.value.exit_code == FAILED
