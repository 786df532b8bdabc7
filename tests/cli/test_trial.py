"""`liwa trial`: laid down, started, looked at, ended and checked from the command line."""

import csv
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from liwa.care.trials import withheld
from liwa.care.trials.models import Trial
from liwa.cli import app
from liwa.core.errors import LiwaError
from liwa.core.registry import import_all
from tests.care.trials import school
from tests.care.trials.school import MONDAY


@pytest.fixture
def run(db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `liwa trial` in this process; raises what it raises."""
    import_all("liwa.cli")
    monkeypatch.setattr("liwa.flows.setup.require_ready", lambda: None)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["trial", *arguments], catch_exceptions=False)

    return run


def test_a_trial_from_beginning_to_end(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    names = school.build()
    options = ["--students", "200", "--outcome", "stayed", "--days", "28"]
    made = json.loads(run("create", "autumn", *options, "--effect", "0.1", "--json").stdout)
    assert (made["state"], made["seed"], len(made["commitment"])) == ("planned", None, 64)
    assert made["students_needed"] > 200 and made["plan"]["always"] > made["plan"]["effect"]
    begun = run("start", "autumn", "--as-of", "2026-09-21")
    assert "2026-09-20 16:00 UTC" in begun.stderr
    held = withheld(names, MONDAY)
    school.leave([*sorted(held)[::2], *sorted(set(names) - held)[:8]], MONDAY.date() + timedelta(days=3))
    seen = json.loads(run("look", "autumn", "--as-of", "2026-11-02", "--json").stdout)
    assert seen["tells"] and seen["low"] > 0 and "more were still registered" in seen["sentence"]
    assert "Of 100 students" in run("look", "autumn", "--as-of", "2026-11-02").stderr
    with pytest.raises(LiwaError, match="not ended"):
        run("export", "autumn")
    listed = json.loads(run("list", "--json").stdout)["trials"]
    assert [(one["name"], one["state"], one["seed"]) for one in listed] == [("autumn", "running", None)]
    assert "autumn" in run("list").stdout
    ended = json.loads(run("stop", "autumn", "--why", "all is in", "--json").stdout)
    assert (ended["state"], ended["why_ended"]) == ("ended", "all is in")
    assert ended["seed"] == Trial.objects.get().seed
    check_export(run, tmp_path / "autumn.csv", held)


def check_export(run: Callable[..., Result], out: Path, held: frozenset[str]) -> None:
    whole = json.loads(run("export", "autumn", "--ids").stdout)
    assert whole["verified"] and len(whole["looks"]) == 1
    assert {one["student"] for one in whole["assignments"] if not one["offered"]} == held
    anonymous = run("export", "autumn").stdout
    assert "st0001" not in anonymous and Trial.objects.get().seed not in anonymous
    run("export", "autumn", "--out", str(out))
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 240 and "student" not in rows[0]


def test_a_roll_out_by_class_says_at_its_start_what_it_can_show(run) -> None:  # type: ignore[no-untyped-def]
    school.build(48)
    run("create", "steps", "--students", "600", "--design", "classes", "--outcome", "stayed", "--days", "7")
    begun = json.loads(run("start", "steps", "--as-of", "2026-09-21", "--json").stdout)
    assert 0 < begun["plan"]["effect"] < begun["plan"]["always"] < 1


def test_a_comparison_without_a_trial_comes_with_its_warning(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    random = np.random.default_rng(1)
    risk = random.random(800)
    helped = (random.random(800) < 0.2 + 0.4 * risk).astype(int)
    completed = (random.random(800) < 0.8 - 0.4 * risk + 0.1 * helped).astype(int)
    table = tmp_path / "students.csv"
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [("contacted", "completed", "risk"), *zip(helped, completed, risk, strict=True)]
        )
    options = ["compare", str(table), "--helped", "contacted", "--outcome", "completed"]
    shown = run(*options)
    assert "Warning" in shown.stderr and "e_value" in shown.stdout
    found = json.loads(run(*options, "--json").stdout)
    assert found["warning"] and found["pairs"] > 100 and set(found["balance"]) == {"risk"}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("create", "x", "--students", "0"), "students"),
        (("create", "x", "--students", "9", "--design", "coin"), "encouragement"),
        (("create", "x", "--students", "9", "--outcome", "stayed"), "days"),
        (("create", "x", "--students", "9", "--share", "half"), "--share 0.5"),
        (("create", "x", "--students", "9", "--share", "capacity"), "capacities"),
        (("create", "x", "--students", "9", "--ceiling", "nan"), "held back"),
        (("create", "x", "--students", "9", "--effect", "nan"), "--effect 0.1"),
        (("start", "x"), "liwa trial list"),
        (("look", "x"), "liwa trial list"),
        (("stop", "x", "--why", "y"), "liwa trial list"),
        (("export", "x"), "liwa trial list"),
        (("compare", "/nothing/students.csv"), "no file"),
    ],
)
def test_mistakes_are_named(run, arguments: tuple[str, ...], word: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(LiwaError) as caught:
        run(*arguments)
    assert word in str(caught.value)


@pytest.mark.parametrize("day", ["2026-09-20", "2999-01-01"])
def test_nobody_looks_before_the_beginning_or_into_the_future(run, day: str) -> None:  # type: ignore[no-untyped-def]
    school.build()
    run("create", "autumn", "--students", "200")
    run("start", "autumn", "--as-of", "2026-09-21")
    with pytest.raises(LiwaError, match="kept for good"):
        run("look", "autumn", "--as-of", day)


def test_too_few_students_can_tell_nothing(run) -> None:  # type: ignore[no-untyped-def]
    school.build()
    assert "nothing can be told" in run("create", "tiny", "--students", "10").stderr


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("a,b\n1,2\n", "no column helped"),
        ("helped,outcome\n1,yes\n", "not numbers"),
        ("helped,outcome\n", "no rows"),
    ],
)
def test_what_is_wrong_with_a_table_is_said(run, tmp_path: Path, text: str, word: str) -> None:  # type: ignore[no-untyped-def]
    table = tmp_path / "t.csv"
    table.write_text(text, encoding="utf-8")
    with pytest.raises(LiwaError, match=word):
        run("compare", str(table))
