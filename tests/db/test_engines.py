"""Each engine is a file with the statements that differ beside it."""

from pathlib import Path

import pytest
from django.db import connection

from liwa.core.errors import ConfigError
from liwa.db.engines import engine_of, engines
from liwa.db.statements import Statements


@pytest.mark.parametrize("scheme", list(engines))
def test_an_engine_is_complete(scheme: str) -> None:
    engine = engines[scheme]
    assert {"create", "missing", "differs", "upsert", "insert_new"} <= {*engine.sql}
    assert engine.backend


def test_the_engine_of_a_connection(engine: str) -> None:
    assert engine_of(connection).backend == engines[engine].backend


def test_an_unknown_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "ENGINE", "django.db.backends.oracle")
    with pytest.raises(ConfigError, match="oracle"):
        engine_of(connection)


def test_a_later_file_replaces_what_it_names(tmp_path: Path) -> None:
    shared, own = tmp_path / "shared.sql", tmp_path / "own.sql"
    shared.write_text("-- What both say.\n\n-- name: one\nSELECT {column}\n\n-- name: two\nSELECT 2\n")
    own.write_text("-- name: two\n-- Because.\nSELECT two\n")
    statements = Statements(shared, own)
    assert statements("one", {"column": '"a"', "other": ""}) == 'SELECT "a"'
    assert statements("two", {}) == "-- Because.\nSELECT two"
    assert sorted(statements) == ["one", "two"]
    with pytest.raises(KeyError):
        statements("three", {})
