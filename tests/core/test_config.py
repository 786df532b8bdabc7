"""Settings: declared once, read once, frozen; a mistake is named."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from liwa.core import config as module
from liwa.core.config import between, config, declared, one_of, setting, words
from liwa.core.errors import ConfigError


@pytest.fixture(autouse=True)
def apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Settings of this test's own, read anew."""
    for name in declared():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LIWA_HOME", str(tmp_path))
    monkeypatch.setattr(module, "_declared", dict(module._declared))
    config.cache_clear()
    yield
    config.cache_clear()


def test_defaults(tmp_path: Path) -> None:
    values = config()
    assert values["LIWA_HOME"] == tmp_path
    assert values["LIWA_MODE"] == "local"
    assert values["LIWA_DEBUG"] is False
    assert values["LIWA_HOSTS"] == ("localhost", "127.0.0.1", "[::1]")
    assert config() is values
    with pytest.raises(TypeError):
        values["LIWA_DEBUG"] = True  # type: ignore[index]


def test_every_setting_explains_itself() -> None:
    known = declared()
    assert {"LIWA_HOME", "LIWA_DATABASE_URL", "LIWA_SECRET_KEY"} <= set(known)
    for name, one in known.items():
        assert name == one.name
        assert len(one.help) > 20, name


# Whom tokens are taken from and where the public keys are: nothing that opens a door.
PUBLIC = {"LIWA_URL", *(f"LIWA_XAPI_TOKEN_{word}" for word in ("ISSUER", "AUDIENCE", "KEYS", "SCOPES"))}


def test_secrets_are_declared_as_such() -> None:
    for name, one in declared().items():
        if any(word in name for word in ("KEY", "URL", "PASSWORD", "TOKEN", "SECRET")) and name not in PUBLIC:
            assert one.secret, name


def test_a_name_can_be_declared_once() -> None:
    with pytest.raises(RuntimeError, match="LIWA_DEBUG is declared twice"):
        setting("LIWA_DEBUG", False, "Another.")
    with pytest.raises(ValueError, match="starts with LIWA_"):
        setting("DEBUG", False, "Another.")


def test_the_environment_goes_before_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "liwa.toml").write_text(
        'LIWA_DEBUG = true\nLIWA_HOSTS = ["a.example", "b.example"]\nLIWA_URL = "https://a.example"\n'
    )
    monkeypatch.setenv("LIWA_HOSTS", "c.example, d.example")
    values = config()
    assert values["LIWA_DEBUG"] is True
    assert values["LIWA_HOSTS"] == ("c.example", "d.example")
    assert values["LIWA_URL"] == "https://a.example"


@pytest.mark.parametrize("text", ["1", "true", "YES", " on "])
def test_truth(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("LIWA_DEBUG", text)
    assert config()["LIWA_DEBUG"] is True


def test_unknown_names_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIWA_DEBUGG", "1")
    with pytest.raises(ConfigError, match="no setting LIWA_DEBUGG") as error:
        config()
    assert "liwa settings" in error.value.remedy


def test_names_of_tests_and_benchmarks_are_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIWA_TEST_ANYTHING", "1")
    monkeypatch.setenv("LIWA_REAL_DATA", "/data")
    assert "LIWA_TEST_ANYTHING" not in config()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("LIWA_DEBUGG = true", "there is no setting LIWA_DEBUGG"),
        ("language = 'en'", "there is no setting language"),
        ("[server]\nport = 1", "there is no setting server"),
        ("LIWA_HOME = '/elsewhere'", "there is no setting LIWA_HOME"),
        ("LIWA_DEBUG = ", "cannot be read"),
    ],
)
def test_a_file_with_a_mistake(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "liwa.toml").write_text(content)
    with pytest.raises(ConfigError, match=said) as error:
        config()
    assert "liwa.toml" in error.value.message


@pytest.mark.parametrize(
    ("name", "text"), [("LIWA_DEBUG", "perhaps"), ("LIWA_MODE", "live"), ("LIWA_LANGUAGE", "de")]
)
def test_a_wrong_value_is_shown(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(ConfigError, match=f"{name} cannot be '{text}': use") as error:
        config()
    assert error.value.remedy == declared()[name].help


def test_a_wrong_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    setting("LIWA_PIN", 0, "A secret number for this test.", secret=True)
    monkeypatch.setenv("LIWA_PIN", "hunter2")
    with pytest.raises(ConfigError) as error:
        config()
    assert "LIWA_PIN" in str(error.value)
    assert "hunter2" not in str(error.value)


def test_an_empty_value_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIWA_HOSTS", "")
    assert config()["LIWA_HOSTS"][0] == "localhost"


def test_parsers() -> None:
    assert words(" a, b,,c ") == ("a", "b", "c")
    number = between(1, 90)
    assert number("7") == 7
    for wrong in ("0", "91", "-5", "x", "٧", "9" * 5000):
        with pytest.raises(ValueError, match="from 1 to 90"):
            number(wrong)
    parse: Any = one_of("a", "b")
    assert parse("a") == "a"
    with pytest.raises(ValueError, match="use one of a, b"):
        parse("c")
