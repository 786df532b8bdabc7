"""What every engine is told, held in files a reader can check; and nothing that openGauss cannot run."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

import liwa
from liwa.core.rows import RECORDS
from liwa.db.statements import Statements
from tests.db import said
from tests.db.missing import MISSING, Missing, found_in

SOURCE = Path(liwa.__file__).parent
HELP = "`python -m tests.db.said` writes the files anew; read what has changed"


@pytest.mark.parametrize("group", said.groups())
def test_what_is_said_is_as_written_down(group: str) -> None:
    written = (said.GOLDEN / f"{group}.sql").read_text(encoding="utf-8")
    assert written == said.written(group), HELP


def test_there_is_no_other_file() -> None:
    assert {path.stem for path in said.GOLDEN.glob("*")} == set(said.groups())


@pytest.mark.parametrize("group", said.groups())
def test_each_difference_rests_on_a_fact(group: str) -> None:
    facts = said.FACTS[group]
    texts = said.said(group)
    differ = {name for name, of in texts.items() if of.get("postgresql") != of.get("opengauss")}
    assert differ <= set(facts)
    assert set(facts) <= set(texts)


# What openGauss cannot run


@pytest.mark.parametrize("missing", MISSING, ids=lambda missing: missing.example)
def test_the_list_finds_what_it_is_for(missing: Missing) -> None:
    assert missing.is_in(missing.example)
    assert missing.fact


@pytest.mark.parametrize(
    "harmless",
    [
        "SELECT a FROM b WHERE c IS NULL AND (d ->> 'e') IS NULL",
        "SELECT '7 / 2 || ON CONFLICT' -- LATERAL",
        'SELECT "minus", t.performance FROM a t',
        "SELECT sum(a) OVER (ORDER BY b ROWS BETWEEN 3 PRECEDING AND CURRENT ROW)",
        "INSERT INTO a SELECT 1 ON DUPLICATE KEY UPDATE b = excluded.b",
        "SELECT a FROM b WHERE c = ANY(%s::bigint[]) FOR UPDATE SKIP LOCKED",
    ],
)
def test_the_list_finds_nothing_else(harmless: str) -> None:
    assert found_in(harmless) == []


@pytest.mark.parametrize("group", said.groups())
def test_opengauss_is_told_nothing_it_cannot_run(group: str) -> None:
    problems = [
        f"{name}: {missing.fact}: {missing.pattern}"
        for name, texts in said.said(group).items()
        for missing in found_in(texts.get("opengauss", ""))
    ]
    assert problems == []


def test_the_list_would_find_what_postgresql_is_told() -> None:
    texts = said.said("stage")["upsert"]
    assert {missing.example.split(" ")[0] for missing in found_in(texts["postgresql"])} == {"INSERT"}


# Nothing is said that is not in these files


def test_every_statement_file_of_the_database_is_written_down() -> None:
    """Those of the lake are DuckDB's."""
    files = {path for path in SOURCE.rglob("*.sql") if "lake" not in path.relative_to(SOURCE).parts}
    names = {name for path in files for name in Statements(path)}
    golden = {name.rpartition(".")[2] for group in said.groups() for name in said.said(group)}
    assert names <= golden


# Where SQL may be written in Python: what an engine alone is told, COPY and INSERT of constants, PRAGMA; what moves and
# compares tables whose names it asks Django for; what the bench asks of an engine about itself.
_WRITERS = {
    "bench",
    "db/engines",
    "db/sizes.py",
    "flows/retention.py",
    "flows/tables",
    "statements/bulk.py",
    "statements/migrations/0002_store.py",
    "wsgi.py",
}


def test_sql_is_kept_in_files_of_its_own() -> None:
    found = {str(path.relative_to(SOURCE)) for path in _files_of_django() if any(_literal_calls(_tree(path)))}
    rest = {name for name in found if not name.startswith(tuple(_WRITERS))}
    assert rest == set()


def _files_of_django() -> Iterator[Path]:
    """Modules that can speak to the database by Django's connection."""
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if re.search(
            r"^from django\.db(\.\w+)* import .*\b(connections?|BaseDatabaseWrapper|Cursor\w*)\b", text, re.M
        ):
            yield path


def _tree(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"))


def _literal_calls(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"execute", "executemany"}
            and node.args
            and isinstance(node.args[0], (ast.Constant, ast.JoinedStr, ast.BinOp))
        ):
            yield node


# Where SQL in Python is DuckDB's, SQLite's, or what the backend's own tests look at.
_ELSEWHERE = ("db/engines/sqlite.py", "db/opengauss", "insight", "lake", "simulate", "sources")
_SQL = re.compile(
    r"\s*(ALTER|ANALYZE|COPY|CREATE|DECLARE|DELETE|DROP|INSERT|LOCK|SELECT|SET|TRUNCATE|UPDATE|VACUUM|WITH)\s+\S"
)


def test_opengauss_is_told_nothing_it_cannot_run_in_python_either() -> None:
    texts = {
        (str(path.relative_to(SOURCE)), text)
        for path in SOURCE.rglob("*.py")
        if not str(path.relative_to(SOURCE)).startswith(_ELSEWHERE)
        for text in _texts(_tree(path))
        if _SQL.match(text)
    }
    assert {"bench/engine.py", "flows/retention.py", "flows/tables/places.py"} <= {name for name, _ in texts}
    assert [(name, text) for name, text in sorted(texts) if found_in(text)] == []


def _texts(tree: ast.AST) -> Iterator[str]:
    """Every text, with a name in the places that are filled later."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(one.value) if isinstance(one, ast.Constant) else "n" for one in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_no_migration_has_sql_of_its_own() -> None:
    """Beside 0002_store, which speaks to SQLite alone."""
    for path in SOURCE.rglob("migrations/*.py"):
        names = {node.attr for node in ast.walk(_tree(path)) if isinstance(node, ast.Attribute)}
        assert "RunSQL" not in names, path


# Upserts know no conflict target on openGauss


def _unique(model: type[models.Model]) -> list[set[str]]:
    """The columns of each unique key but the primary one."""
    meta = model._meta
    single = [{field.attname} for field in meta.concrete_fields if field.unique and not field.primary_key]
    together = [set(fields) for fields in meta.unique_together]
    constraints = [set(one.fields) for one in meta.constraints if isinstance(one, models.UniqueConstraint)]
    return single + together + constraints


def _staged() -> list[type[models.Model]]:
    """Every model that a stage goes into."""
    from liwa.records.intake import model_of

    records = [model_of(record.table) for record in RECORDS]
    digest = list(apps.get_app_config("digest").get_models())
    return [*records, *digest, apps.get_model("records", "Outcome"), apps.get_model("statements", "Actor")]


def test_a_table_that_is_upserted_has_one_unique_key() -> None:
    several = {model.__name__: _unique(model) for model in _staged() if _unique(model)}
    assert several == {}


def test_what_an_upsert_alters_is_no_key() -> None:
    """`statements_minute` is the one that Django's own upsert writes."""
    minute = apps.get_model("statements", "Minute")
    assert _unique(minute) == []
    key = {field.attname for field in minute._meta.pk_fields}
    assert len(key) == 6
    assert key.isdisjoint({"requests", "seconds", "longest", "buckets"})
    using = [path.name for path in SOURCE.rglob("*.py") if "update_conflicts=True" in path.read_text("utf-8")]
    assert using == ["meter.py"]
