"""The command line as a person meets it: plain errors, exit codes, clean standard output."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

Run = subprocess.CompletedProcess[str]


@pytest.fixture
def liwa(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Runs `liwa` with a home of its own on SQLite."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("LIWA_")}
    environment |= {"LIWA_HOME": str(tmp_path / "home"), "COLUMNS": "200", "NO_COLOR": "1"}

    def run(*arguments: str, stdin: str = "", **more: str) -> Run:
        return subprocess.run(
            [sys.executable, "-m", "liwa", *arguments],
            check=False,
            env=environment | more,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def refused(done: Run, code: int, *words: str) -> None:
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def write_feeds(home: Path, text: str) -> None:
    home.mkdir(exist_ok=True)
    (home / "feeds.toml").write_text(text, encoding="utf-8")


def test_every_command_has_help_with_an_example(liwa) -> None:  # type: ignore[no-untyped-def]
    from tests.docs.test_docs import _commands

    assert len(_commands()) > 12
    top = liwa("--help")
    assert top.returncode == 0
    for name in sorted({command.split(" ")[0] for command in _commands()}):
        assert name in top.stdout


def test_before_init_it_says_what_to_do(liwa) -> None:  # type: ignore[no-untyped-def]
    for command in (["load"], ["refresh"], ["status"], ["serve"], ["user", "list"], ["evaluate"]):
        refused(liwa(*command), 2, "liwa init")


def test_init_is_safe_to_repeat(liwa, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    first = json.loads(liwa("init", "--json").stdout)
    (tmp_path / "home" / "feeds.toml").write_text('[campus]\nname = "Ours"\n', encoding="utf-8")
    second = json.loads(liwa("init", "--json").stdout)
    assert first["feeds_made"] and not second["feeds_made"]
    assert "Ours" in (tmp_path / "home" / "feeds.toml").read_text(encoding="utf-8")
    assert (tmp_path / "home" / "secret.key").stat().st_mode & 0o077 == 0


def test_mistakes_in_feeds_are_named(liwa, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    home = tmp_path / "home"
    liwa("init")
    refused(liwa("load"), 2, "names no feeds")
    write_feeds(home, '[[feed]]\nname = "x"\nsource = "nonsense"\npath = "x"\n')
    refused(liwa("load"), 2, "nonsense", "oneroster")
    write_feeds(home, '[[feed]]\nname = "x"\nsource = "oneroster"\npath = "gone.zip"\n')
    refused(liwa("load"), 2, "gone.zip")
    refused(liwa("load", "y"), 2, "'y'")
    (home / "bad.zip").write_bytes(b"this is no archive")
    write_feeds(home, '[[feed]]\nname = "x"\nsource = "oneroster"\npath = "bad.zip"\n')
    refused(liwa("load"), 2, "not a zip")
    refused(liwa("feed", "check", "x"), 2, "not a zip")
    write_feeds(home, "[campus\n")
    refused(liwa("load"), 2, "not valid TOML")
    write_feeds(home, '[campus]\ntimezone = "Mars/Olympus"\n')
    refused(liwa("load"), 2, "Mars/Olympus")


def test_wrong_columns_are_named(liwa, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    liwa("init")
    (tmp_path / "home" / "lms.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    text = '[[feed]]\nname = "lms"\nsource = "activity"\npath = "lms.csv"\n'
    write_feeds(
        tmp_path / "home",
        text + '[feed.columns]\nwho = "account"\nwhen = "time"\n[feed.fixed]\nwhat = "viewed"\n',
    )
    refused(liwa("load"), 2, "account")


def test_settings_are_checked_and_secrets_hidden(liwa) -> None:  # type: ignore[no-untyped-def]
    refused(liwa("settings", LIWA_NONSENSE="1"), 2, "LIWA_NONSENSE")
    refused(liwa("settings", LIWA_DEBUG="perhaps"), 2, "LIWA_DEBUG")
    shown = liwa("settings", "--json", LIWA_SECRET_KEY="k" * 50)
    assert "kkkk" not in shown.stdout + shown.stderr
    assert {one["name"] for one in json.loads(shown.stdout)["settings"]} >= {"LIWA_HOME", "LIWA_MODE"}
    refused(liwa("init", LIWA_DATABASE_URL="mysql://me:hunter2@h/d"), 2)
    assert "hunter2" not in liwa("init", LIWA_DATABASE_URL="mysql://me:hunter2@h/d").stderr


def test_a_home_that_cannot_be_made(liwa, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "file").write_text("", encoding="utf-8")
    refused(liwa("init", LIWA_HOME=str(tmp_path / "file" / "home")), 5, "LIWA_HOME")


def test_users(liwa) -> None:  # type: ignore[no-untyped-def]
    liwa("init")
    refused(liwa("user", "add", "office", "--password-from", "stdin", stdin="12345\n"), 2, "password")
    made = liwa("user", "add", "office", "--duty", "data_office", "--password-from", "generate", "--json")
    assert len(json.loads(made.stdout)["password"]) >= 12
    refused(liwa("user", "add", "office", "--password-from", "generate"), 2, "taken")
    refused(
        liwa("user", "add", "x", "--duty", "king", "--password-from", "generate"), 2, "king", "leadership"
    )
    refused(liwa("user", "add", "x", "--person", "nobody", "--password-from", "generate"), 2, "nobody")
    # Asked for a password is only who can have one, and only at a terminal.
    refused(liwa("user", "add", "office"), 2, "taken")
    refused(liwa("user", "password", "nobody"), 2, "nobody")
    refused(liwa("user", "add", "x"), 2, "terminal", "--password-from stdin")
    assert liwa("user", "close", "office").returncode == 0
    refused(liwa("user", "close", "nobody"), 2, "nobody")
    (only,) = json.loads(liwa("user", "list", "--json").stdout)["users"]
    assert only["user"] == "office" and not only["active"]


def test_serving_refuses_what_is_unsafe(liwa) -> None:  # type: ignore[no-untyped-def]
    liwa("init")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused(liwa("serve", "--port", str(taken.getsockname()[1])), 4, "is taken")
        port = str(taken.getsockname()[1])
        refused(liwa("demo", "--port", port), 4, "is taken")
    refused(liwa("serve", "--host", "0.0.0.0", "--port", "18999"), 2, "LIWA_MODE=production")
    production = {"LIWA_MODE": "production", "LIWA_DEBUG": "true", "LIWA_SECRET_KEY": "short"}
    done = liwa("serve", "--port", "18999", **production)
    refused(done, 2, "LIWA_DEBUG", "https", "LIWA_SECRET_KEY")


def test_wrong_use(liwa, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    refused(liwa("nonsense"), 2, "nonsense")
    refused(liwa("demo", "some.zip"), 2, "--oulad")
    refused(liwa("demo", "--oulad", "gone.zip", "--no-serve"), 2, "gone.zip")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("", encoding="utf-8")
    refused(liwa("simulate", "--out", str(tmp_path / "full")), 2, "not an empty folder")
    liwa("init")
    refused(liwa("refresh", "--as-of", "tomorrow"), 2)
    refused(liwa("evaluate", "--weeks", "two"), 2, "--weeks")
    refused(liwa("load", "xapi"), 2, "liwa load xapi FILE")
    refused(liwa("lrs", "forget", "--user", "nobody"), 2, "nobody is known")
    refused(liwa("lrs", "forget"), 2, "who is to be forgotten")


def test_a_mistyped_home_stays_empty(liwa, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    gone = tmp_path / "mistyped"
    for command in (("status",), ("load",), ("user", "list"), ("lrs", "key", "list"), ("refresh",)):
        refused(liwa(*command, LIWA_HOME=str(gone)), 2, str(gone), "LIWA_HOME=")
    assert not gone.exists()


def test_nothing_loaded_is_no_error(liwa) -> None:  # type: ignore[no-untyped-def]
    liwa("init")
    done = liwa("status", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["records"]["user"] == 0
    done = liwa("refresh", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["predicted"] == 0


def test_the_command_shows_what_went_well_and_fails(liwa, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    home = tmp_path / "home"
    assert liwa("init").returncode == 0
    (home / "lms").mkdir()
    (home / "lms" / "1.csv").write_text("nothing", encoding="utf-8")
    (home / "lms" / "2.csv").write_text("who,time\nu1,2026-09-08 09:00\n", encoding="utf-8")
    (home / "feeds.toml").write_text(
        '[[feed]]\nname = "lms"\nsource = "activity"\npath = "lms"\n'
        'columns = {who = "who", when = "time"}\nfixed = {what = "view"}\n',
        encoding="utf-8",
    )
    done = liwa("load", "--json")
    assert done.returncode == 2, done.stderr
    assert "1.csv" in done.stderr
    assert [file["file"] for file in json.loads(done.stdout)["loads"]] == ["2.csv"]


@pytest.mark.slow
def test_the_demo_says_how_well_the_planted_risk_is_found_and_has_cases(liwa, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    demo = ("demo", "--students", "100", "--no-serve")
    done = liwa(*demo, "--json")
    assert done.returncode == 0, done.stderr
    assert f"LIWA_HOME={tmp_path / 'home' / 'demo' / 'simulated'} ./liwa status" in done.stderr
    evaluation = json.loads(done.stdout)["evaluation"]
    assert [one["week"] for one in evaluation] == [2, 4, 6, 8, 10]
    for one in evaluation:
        assert one.keys() >= {"term", "week", "n", "auc", "auc_low", "auc_high", "brier", "ece"}
        assert one["truth_auc"] > 0.65
        assert one["truth_rank_correlation"] > 0.3
        assert one["truth_ece"] < 0.1
    there = {"LIWA_HOME": str(tmp_path / "home" / "demo" / "simulated")}
    care = json.loads(liwa("care", "cases", "--json", **there).stdout)
    assert all(care[state] for state in ("open", "in_support", "closed", "put_off", "overdue", "contacts"))
    (trial,) = json.loads(liwa("trial", "list", "--json", **there).stdout)["trials"]
    assert trial["state"] == "running"
    assert trial["look"]["as_of"] > trial["begins_at"]
    shown = liwa(*demo)  # the model is there already, and so is what it found
    assert "truth_rank_correlation" in shown.stdout
    assert f"{evaluation[3]['truth_auc']:.3f}" in shown.stdout
    assert json.loads(liwa("care", "cases", "--json", **there).stdout) == care
