"""`liwa bench db` as a person meets it."""

import json

import pytest
from typer.testing import CliRunner, Result

from liwa.bench import compare
from liwa.cli import app
from liwa.core.registry import import_all

ENGINE = {
    "server": "a server",
    "settings": {"fsync": "on"},
    "series": {
        "load": {
            "unit": "rows",
            "units": 9,
            "calls": 1,
            "seconds": 3.0,
            "per_second": 3.0,
            "p50_ms": None,
            "p99_ms": None,
        }
    },
}


def bench(monkeypatch: pytest.MonkeyPatch, answers: list[str], *options: str) -> Result:
    import_all("liwa.cli")
    given = iter(answers)
    monkeypatch.setattr(compare, "_in_process", lambda *_: {**ENGINE, "answers": {"what": next(given)}})
    urls = [word for number in range(len(answers)) for word in ("--url", f"e{number}=sqlite:///x")]
    return CliRunner().invoke(app, ["bench", "db", *urls, *options], env={"COLUMNS": "200"})


def test_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    done = bench(monkeypatch, ["x", "x"])
    assert done.exit_code == 0, done.output
    assert "e1 / e0" in done.stdout and "1.000" in done.stdout
    assert "p99" not in done.stdout
    assert "answers are the same" in done.stderr


def test_json_and_the_exit_code_where_answers_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    done = bench(monkeypatch, ["x", "y"], "--json", "--enrollments", "500")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert found["differences"] == {"what": ["e1"]}
    assert found["size"] == {"enrollments": 500, "statements": 20_000, "questions": 200, "seed": 1}
    assert "Answers that differ" in bench(monkeypatch, ["x", "y"]).stdout
