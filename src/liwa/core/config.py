"""Settings: read once, typed, explained, frozen.

Every folder of Liwa may have a `conf.py` that declares its settings with `setting(...)`; they are found by
walking the package, so there is no list to append to. A value comes from the environment, else from
`liwa.toml` in LIWA_HOME, else from the default. docs/settings.md lists them all (a test holds it to that).
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules
from types import MappingProxyType
from typing import Any

from liwa.core.errors import ConfigError

PREFIX = "LIWA_"
_LISTED = "`liwa settings` lists all of them; LIWA_HOME is set in the environment alone."


@dataclass(frozen=True)
class Setting:
    """One setting. `parse` turns its text into a value and raises ValueError when it cannot."""

    name: str
    default: Any
    parse: Callable[[str], Any]
    help: str
    secret: bool = False


_declared: dict[str, Setting] = {}


def setting(
    name: str, default: Any, help: str, *, parse: Callable[[str], Any] | None = None, secret: bool = False
) -> Setting:
    """Declare a setting; without `parse` its type is the default's."""
    if not name.startswith(PREFIX):
        raise ValueError(f"a setting's name starts with {PREFIX}: {name}")
    made = Setting(name, default, parse or _parser(default), help, secret)
    if name in _declared:
        raise RuntimeError(f"the setting {name} is declared twice")
    _declared[name] = made
    return made


def words(text: str) -> tuple[str, ...]:
    """Comma-separated words."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _parser(default: Any) -> Callable[[str], Any]:
    if isinstance(default, bool):
        return _truth
    if isinstance(default, tuple):
        return words
    return type(default)


def _truth(text: str) -> bool:
    known = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    try:
        return known[text.strip().lower()]
    except KeyError:
        raise ValueError("use true or false") from None


setting(
    "LIWA_HOME", Path("var"), "The folder in which Liwa keeps everything: database, lake, inputs, models."
)


def home() -> Path:
    """LIWA_HOME, absolute."""
    return Path(os.environ.get("LIWA_HOME") or "var").expanduser().absolute()


def declared() -> Mapping[str, Setting]:
    """All settings, found in every folder's `conf.py`."""
    package = import_module("liwa")
    for folder in iter_modules(package.__path__):
        name = f"liwa.{folder.name}.conf"
        if folder.ispkg and find_spec(name):
            import_module(name)
    return MappingProxyType(dict(sorted(_declared.items())))


def one_of(*known: str) -> Callable[[str], str]:
    """A parser of settings that are one of a few words."""

    def parse(text: str) -> str:
        if text not in known:
            raise ValueError(f"use one of {', '.join(known)}")
        return text

    return parse


def between(low: int, high: int) -> Callable[[str], int]:
    """A parser of settings that are a whole number from `low` to `high`."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text[:20]) <= high):
            raise ValueError(f"use a whole number from {low} to {high}")
        return int(text)

    return parse


@cache
def config() -> Mapping[str, Any]:
    """Every setting's value, by name. Raises ConfigError naming the setting that is wrong."""
    known, path = declared(), home() / "liwa.toml"
    written = _file(path)
    for name in written:
        if name not in known or name == "LIWA_HOME":
            raise ConfigError(f"{path}: there is no setting {name}.", remedy=_LISTED)
    for name in os.environ:
        if name.startswith(PREFIX) and name not in known and not _foreign(name):
            raise ConfigError(f"There is no setting {name}.", remedy=_LISTED)
    texts = {**written, **os.environ}
    values = {name: _value(one, texts.get(name)) for name, one in known.items()}
    values["LIWA_HOME"] = home()
    return MappingProxyType(values)


def _foreign(name: str) -> bool:
    """Names that the launcher, the tests or the benchmarks use for themselves."""
    return name.startswith(("LIWA_TEST_", "LIWA_BENCH_", "LIWA_BOOTSTRAP_", "LIWA_REAL_DATA"))


def _value(one: Setting, text: str | None) -> Any:
    if text is None or text == "":
        return one.default
    try:
        return one.parse(text)
    except ValueError as error:
        said = "its value: it is not of the right kind" if one.secret else f"{text!r}: {error}"
        raise ConfigError(f"The setting {one.name} cannot be {said}.", remedy=one.help) from None


def _file(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.") from None
    for name, value in content.items():
        if isinstance(value, dict):
            raise ConfigError(f"{path}: there is no setting {name}.", remedy=_LISTED)
    return {name: _text(value) for name, value in content.items()}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return str(value)
