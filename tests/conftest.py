"""The suite runs on every database engine.

`pytest` runs as many passes as there are engines, each a pytest process of its own with an empty LIWA_HOME and
its own LIWA_DATABASE_URL: first everything on SQLite, then, if there were any, the tests that use a database once
more on each further engine. `--engine sqlite` (or LIWA_TEST_DATABASE=sqlite) runs one pass alone. An engine whose
server cannot be started is named, with the reason, and passed over; LIWA_TEST_REQUIRE=postgresql makes that a
failure. `-n 2`, `-k`, paths and all other options mean in every pass what they mean in one.

A test uses a database if it has the mark `django_db` or, directly or not, one of the fixtures below or
pytest-django's. PostgreSQL comes from a wheel, openGauss is the server of LIWA_TEST_OPENGAUSS_URL (tests/db/server.py).
"""

import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from django.utils import translation
from hypothesis import settings

from tests.db import posing
from tests.db.server import POSING, SERVERS, NoServerError, new_database

_PASS = "LIWA_TEST_PASS"  # the engine of this process; set by the process that starts the passes
_SEEN = "LIWA_TEST_SEEN"  # a file that is made where a test that uses a database is found
_FIXTURES = {"db", "transactional_db", "django_db_setup", "live_server", "engine", "database_url"}


# How long an example takes depends on what else the machine does; a test that is too slow shows in the whole.
settings.register_profile("liwa", deadline=None)
settings.load_profile("liwa")
if os.environ.get("LIWA_TEST_OPENGAUSS_URL") == POSING:
    posing.pose()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine",
        choices=["all", *SERVERS],
        default=os.environ.get("LIWA_TEST_DATABASE", "all"),
        help="the database engine to test on (default: all, one after the other)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Start the passes, unless this process is one."""
    if _PASS in os.environ or config.option.help or config.option.version:
        return None
    codes: list[int] = []
    with tempfile.TemporaryDirectory(prefix="liwa-test-") as folder:
        seen = Path(folder, "seen")
        for engine in SERVERS if config.option.engine == "all" else [config.option.engine]:
            if codes and not seen.exists():
                break
            codes.append(_run(engine, config.invocation_params.args, seen))
            if codes[-1] == pytest.ExitCode.INTERRUPTED or (codes[-1] and config.option.maxfail):
                break
    return next((code for code in codes if code), 0)


def _run(engine: str, arguments: Sequence[str | os.PathLike[str]], seen: Path) -> int:
    """Run pytest once with these arguments and return its exit code."""
    home = seen.with_name(engine)
    home.mkdir(mode=0o700)
    ours = {
        name
        for name in os.environ
        if name.startswith("LIWA_") and not name.startswith(("LIWA_TEST", "LIWA_REAL"))
    }
    environment = {name: text for name, text in os.environ.items() if name not in ours}
    try:
        with SERVERS[engine](home) as url:
            environment |= {"LIWA_HOME": str(home), "LIWA_DATABASE_URL": url, _PASS: engine, _SEEN: str(seen)}
            return _wait(subprocess.Popen([sys.executable, "-m", "pytest", *arguments], env=environment))
    except NoServerError as error:
        print(f"\n===== NOT tested on {engine}: {error} =====\n", file=sys.stderr)
        return int(engine in os.environ.get("LIWA_TEST_REQUIRE", "").split(","))


def _wait(process: "subprocess.Popen[bytes]") -> int:
    with process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # pytest was interrupted too and says so itself


def pytest_report_header() -> str:
    return f"database: {_engine()}"


def _engine() -> str:
    return os.environ.get(_PASS, "sqlite")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Passes after the first run only what uses a database; a browser sees no difference between engines."""
    using = [item for item in items if _uses_database(item) and not item.get_closest_marker("browser")]
    if using and _SEEN in os.environ:
        Path(os.environ[_SEEN]).touch()
    if _engine() != "sqlite":
        config.hook.pytest_deselected(items=[item for item in items if item not in set(using)])
        items[:] = using


def pytest_collection_finish() -> None:
    """Look for garbage less often: most tests make many small objects, and the looking takes a tenth of their time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _uses_database(item: pytest.Item) -> bool:
    marked = item.get_closest_marker("django_db") is not None
    return marked or not _FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite in a file, as in life: a database in memory locks differently and has no WAL."""
    from django.conf import settings

    default = settings.DATABASES["default"]
    if default["ENGINE"] == "django.db.backends.sqlite3":
        default.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture(autouse=True)
def _no_language_stays() -> Iterator[None]:
    """A request leaves its account's language on the thread; the next test starts without one, as a thread does."""
    yield
    translation.deactivate()


@pytest.fixture(scope="session")
def engine() -> str:
    """The engine of this pass: sqlite, postgresql, opengauss."""
    return _engine()


@pytest.fixture
def database_url(engine: str, tmp_path: Path) -> Iterator[str]:
    """The LIWA_DATABASE_URL of an empty database of its own, for tests that start other processes."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path}/liwa.sqlite3"
        return
    with new_database(os.environ["LIWA_DATABASE_URL"]) as url:
        yield url
