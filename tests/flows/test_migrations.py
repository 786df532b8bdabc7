"""Tables go back and forward again through every migration, with rows in them, on every engine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from liwa.flows.move import move
from liwa.flows.tables.places import database
from tests.flows.everything import everything, some_of_everything
from tests.flows.school import School, seven_weeks

LOADER = MigrationLoader(None)
APPS = sorted(LOADER.migrated_apps)
OURS = sorted(app for app in APPS if apps.get_app_config(app).name.startswith("liwa."))

Key = tuple[str, str]


@pytest.fixture
def there(other_databases: None, database_url: str, tmp_path: Path) -> Iterator[BaseDatabaseWrapper]:
    """A database with a row in nearly every table, as `there`."""
    school = School(tmp_path / "home")
    seven_weeks(school)
    school.load()
    some_of_everything()
    move(school.home, database_url, progress=lambda name, done, total: None)
    with database(database_url, tmp_path, "there", "it") as found:
        yield found


def latest() -> list[Key]:
    return LOADER.graph.leaf_nodes()


def go(there: BaseDatabaseWrapper, *targets: tuple[str, str | None]) -> None:
    MigrationExecutor(there).migrate(list(targets))


def steps(app: str) -> list[Key]:
    """The migrations of an app after its first, the last first."""
    (leaf,) = LOADER.graph.leaf_nodes(app)
    plan = [key for key in LOADER.graph.forwards_plan(leaf) if key[0] == app]
    return plan[:0:-1]


def touched(key: Key) -> set[str]:
    """Tables whose columns a migration and those after it change."""
    names: set[str] = set()
    for one in LOADER.graph.backwards_plan(key):
        migration: Migration = LOADER.graph.nodes[one]
        for operation in migration.operations:
            model = getattr(operation, "model_name", None) or getattr(operation, "name", None)
            if model:
                names.add(f"{one[0]}.{model.lower()}")
    models = [*apps.get_models(include_auto_created=True)]
    return {model._meta.db_table for model in models if model._meta.label_lower in names}


@pytest.mark.slow
@pytest.mark.parametrize("app", OURS)
def test_back_and_forward_with_rows(app: str, there: BaseDatabaseWrapper) -> None:
    before = everything("there")
    here = everything()
    for key in steps(app):
        (parent,) = [one.key for one in LOADER.graph.node_map[key].parents if one.key[0] == app]
        go(there, parent)
        go(there, *latest())
        found = everything("there")
        changed = touched(key)
        assert {name: rows for name, rows in found.items() if name not in changed} == {
            name: rows for name, rows in before.items() if name not in changed
        }
        for name in changed & before.keys():
            assert len(found[name]) in (len(before[name]), 0)  # none where the table itself had gone
    assert everything() == here, "a migration of one database has changed another"


@pytest.mark.slow
def test_to_nothing_and_forward_again(there: BaseDatabaseWrapper) -> None:
    """The tables of an app go, with those that refer to them; and all are made once more."""
    for app in APPS:
        go(there, (app, None))
    left = {name for name in there.introspection.table_names() if not name.startswith("sqlite_")}
    assert left == {"django_migrations", "liwa_move"}
    go(there, *latest())
    found = everything("there")
    assert found.keys() == everything().keys()
    assert not found["records_org"]


def test_every_app_of_ours_has_migrations() -> None:
    with_tables = {
        config.label
        for config in apps.get_app_configs()
        if config.name.startswith("liwa.") and list(config.get_models())
    }
    assert with_tables == set(OURS)


def test_tables_are_as_the_models_say(there: BaseDatabaseWrapper) -> None:
    """Nullability and columns, as the database tells them."""
    with there.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            told: Any = there.introspection.get_table_description(cursor, model._meta.db_table)
            columns = {
                field.column: field.null for field in model._meta.local_concrete_fields if field.column
            }
            keys = {field.column for field in model._meta.pk_fields}
            assert {one.name for one in told} == set(columns)
            for one in told:
                if one.name not in keys:
                    assert bool(one.null_ok) == columns[one.name], (model, one.name)
