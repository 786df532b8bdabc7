"""From a request's body to rows: checked, completed, and with everything it can be found by.

Nothing here asks the database, so that this work is done before the store's lock is taken.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import msgspec

from liwa.statements import links
from liwa.statements.equality import agents_key
from liwa.statements.errors import Malformed
from liwa.statements.models.credentials import Credential
from liwa.statements.validation import check_statement, decode
from liwa.statements.validation.timestamps import parse_timestamp
from liwa.statements.versions import Version

Json = dict[str, Any]

# What a statement without a version is taken to have: the first of its line.
_VERSIONS = {Version.V1: msgspec.Raw(b'"1.0.0"'), Version.V2: msgspec.Raw(b'"2.0.0"')}
_split = msgspec.json.Decoder(list[dict[str, msgspec.Raw]]).decode
_split_one = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_encode = msgspec.json.Encoder().encode


class Definition(NamedTuple):
    """What a statement says of an activity; `mark` is the same where the same is said."""

    iri: str
    said: Json
    mark: int


@dataclass(slots=True)
class Prepared:
    """A statement ready to be stored.

    `payload`, `authority` as in models.Statement; `links` are its terms, `definitions` what it may say of activities.
    `is_named` where the id came with it; else nobody can know of it yet. `target` is the statement
    that it refers to, and voids if `voids`; `reaches` where that may be one that somebody else wrote.
    """

    id: UUID
    payload: bytes
    authority: int
    links: tuple[int, ...]
    is_named: bool = True
    target: UUID | None = None
    voids: bool = False
    definitions: tuple[Definition, ...] = ()
    reaches: bool = True


@dataclass(frozen=True)
class _Author:
    """What a credential gives to its statements."""

    agent: Json
    encoded: msgspec.Raw
    term: int
    may_define: bool
    reaches: bool


def prepare(
    body: bytes, version: Version, credential: Credential, *, put_id: UUID | None = None
) -> list[Prepared]:
    """The statements of a body, which is one of them or an array; with `put_id`, one that gets this id.

    Raises Malformed with the path of the first mistake.
    """
    found = decode(body)
    is_array = isinstance(found, list)
    if put_id is not None:
        _check_put(found, put_id)
    statements = found if is_array else [found]
    for at, statement in enumerate(statements):
        check_statement(statement, version, f"$[{at}]" if is_array else "$")
    author = _author(credential)
    parts = _split(body) if is_array else [_split_one(body)]
    made = [
        _made(statement, part, version, author, put_id)
        for statement, part in zip(statements, parts, strict=True)
    ]
    _refuse_repeats(made)
    return made


def _check_put(found: Any, put_id: UUID) -> None:
    if not isinstance(found, dict):
        raise Malformed("must be one statement, as a JSON object", "$")
    given = found.get("id")
    if isinstance(given, str) and given.lower() != str(put_id):
        raise Malformed("must be the statementId of the request", "$.id")


def _refuse_repeats(made: list[Prepared]) -> None:
    if len({one.id for one in made}) == len(made):
        return
    seen: set[UUID] = set()
    for at, one in enumerate(made):
        if one.id in seen:
            raise Malformed("another statement of the request has the same id", f"$[{at}].id")
        seen.add(one.id)


def _author(credential: Credential) -> _Author:
    agent = credential.authority
    term = links.authority_term(agents_key(agent))
    return _Author(agent, msgspec.Raw(_encode(agent)), term, credential.may_define, credential.reads == "all")


def _made(
    statement: Json, part: dict[str, msgspec.Raw], version: Version, author: _Author, put_id: UUID | None
) -> Prepared:
    given = statement.get("id")
    name = UUID(given) if given is not None else put_id or uuid4()
    statement["authority"] = author.agent
    terms = {*links.terms_of(links.facets_of(statement)), *links.own_terms(statement)}
    target = links.target_of(statement)
    return Prepared(
        name,
        _payload(statement, part, version, author, name),
        author.term,
        tuple(terms),
        given is not None or put_id is not None,
        target,
        target is not None and links.is_voiding(statement),
        tuple(_definitions(statement)) if author.may_define else (),
        author.reaches,
    )


def _payload(
    statement: Json, part: dict[str, msgspec.Raw], version: Version, author: _Author, name: UUID
) -> bytes:
    fields: dict[str, Any] = {}
    timestamp = part.pop("timestamp", None)
    if timestamp is not None:
        fields["timestamp"] = _in_utc(statement["timestamp"]) if version is Version.V2 else timestamp
    part.pop("stored", None)
    part["authority"] = author.encoded
    part.setdefault("version", _VERSIONS[version])
    if "id" not in part:
        fields["id"] = str(name)
    return _encode(fields | part)


def _in_utc(timestamp: str) -> str:
    """2.0 wants timestamps in UTC; one that is stays as it was received."""
    if timestamp[-1] in "Zz" or timestamp.endswith("+00:00"):
        return timestamp
    return parse_timestamp(timestamp, Version.V2).isoformat().replace("+00:00", "Z")


def _definitions(statement: Mapping[str, Any]) -> Iterator[Definition]:
    for activity in links.activities_of(statement):
        definition = activity.get("definition")
        if definition:
            yield Definition(activity["id"], definition, hash(_encode(definition)))
