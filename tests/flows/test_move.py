"""Moving to another database: what is there afterwards, and what is refused."""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from django.apps import apps
from django.db import OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from liwa.accounts.models import Account
from liwa.care.models import Assignment, Contact, Trial
from liwa.care.trials.models import Unchangeable
from liwa.core.errors import ConfigError, Held, LiwaError
from liwa.flows import move as module
from liwa.flows.home import Home
from liwa.flows.move import Moved, move
from liwa.flows.tables import filling, lines
from liwa.flows.tables.ledger import Ledger, refuse_unfinished
from liwa.flows.tables.places import database
from liwa.flows.tables.shape import Table, flat, last_number, tables_of
from liwa.records.models import Enrollment, Load, Org
from tests.flows.everything import everything, some_of_everything
from tests.flows.school import School, seven_weeks

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("LIWA_TEST_KILLS", "2"))
QUIET = {"progress": lambda name, done, total: None}


@pytest.fixture
def school(other_databases: None, tmp_path: Path) -> School:
    """The small school after seven weeks, with something in most other tables."""
    school = School(tmp_path / "home")
    seven_weeks(school)
    school.load()
    some_of_everything()
    return school


@pytest.fixture
def there(school: School, database_url: str) -> Iterator[None]:
    """The new database, as `there`."""
    with database(database_url, school.home.root, "there", "it"):
        yield


def moved(school: School, url: str) -> Moved:
    return move(school.home, url, **QUIET)


class Broken(Exception):
    """Stands for a death."""


