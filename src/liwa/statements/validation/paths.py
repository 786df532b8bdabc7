"""Where in the JSON a mistake is.

A path is a text to begin with, then pairs (path, key); it is written out only when something is refused, since
nearly nothing is.
"""

import json
from typing import Any, NoReturn, TypeAlias

from liwa.statements.errors import Malformed

Path: TypeAlias = "str | tuple[Path, str | int]"

_SHOWN = 100  # characters of a key or a value that a message repeats


def written(path: Path) -> str:
    """`$.context.contextActivities.parent[0].id`; keys that are no plain words in brackets and quotes."""
    parts = []
    while not isinstance(path, str):
        path, key = path
        parts.append(_step(key))
    return path + "".join(reversed(parts))


def _step(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    if key.isascii() and key.isidentifier() and len(key) <= _SHOWN:
        return f".{key}"
    return f"[{json.dumps(key[:_SHOWN])}]"


def refuse(rule: str, path: Path) -> NoReturn:
    """Refuse what is at this path."""
    raise Malformed(rule, written(path))


def mistyped(value: Any, wanted: str, path: Path) -> NoReturn:
    """Refuse a value of the wrong JSON type; `wanted` reads like "a string"."""
    if value is None:
        refuse(f"must be {wanted}; null is allowed only inside extensions", path)
    refuse(f"must be {wanted}, not {_kind(value)}", path)


def unformed(wanted: str, path: Path) -> NoReturn:
    """Refuse a string that has not the format the standard asks for."""
    refuse(f"must be {wanted}", path)


def _kind(value: Any) -> str:
    match value:
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case int() | float():
            return "a number"
        case list():
            return "an array"
        case _:
            return "an object"
