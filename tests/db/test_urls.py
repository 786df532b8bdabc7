from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liwa.core.errors import LiwaError
from liwa.db.urls import database_settings

HOME = Path("/srv/liwa")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("", "/srv/liwa/liwa.sqlite3"),
        ("sqlite:///campus.sqlite3", "/srv/liwa/campus.sqlite3"),
        ("sqlite:////var/lib/campus.sqlite3", "/var/lib/campus.sqlite3"),
        ("sqlite:////var/my%20campus/%E4%B8%BD.sqlite3", "/var/my campus/丽.sqlite3"),
    ],
)
def test_sqlite(url: str, name: str) -> None:
    settings = database_settings(url, HOME)
    assert settings["ENGINE"] == "django.db.backends.sqlite3"
    assert settings["NAME"] == name
    assert settings["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_postgresql() -> None:
    settings = database_settings(
        "postgresql://liwa:p%40ss%2F+word@db.example:6543/campus?sslmode=verify-full&pool_max=4&options=-c%20a%3Db",
        HOME,
    )
    assert settings["NAME"] == "campus"
    assert settings["USER"] == "liwa"
    assert settings["PASSWORD"] == "p@ss/+word"
    assert (settings["HOST"], settings["PORT"]) == ("db.example", "6543")
    assert settings["OPTIONS"]["sslmode"] == "verify-full"
    assert settings["OPTIONS"]["options"] == "-c a=b"
    assert settings["OPTIONS"]["pool"]["max_size"] == 4
    assert "pool_max" not in settings["OPTIONS"]


def test_several_hosts_and_a_socket() -> None:
    several = database_settings("postgres://a:1,b:2/campus?target_session_attrs=read-write", HOME)
    assert (several["HOST"], several["PORT"]) == ("a,b", "1,2")
    assert database_settings("postgresql:///campus?host=/run/postgresql", HOME)["HOST"] == "/run/postgresql"


@pytest.mark.parametrize("scheme", ["opengauss", "gaussdb"])
def test_opengauss(scheme: str) -> None:
    settings = database_settings(
        f"{scheme}://liwa:p%40ss@gauss1:5432,gauss2:15432/campus?schema=school&sslmode=verify-ca"
        "&sslrootcert=/etc/ca.pem&sslcert=/etc/liwa.pem&sslkey=/etc/liwa.key",
        HOME,
    )
    assert settings["ENGINE"] == "liwa.db.opengauss"
    assert (settings["HOST"], settings["PORT"]) == ("gauss1,gauss2", "5432,15432")
    assert settings["PASSWORD"] == "p@ss"
    options = settings["OPTIONS"]
    assert options["target_session_attrs"] == "read-write"
    assert options["schema"] == "school"  # which the backend makes the search path
    assert options["session_timeout"] == 0  # a command that is silent for long keeps its session
    assert {options[name] for name in ("sslrootcert", "sslcert", "sslkey")} == {
        "/etc/ca.pem",
        "/etc/liwa.pem",
        "/etc/liwa.key",
    }


def test_a_standby_may_be_asked_for() -> None:
    settings = database_settings("opengauss://a,b/campus?target_session_attrs=prefer-standby", HOME)
    assert settings["OPTIONS"]["target_session_attrs"] == "prefer-standby"


@pytest.mark.parametrize("scheme", ["postgresql", "opengauss"])
def test_the_pool_outlives_what_the_server_ends(scheme: str) -> None:
    """openGauss ends a session after ten silent minutes: it is tried before it is lent, and let go before."""
    settings = database_settings(f"{scheme}://db/campus", HOME)
    assert settings["CONN_HEALTH_CHECKS"] is True
    assert "CONN_MAX_AGE" not in settings  # Django lends from the pool for one request at a time
    assert settings["OPTIONS"]["pool"]["max_idle"] < 600
    assert settings["OPTIONS"]["pool"]["min_size"] == (0 if scheme == "opengauss" else 1)
    given = database_settings(f"{scheme}://db/campus?pool_idle=30&pool_min=2&pool_timeout=3", HOME)
    assert given["OPTIONS"]["pool"] == {
        "max_lifetime": 1800,
        "min_size": 2,
        "max_size": 16,
        "timeout": 3,
        "max_idle": 30,
    }


def test_cursors_of_the_server_can_be_switched_off() -> None:
    """A pooler that gives each transaction another session loses them."""
    assert database_settings("postgresql://db/campus", HOME)["DISABLE_SERVER_SIDE_CURSORS"] is False
    off = database_settings("postgresql://db/campus?server_cursors=off", HOME)
    assert off["DISABLE_SERVER_SIDE_CURSORS"] is True


def test_a_schema_and_options_together() -> None:
    settings = database_settings("postgresql://db/campus?options=-c%20a%3Db&schema=school", HOME)
    assert settings["OPTIONS"]["options"] == "-c a=b -c search_path=school"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("campus.sqlite3", "is not a URL"),
        ("mysql://root:hunter2@db/campus", "mysql"),
        ("://root:hunter2@db", "is not a URL"),
        ("sqlite://", "no SQLite file"),
        ("sqlite:///:memory:", "no SQLite file"),
        ("sqlite://relative/hunter2", "no SQLite file"),
        ("sqlite:///campus.sqlite3?timeout=hunter2", "no SQLite file"),
        ("postgresql://liwa:hunter2@db", "names no database"),
        ("postgresql://liwa:hunter2@db:port/campus", "port"),
        ("postgresql://liwa:hunter2@db:99999/campus", "port"),
        ("postgresql://liwa:hunter2@db/campus?hunter2=1", "parameter that neither"),
        ("postgresql://liwa:hunter2%zz@db/campus", "not a URL as postgresql"),
        ("postgresql://liwa:hunter2@[db/campus", "not a URL as postgresql"),
        ("opengauss://liwa:hunter2@db", "names no database"),
        ("opengauss://liwa:hunter2@a:1,b:x/campus", "port"),
        ("opengauss://liwa:hunter2@/campus?host=a,b,c&port=1,2", "as many ports as hosts"),
        ("gaussdb://liwa:hunter2@db/campus?hunter2=1", "parameter that neither"),
        ("gaussdb://liwa:hunter2@[db/campus", "not a URL as gaussdb"),
        ("gaussdb://liwa:hunter2@db/campus?sslmode=hunter2", "sslmode .* is none of"),
        ("gaussdb://liwa:hunter2@a,b/campus?target_session_attrs=hunter2", "target_session_attrs"),
        ("opengauss://liwa:hunter2@db/campus?schema=hunter2;drop", "schema"),
        ("opengauss://liwa:hunter2@db/campus?server_cursors=hunter2", "server_cursors"),
        ("opengauss://liwa:hunter2@db/campus?pool_idle=0", "pool_idle"),
        ("opengauss://liwa:hunter2@db/campus?pool_idle=hunter2", "pool_idle"),
        ("postgresql://liwa:hunter2@db/campus?pool_max=many", "pool_max"),
        ("postgresql://liwa:hunter2@db/campus?pool_max=0", "pool_max"),
        ("postgresql://liwa:hunter2@db/campus?pool_min=5&pool_max=2", "pool_max"),
    ],
)
def test_refused(url: str, said: str) -> None:
    with pytest.raises(LiwaError, match=said) as caught:
        database_settings(url, HOME)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@given(
    st.sampled_from(["postgresql", "postgres", "opengauss", "gaussdb", "sqlite", "gauss"]),
    st.text(max_size=40),
)
def test_any_text_is_settings_or_a_plain_refusal(scheme: str, rest: str) -> None:
    try:
        settings = database_settings(f"{scheme}://{rest}", HOME)
    except LiwaError as error:
        assert len(rest) < 6 or rest not in str(error)
    else:
        assert settings["NAME"]
