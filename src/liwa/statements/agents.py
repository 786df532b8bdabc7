"""Agents as the standard's Person: everything known of one, in arrays."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from liwa.statements.asking import StatementQuery
from liwa.statements.equality import agents_key
from liwa.statements.models import Credential
from liwa.statements.query import find
from liwa.statements.validation.agents import IDENTIFIERS

RECENT = 20  # statements that are looked through for names

Json = Mapping[str, Any]


def person(agent: Json, reader: Credential | None) -> dict[str, Any]:
    """The Person that an Agent is: its identifier, and the names under which it acts.

    Names are the one given and those in its most recent statements that the reader may read (None: all of them), the most
    recent first. No other identifiers
    of the same human being are told: the standard asks for permissions of their own for that.
    """
    names = dict.fromkeys(name for name in (agent.get("name"), *_names(agents_key(agent), reader)) if name)
    found: dict[str, Any] = {"objectType": "Person"}
    if names:
        found["name"] = list(names)
    return found | {name: [agent[name]] for name in IDENTIFIERS if name in agent}


def _names(key: str, reader: Credential | None) -> Iterator[str]:
    recent = find(StatementQuery(agent=key, limit=RECENT), reader)
    for payload in recent.statements:
        statement = msgspec.json.decode(payload)
        yield from (one["name"] for one in _agents(statement) if agents_key(one) == key and "name" in one)


def _agents(statement: Json) -> Iterable[Json]:
    for one in (statement["actor"], statement["object"]):
        if one is statement["actor"] or one.get("objectType") in ("Agent", "Group"):
            yield one
            yield from one.get("member", ())