def broken_off(school: School, url: str, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Begin the move and die when so many blocks are in their place."""
    left = iter(range(after))

    def write(*arguments: object, **options: object) -> None:
        if next(left, None) is None:
            raise Broken
        lines.write(*arguments, **options)

    with monkeypatch.context() as patch:
        patch.setattr(filling, "write", write)
        with pytest.raises(Broken):
            moved(school, url)


def test_everything_is_there(school: School, database_url: str, there: None) -> None:
    done = moved(school, database_url)
    assert everything("there") == everything()
    assert done.tables["records_enrollment"].rows == Enrollment.objects.count() > 20
    assert done.rows == sum(map(len, everything().values()))
    assert (done.before, done.anew) == (False, False)


def test_nothing_is_analysed_within_a_transaction(
    school: School, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """openGauss refuses that of all but temporary tables."""

    def settle(to: BaseDatabaseWrapper, tables: list[Table]) -> None:
        assert not to.in_atomic_block
        lines.settle(to, tables)

    monkeypatch.setattr(filling, "settle", settle)
    moved(school, database_url)


def test_the_chain_of_a_trial_holds_there_too(school: School, database_url: str, there: None) -> None:
    """What is kept with hashes of itself comes through to the last bit: numbers, times and terms."""
    moved(school, database_url)
    trial = Trial.objects.using("there").get()
    drawn = Assignment.objects.using("there").get()
    assert trial.is_as_committed
    assert drawn.link == drawn.linked_to(trial.first_link)
    assert Contact.objects.using("there").get().note == Contact.objects.get().note
    with pytest.raises(Unchangeable):
        Assignment.objects.using("there").update(risk=0)


def test_numbers_go_on_after_the_highest_that_was_ever_given(
    school: School, database_url: str, there: None
) -> None:
    gone = Account.objects.create_user("gone")
    highest = gone.pk
    gone.delete()
    moved(school, database_url)
    assert Account.objects.using("there").create(username="new").pk == highest + 1
    for table in flat(tables_of(apps)):
        if table.numbered and table.name != "accounts_account":
            assert last_number(connections["there"], table) == last_number(connection, table), table.name


def test_it_is_run_again_when_it_is_done(school: School, database_url: str) -> None:
    done = moved(school, database_url)
    again = moved(school, database_url)
    assert again.before
    assert again.tables == done.tables
    Org.objects.create(sourced_id="new", name="New", feed="sis")
    with pytest.raises(LiwaError, match="has changed since"):
        moved(school, database_url)


def test_broken_off_it_goes_on(
    school: School, database_url: str, there: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "BLOCK_ROWS", 7)
    for after in (0, 3, 20):
        broken_off(school, database_url, monkeypatch, after)
        with pytest.raises(LiwaError, match="not finished"):
            refuse_unfinished(connections["there"])
    assert not moved(school, database_url).anew
    assert everything("there") == everything()
    refuse_unfinished(connections["there"])


def test_what_changed_in_between_is_seen(
    school: School, database_url: str, there: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_off(school, database_url, monkeypatch, 12)
    ledger = Ledger(connections["there"])
    assert ledger.place("records_org").is_whole
    Org.objects.filter(pk="o2").update(name="Another name")
    assert moved(school, database_url).anew
    assert everything("there") == everything()


def test_a_row_added_to_a_whole_table_in_between_is_seen(
    school: School, database_url: str, there: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_off(school, database_url, monkeypatch, 12)
    Org.objects.create(sourced_id="zz", name="The last", feed="sis")
    assert moved(school, database_url).anew
    assert everything("there") == everything()


def test_nobody_writes_meanwhile(
    school: School, database_url: str, there: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = Event(), Event()
    said: list[str] = []

    def other() -> None:
        begun.wait(20)
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA busy_timeout = 100")
            else:
                cursor.execute("SET lock_timeout = '100ms'")
        try:
            Org.objects.create(sourced_id="late", name="Late", feed="sis")
        except OperationalError as error:
            said.append(str(error))
        finally:
            connection.close()
            ended.set()

    def migrate(target: object) -> None:
        begun.set()
        assert ended.wait(20)
        real(target)  # type: ignore[arg-type]

    real = module.migrate
    monkeypatch.setattr(module, "migrate", migrate)
    thread = Thread(target=other)
    thread.start()
    moved(school, database_url)
    thread.join()
    assert len(said) == 1
    assert "lock" in said[0]
    assert not Org.objects.using("there").filter(pk="late").exists()


def test_a_database_with_something_in_it_is_refused(school: School, database_url: str, there: None) -> None:
    with connections["there"].cursor() as cursor:
        cursor.execute("CREATE TABLE somebody (number integer)")
    with pytest.raises(Held, match="not empty"):
        moved(school, database_url)
    assert connections["there"].introspection.table_names() == ["somebody"]


def test_a_move_from_elsewhere_is_refused(school: School, database_url: str, there: None) -> None:
    Ledger(connections["there"]).begin("another database", module.WHAT)
    with pytest.raises(Held, match="not an unfinished move from here"):
        moved(school, database_url)


def test_a_wrong_url_is_named_as_it_was_given(school: School) -> None:
    with pytest.raises(ConfigError, match="--to names a kind of database"):
        moved(school, "oracle://x/y")


def test_what_differs_at_the_end_is_seen(
    school: School, database_url: str, there: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = filling.settle

    def meddle(target: object, tables: object) -> None:
        Load.objects.using(module.ALIAS).update(message="changed")
        settle(target, tables)  # type: ignore[arg-type]

    monkeypatch.setattr(filling, "settle", meddle)
    with pytest.raises(LiwaError, match="records_load is not the same in both places"):
        moved(school, database_url)


def test_a_row_that_cannot_be_held(school: School, database_url: str, engine: str) -> None:
    if engine == "sqlite":
        pytest.skip("SQLite holds texts of any length")
    here = Home(school.home.root)
    url = f"sqlite:///{here.root}/odd.sqlite3"
    with database(url, here.root, "odd", "it") as odd:
        module.migrate(odd)
        Org.objects.using("odd").create(sourced_id="o", name="x", type="y" * 50, feed="sis")
        groups = tables_of(apps)
        with database(database_url, here.root, "new", "it") as new:
            module.migrate(new)
            ledger = Ledger(new)
            ledger.begin("odd", "move")
            work = filling.Filling(filling.DatabaseSource(odd, "odd"), new, groups, ledger, **QUIET)
            work.begin()
            with pytest.raises(
                LiwaError, match=r"records_org has a row .* in the column type: StringDataRight"
            ):
                work.fill()


@pytest.mark.slow
def test_killed_at_any_moment(tmp_path: Path, database_url: str) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    done = subprocess.run(
        [sys.executable, "-m", "tests.flows.move_kills", tmp_path, str(KILLS), str(seed)],
        cwd=ROOT,
        env={
            **{name: text for name, text in os.environ.items() if not name.startswith("LIWA_")},
            "LIWA_DATABASE_URL": database_url,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=3600,
    )
    assert done.returncode == 0, f"seed {seed}\n{done.stdout}\n{done.stderr[-5000:]}"
    assert json.loads(done.stdout)["killed"] >= KILLS
