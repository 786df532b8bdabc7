"""`liwa lrs`: keys whose secret is shown once, and statements looked through."""

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from liwa.cli import app
from liwa.core.config import config
from liwa.core.errors import LiwaError
from liwa.core.registry import import_all
from liwa.statements import asking, credentials
from liwa.statements.prepare import prepare
from liwa.statements.store import store
from liwa.statements.versions import Version
from tests.cli.test_commands import liwa

__all__ = ["liwa"]

VERBS = ("http://adlnet.gov/expapi/verbs/answered", "http://adlnet.gov/expapi/verbs/completed")
MAE = {"mbox": "mailto:mae@example.edu", "name": "Mae"}
ACCOUNT = {"account": {"homePage": "https://lms.example.edu", "name": "1026"}}


@pytest.fixture
def run(db: None) -> Callable[..., Result]:
    """Runs `liwa lrs` in this process; raises what it raises."""
    import_all("liwa.cli")

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["lrs", *arguments], catch_exceptions=False)

    return run


@pytest.fixture
def statements(db: None) -> None:
    """Seven statements, of two people in turn."""
    made, _ = credentials.issue("Quiz tool", ["all"])
    for number in range(7):
        body = {
            "actor": MAE if number % 2 else ACCOUNT,
            "verb": {"id": VERBS[number % 2]},
            "object": {"id": f"https://example.edu/a/{number}"},
            "result": {"score": {"raw": number}},
        }
        text = json.dumps(body).replace('"raw": 3', '"raw": 3.00')
        store([prepare(text.encode(), Version.V1, made)])


def test_a_key_as_a_script_meets_it(liwa) -> None:  # type: ignore[no-untyped-def]
    liwa("init")
    made = json.loads(liwa("lrs", "key", "add", "Quiz tool", "--scope", "all", "--json").stdout)
    assert len(made["secret"]) == 64
    listed = liwa("lrs", "key", "list", "--json").stdout
    assert made["key"] in listed and made["secret"] not in listed


def test_keys_are_issued_listed_and_revoked(run) -> None:  # type: ignore[no-untyped-def]
    scopes = ["--scope", "state,define", "--scope", "profile"]
    made = json.loads(run("key", "add", "Quiz tool", *scopes, "--json").stdout)
    assert made["scopes"] == ["state", "define", "profile"]
    said = run("key", "add", "moodle")
    assert said.stdout == ""
    assert "statements/write, statements/read/mine" in said.stderr
    assert [one["name"] for one in json.loads(run("key", "list", "--json").stdout)["keys"]] == [
        "moodle",
        "Quiz tool",
    ]
    run("key", "revoke", made["key"])
    rows = {one["name"]: one for one in json.loads(run("key", "list", "--json").stdout)["keys"]}
    assert rows["Quiz tool"]["revoked_at"] and not rows["moodle"]["revoked_at"]


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("key", "add", "x", "--scope", "everything"), "everything"),
        (("key", "add", "x", "--origin", "tool.example.edu"), "https://tool.example.edu"),
        (("key", "add", "x", "--feed", "Not A Feed"), "feeds.toml"),
        (("key", "revoke", "nobody"), "liwa lrs key list"),
        (("statements", "--since", "yesterday"), "--since"),
        (("statements", "--agent", "nobody"), "--agent"),
        (("statements", "--agent", "{"), "JSON"),
        (("statements", "--agent", '{"mbox": 1}'), "--agent.mbox"),
        (("statements", "--id", "x"), "--id"),
        (("statements", "--id", "95649461-7512-4c08-ad7b-c9143c3cc83c"), "no statement"),
    ],
)
def test_mistakes_are_named(run, arguments: tuple[str, ...], word: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(LiwaError) as caught:
        run(*arguments)
    assert word in str(caught.value)


def test_statements_are_found_by_every_filter(run, statements: None) -> None:  # type: ignore[no-untyped-def]
    def objects(*options: str) -> list[int]:
        found = json.loads(run("statements", *options, "--json").stdout)
        return [int(one["object"]["id"][-1]) for one in found["statements"]]

    assert objects() == [6, 5, 4, 3, 2, 1, 0]
    assert objects("--limit", "2") == [6, 5]
    assert objects("--oldest-first", "--limit", "3") == [0, 1, 2]
    assert objects("--agent", "mae@example.edu") == [5, 3, 1]
    assert objects("--agent", json.dumps(MAE), "--related") == [5, 3, 1]
    assert objects("--agent", "https://lms.example.edu|1026", "--limit", "1") == [6]
    assert objects("--agent", "https://mae.example.edu/id") == []
    assert objects("--agent", "0" * 40) == []
    assert objects("--verb", VERBS[1]) == [5, 3, 1]
    assert objects("--activity", "https://example.edu/a/4", "--related") == [4]
    whole = run("statements", "--json").stdout
    assert '"raw": 3.00' in whole
    third = json.loads(whole)["statements"][2]
    assert objects("--since", third["stored"]) == [6, 5]
    assert objects("--until", third["stored"], "--limit", "1") == [4]
    assert objects("--id", third["id"]) == [4]


def test_pages_follow_one_another(run, statements: None, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(asking, "config", lambda: {**config(), "LIWA_XAPI_PAGE": 2})
    found = json.loads(run("statements", "--limit", "6", "--json").stdout)["statements"]
    assert [one["object"]["id"][-1] for one in found] == list("654321")


def test_a_table_for_people(run, statements: None) -> None:  # type: ignore[no-untyped-def]
    shown = run("statements", "--limit", "2").stdout
    assert "Mae" in shown and "1026" in shown
    assert json.loads(run("statements", "--json", "--verb", "https://example.edu/none").stdout) == {
        "statements": []
    }
