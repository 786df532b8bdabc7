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
        ("postgresql://liwa:hunter2@db/campus?hunter2=1", "not a PostgreSQL URL"),
        ("postgresql://liwa:hunter2%zz@db/campus", "not a PostgreSQL URL"),
        ("postgresql://liwa:hunter2@[db/campus", "not a PostgreSQL URL"),
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


@given(st.sampled_from(["postgresql", "postgres", "sqlite", "gauss"]), st.text(max_size=40))
def test_any_text_is_settings_or_a_plain_refusal(scheme: str, rest: str) -> None:
    try:
        settings = database_settings(f"{scheme}://{rest}", HOME)
    except LiwaError as error:
        assert len(rest) < 6 or rest not in str(error)
    else:
        assert settings["NAME"]
