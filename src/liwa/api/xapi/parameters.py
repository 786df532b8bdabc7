"""Parameters of requests: what they may be, and how they are described to others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from liwa.api.xapi import schemas
from liwa.statements import equality
from liwa.statements.errors import Malformed
from liwa.statements.validation import check_agent, decode, formats
from liwa.statements.versions import Version

MOST = 50  # parameters of one request
_TEXT = {"type": "string"}


@dataclass(frozen=True)
class Kind:
    """A kind of value: its schema, and what reads it or raises Malformed (the text itself, unless said)."""

    schema: Mapping[str, Any]
    parse: Callable[[str, Version, str], Any] = lambda text, version, name: text


def _iri(text: str, version: Version, name: str) -> str:
    if not formats.is_iri(text):
        raise Malformed("this is an IRI with its scheme", name)
    return text


def _uuid(text: str, version: Version, name: str) -> str:
    if not formats.is_uuid(text):
        raise Malformed("this is a UUID", name)
    return text


def _instant(text: str, version: Version, name: str) -> datetime:
    try:
        return formats.parse_timestamp(text, version)
    except Malformed as refusal:
        raise Malformed(refusal.rule, name) from None


def _agent(text: str, version: Version, name: str) -> str:
    """The agent's inverse functional identifier; groups are no agents here."""
    value = parsed_json(text, name)
    if not isinstance(value, dict) or value.get("objectType", "Agent") != "Agent":
        raise Malformed("this is an Agent as a JSON object", name)
    check_agent(value, version, name)
    return equality.agents_key(value)


def _text(text: str, version: Version, name: str) -> str:
    if "\0" in text:
        raise Malformed("this has no NUL character", name)
    return text


IRI = Kind(schemas.IRI, _iri)
UUID = Kind({**_TEXT, "format": "uuid"}, _uuid)
INSTANT = Kind({**_TEXT, "format": "date-time"}, _instant)
AGENT = Kind({"$ref": "#/components/schemas/Agent"}, _agent)
ACTOR = Kind({"$ref": "#/components/schemas/Actor"})
TRUTH = Kind({"type": "boolean", "default": False})
COUNT = Kind({"type": "integer", "minimum": 0, "default": 0})
FORMAT = Kind({**_TEXT, "enum": ["ids", "exact", "canonical"], "default": "exact"})
TEXT = Kind(_TEXT, _text)


@dataclass(frozen=True)
class Parameter:
    """A parameter of the query: its name, what it may be, and what it does."""

    name: str
    kind: Kind
    about: str
    required: bool = False

    def parse(self, text: str, version: Version) -> Any:
        """Its value. Raises Malformed naming the parameter."""
        return self.kind.parse(text, version, f"?{self.name}")


def parsed_json(text: str, name: str) -> Any:
    """The value that a parameter writes as JSON. Raises Malformed."""
    try:
        return decode(text)
    except Malformed as refusal:
        raise Malformed(refusal.rule, name) from None


def pairs(query: bytes) -> dict[str, str]:
    """The fields of a query or a form. Raises Malformed where one is given twice or is not UTF-8."""
    try:
        found = parse_qsl(query.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST, errors="strict")
    except UnicodeDecodeError:
        raise Malformed("the parameters are not UTF-8") from None
    except ValueError:
        raise Malformed(f"there are more than {MOST} parameters") from None
    fields: dict[str, str] = {}
    for name, text in found:
        if name in fields:
            raise Malformed("this parameter is given twice", f"?{name}"[:100])
        fields[name] = text
    return fields
