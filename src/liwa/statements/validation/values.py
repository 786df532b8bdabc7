"""Checks of single values, and of objects by a table that names a check for each property they may have.

A check takes a value as decoded from JSON and its path, returns nothing, and raises Malformed.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from liwa.statements.validation import formats
from liwa.statements.validation.paths import Path, mistyped, refuse, unformed

Check: TypeAlias = Callable[[Any, Path], None]
Table: TypeAlias = Mapping[str, Check]

DEEPEST = 400  # levels within an extension, of the thousand or so at which Python's JSON readers give up


def check_properties(value: Any, path: Path, table: Table) -> None:
    """An object with no other properties than those of the table, each as it says."""
    if type(value) is not dict:
        mistyped(value, "an object", path)
    for key, item in value.items():
        check = table.get(key)
        if check is None:
            _unknown(key, path, table)
        else:
            check(item, (path, key))


def _unknown(key: str, path: Path, table: Table) -> None:
    known = {name.lower(): name for name in table}.get(key.lower())
    if known is not None:
        refuse(f'the property is called "{known}"', (path, key))
    refuse(f"is not a property that there is here; known are {', '.join(table)}", (path, key))


def require(value: Mapping[str, Any], path: Path, *names: str) -> None:
    """The object has each of these properties."""
    for name in names:
        if name not in value:
            refuse("is required", (path, name))


def check_string(value: Any, path: Path) -> None:
    """Any string, the empty one too."""
    if type(value) is not str:
        mistyped(value, "a string", path)


def check_boolean(value: Any, path: Path) -> None:
    """True or false."""
    if type(value) is not bool:
        mistyped(value, "true or false", path)


def check_number(value: Any, path: Path) -> None:
    """A number; a string of digits is none."""
    if type(value) is not float and type(value) is not int:
        mistyped(value, "a number", path)


def check_array(value: Any, path: Path) -> None:
    """An array."""
    if type(value) is not list:
        mistyped(value, "an array", path)


def check_iri(value: Any, path: Path) -> None:
    """An IRI (or IRL, or URI)."""
    if type(value) is not str:
        mistyped(value, "a string", path)
    if not formats.is_iri(value):
        unformed("an IRI with its scheme, like https://example.org/x, without spaces", path)


def check_uuid(value: Any, path: Path) -> None:
    """A UUID."""
    if type(value) is not str:
        mistyped(value, "a string", path)
    if not formats.is_uuid(value):
        unformed("a UUID, like 12345678-1234-4234-8234-123456789012", path)


def check_language_tag(value: Any, path: Path) -> None:
    """A language tag."""
    if type(value) is not str:
        mistyped(value, "a string", path)
    if not formats.is_language_tag(value):
        unformed("a language tag of RFC 5646, like en-US", path)


def check_timestamp(value: Any, path: Path) -> None:
    """A timestamp of xAPI 1.0.x."""
    if type(value) is not str:
        mistyped(value, "a string", path)
    if not formats.is_timestamp(value):
        unformed("an ISO 8601 timestamp, like 2026-09-01T08:30:00.000Z", path)


def check_rfc3339(value: Any, path: Path) -> None:
    """A timestamp of xAPI 2.0."""
    if type(value) is not str:
        mistyped(value, "a string", path)
    if not formats.is_rfc3339(value):
        unformed("an RFC 3339 timestamp with its zone, like 2026-09-01T08:30:00.000Z", path)


def check_duration(value: Any, path: Path) -> None:
    """A duration."""
    if type(value) is not str:
        mistyped(value, "a string", path)
    if not formats.is_duration(value):
        unformed("an ISO 8601 duration by units, like PT1H30M", path)


def check_language_map(value: Any, path: Path) -> None:
    """Texts by language tag."""
    if type(value) is not dict:
        mistyped(value, "an object of texts by language tag", path)
    for tag, text in value.items():
        if not formats.is_language_tag(tag):
            refuse("is not a language tag of RFC 5646, like en-US", (path, tag))
        if type(text) is not str:
            mistyped(text, "a string", (path, tag))


def check_extensions(value: Any, path: Path) -> None:
    """Values by IRI. What the values are is nobody's business, as long as every reader can take their depth."""
    if type(value) is not dict:
        mistyped(value, "an object of values by IRI", path)
    for key, item in value.items():
        if not formats.is_iri(key):
            refuse("an extension's key must be an IRI", (path, key))
        if (type(item) is dict or type(item) is list) and _is_deep(item):
            refuse(f"is nested deeper than {DEEPEST} levels", (path, key))


def _is_deep(value: Any) -> bool:
    """Whether arrays and objects are in one another to more than DEEPEST levels."""
    level = [value]
    for _ in range(DEEPEST):
        items: list[Any] = []
        for part in level:
            items += part.values() if type(part) is dict else part
        level = [item for item in items if type(item) is dict or type(item) is list]
        if not level:
            return False
    return True


def word(only: str) -> Check:
    """The check that a value is this word."""

    def check(value: Any, path: Path) -> None:
        if value != only:
            refuse(f'must be "{only}"', path)

    return check
