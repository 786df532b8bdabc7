r"""What a column holds, written the same whichever database it is in.

A row travels as PostgreSQL's COPY writes it: a line of cells between tabs, `\N` for null. Of most kinds a cell has one
way of being written only. Of the others (numbers with a fraction, JSON) `plain` gives the one by which two databases
are compared; what is stored is written as its database likes it.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Context, Decimal
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from django.db.models import Field, ForeignKey

from liwa.core.errors import LiwaError

NULL = b"\\N"
_NULL = "\\N"


@dataclass(frozen=True)
class Kind:
    """How a kind of column is written in SQLite (`write`), read there again (`read`), and compared (`plain`).

    `adopt` reads what another engine wrote. `bare`: no cell of it ever has to be escaped. `sorts_as_text`: its order
    is that of the characters' bytes.
    """

    write: Callable[[Any], str]
    read: Callable[[str], Any]
    plain: Callable[[str], str] | None = None
    adopt: Callable[[str], Any] | None = None
    bare: bool = True
    sorts_as_text: bool = False


def kind_of(field: "Field[Any, Any]") -> Kind:
    """The kind of a field's column. Raises LiwaError for one that nobody has said how to move."""
    while isinstance(field, ForeignKey):
        field = field.target_field
    name = field.get_internal_type()
    try:
        return KINDS[name]
    except KeyError:
        raise LiwaError(
            f"{field.model._meta.label}.{field.name} is a {name}, and it is not known how to move that.",
            remedy="src/liwa/flows/tables/kinds.py says how columns are written; add this one.",
        ) from None


# Escaping, exactly as COPY does it

_ESCAPED = {"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
_UNESCAPED = {written: character for character, written in _ESCAPED.items()}
_ESCAPE = re.compile(r"\\.", re.DOTALL)


def escaped(text: str) -> str:
    """A cell as a line holds it."""
    for character, written in _ESCAPED.items():  # the backslash first
        if character in text:
            text = text.replace(character, written)
    return text


def unescaped(cell: str) -> str | None:
    """What a line's cell says; None for null."""
    if "\\" not in cell:
        return cell
    if cell == _NULL:
        return None
    return _ESCAPE.sub(lambda found: _UNESCAPED[found[0]], cell)


def cells(line: bytes) -> list[str | None]:
    """The cells of a line, which ends with a newline."""
    return [unescaped(cell) for cell in line[:-1].decode().split("\t")]


# The kinds


def _same(value: str) -> str:
    return value


def _truth(value: object) -> str:
    return "t" if value else "f"


def _instant(value: str) -> str:
    """SQLite has `2026-09-01 08:00:00.500000`, without what all are in: UTC."""
    return f"{value.rstrip('0') if '.' in value else value}+00"


def _sqlite_instant(cell: str) -> str:
    text = cell.removesuffix("+00")
    head, dot, fraction = text.partition(".")
    return f"{head}.{fraction:0<6}" if dot else text


def _uuid(value: str) -> str:
    return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"


def _number(cell: str) -> str:
    return repr(float(cell) + 0.0)


def _address(cell: str) -> str:
    return str(ip_address(cell))


_EXACT = Context(prec=200_000)
_LONGEST = 150_000  # digits; no database holds more


def _decimal(cell: str) -> str:
    """A number as it is, however it is written: 1, 1.0 and 10e-1 are the same."""
    number = Decimal(cell)
    if abs(number.adjusted()) > _LONGEST:
        return cell
    return f"{_EXACT.plus(_EXACT.normalize(number)):f}"


@lru_cache(4096)
def _document(cell: str) -> str:
    """A JSON document with its keys in order, its numbers by their value."""
    if cell in ("{}", "[]"):
        return cell
    return json.dumps(json.loads(cell, parse_float=_exact, parse_int=_exact), sort_keys=True)


def _adopted(cell: str) -> str:
    """A document as `db.columns` writes it, so that a load finds it unchanged."""
    return cell if cell in ("{}", "[]") else json.dumps(json.loads(cell), sort_keys=True)


def _exact(text: str) -> str:
    return "\0" + _decimal(text)  # no text of a document has this character


_TEXT = Kind(str, _same, bare=False, sorts_as_text=True)
_WHOLE = Kind(str, int)
KINDS: dict[str, Kind] = {
    **dict.fromkeys(
        (
            "AutoField",
            "BigAutoField",
            "SmallAutoField",
            "BigIntegerField",
            "IntegerField",
            "SmallIntegerField",
            "PositiveBigIntegerField",
            "PositiveIntegerField",
            "PositiveSmallIntegerField",
        ),
        _WHOLE,
    ),
    **dict.fromkeys(("CharField", "TextField", "SlugField", "FileField", "FilePathField"), _TEXT),
    "BooleanField": Kind(_truth, lambda cell: int(cell == "t")),
    "DateField": Kind(str, _same),
    "TimeField": Kind(str, _same),
    "DateTimeField": Kind(_instant, _sqlite_instant),
    "UUIDField": Kind(_uuid, lambda cell: cell.replace("-", "")),
    "FloatField": Kind(repr, float, _number),
    "DecimalField": Kind(str, _same, _decimal),
    "GenericIPAddressField": Kind(str, _same, _address),
    "BinaryField": Kind(
        lambda value: f"\\x{bytes(value).hex()}", lambda cell: bytes.fromhex(cell[2:]), bare=False
    ),
    "JSONField": Kind(str, _same, _document, _adopted, bare=False),
}
