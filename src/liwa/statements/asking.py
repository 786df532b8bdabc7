"""What a reader asks of the statements resource, from the parameters of the request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from liwa.core.config import config
from liwa.statements.equality import agents_key
from liwa.statements.errors import Malformed
from liwa.statements.links import Facet, agent_and_verb, broad_terms, term
from liwa.statements.store import seq_of
from liwa.statements.validation import check_identified, decode, formats
from liwa.statements.versions import Version

PATH = "/xapi/statements"
FORMATS = ("exact", "ids", "canonical")
_NEWEST = 2**63 - 1
# What may be asked beside the id of a single statement.
_WITH_ID = {"attachments", "format"}


@dataclass(frozen=True)
class Cursor:
    """Where a page ended (`seq`), and the seq beyond which nothing is to be given."""

    seq: int
    bound: int

    def __str__(self) -> str:
        return f"{self.seq}-{self.bound}"


@dataclass(frozen=True)
class StatementQuery:
    """A question, every part of it of the right type. `agent` is the agent's key (equality.agents_key)."""

    statement_id: UUID | None = None
    voided_statement_id: UUID | None = None
    agent: str = ""
    verb: str = ""
    activity: str = ""
    registration: UUID | None = None
    related_agents: bool = False
    related_activities: bool = False
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 0
    format: str = "exact"
    attachments: bool = False
    ascending: bool = False
    cursor: Cursor | None = None
    # As they came in, for the link to the next page.
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def most(self) -> int:
        """How many statements a page has at most."""
        allowed = int(config()["LIWA_XAPI_PAGE"])
        return min(self.limit, allowed) or allowed

    def span(self) -> tuple[int, int]:
        """Statements of a page have a seq above the first of these, and up to the second."""
        after = seq_of(self.since) if self.since else 0
        last = seq_of(self.until) if self.until else _NEWEST
        if self.cursor:
            last = min(last, self.cursor.bound)
            if self.ascending:
                after = max(after, self.cursor.seq)
            else:
                last = min(last, self.cursor.seq - 1)
        return after, last

    def conditions(self) -> list[list[int]]:
        """The terms of each condition, of which a statement has to have one."""
        found: list[list[int]] = []
        if self.agent and self.verb and not self.related_agents:
            found.append([agent_and_verb(self.agent, self.verb)])
        else:
            if self.agent:
                found.append(_terms(Facet.AGENT, Facet.RELATED_AGENT, self.agent, self.related_agents))
            if self.verb:
                found.append([term(Facet.VERB, self.verb)])
        if self.activity:
            broad = self.related_activities
            found.append(_terms(Facet.ACTIVITY, Facet.RELATED_ACTIVITY, self.activity, broad))
        if self.registration:
            found.append([term(Facet.REGISTRATION, str(self.registration))])
        return found

    def more(self, cursor: Cursor) -> str:
        """The relative link to the page that follows."""
        parameters = {**self.parameters, "cursor": str(cursor)}
        return f"{PATH}?{urlencode(parameters, quote_via=quote)}"


def _terms(narrow: str, broad: str, value: str, is_broad: bool) -> list[int]:
    return broad_terms(narrow, broad, [value]) if is_broad else [term(narrow, value)]


# Reading parameters


def parse(params: Mapping[str, str], version: Version) -> StatementQuery:
    """The question that the parameters of a GET are. Raises Malformed naming the parameter that is wrong."""
    fields: dict[str, Any] = {}
    for name, text in params.items():
        read = _READ.get(name)
        if read is None:
            raise Malformed("there is no such parameter here", f"?{name}"[:100])
        try:
            fields[_NAMES.get(name, name)] = read(text, version)
        except Malformed as refusal:
            raise Malformed(refusal.rule, f"?{name}{refusal.path.removeprefix('$')}") from None
    _check_single(params)
    return StatementQuery(**fields, parameters=dict(params))


def _check_single(params: Mapping[str, str]) -> None:
    for name in _NAMES:
        others = params.keys() - {name} - _WITH_ID
        if name in params and others:
            raise Malformed(f"goes with {' and '.join(sorted(_WITH_ID))} alone", f"?{name}")


def _uuid(text: str, version: Version) -> UUID:
    if not formats.is_uuid(text):
        raise Malformed("must be a UUID")
    return UUID(text)


def _iri(text: str, version: Version) -> str:
    if not formats.is_iri(text):
        raise Malformed("must be an IRI with its scheme")
    return text


def _agent(text: str, version: Version) -> str:
    value = decode(text.encode("utf-8", "surrogatepass"))
    check_identified(value, version)
    return agents_key(value)


def _instant(text: str, version: Version) -> datetime:
    return formats.parse_timestamp(text, version)


def _truth(text: str, version: Version) -> bool:
    if text not in ("true", "false"):
        raise Malformed("must be true or false")
    return text == "true"


def _count(text: str, version: Version) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise Malformed("must be a whole number, not negative")
    return int(text)


def _format(text: str, version: Version) -> str:
    if text not in FORMATS:
        raise Malformed(f"must be one of {', '.join(FORMATS)}")
    return text


def _cursor(text: str, version: Version) -> Cursor:
    parts = text.split("-")
    if len(parts) != 2 or not all(part.isascii() and part.isdecimal() and len(part) < 20 for part in parts):
        raise Malformed("comes from `more`")
    return Cursor(*(min(int(part), _NEWEST) for part in parts))


_NAMES = {"statementId": "statement_id", "voidedStatementId": "voided_statement_id"}
_READ: dict[str, Callable[[str, Version], Any]] = {
    "statementId": _uuid,
    "voidedStatementId": _uuid,
    "agent": _agent,
    "verb": _iri,
    "activity": _iri,
    "registration": _uuid,
    "related_agents": _truth,
    "related_activities": _truth,
    "since": _instant,
    "until": _instant,
    "limit": _count,
    "format": _format,
    "attachments": _truth,
    "ascending": _truth,
    "cursor": _cursor,
}
