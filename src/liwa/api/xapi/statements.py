"""The statements resource: storing, fetching one, finding many."""

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import UUID as Uuid  # noqa: N811 - UUID is the kind of a parameter here

import msgspec

from liwa.api.xapi import answers, attached
from liwa.api.xapi.answers import Answer
from liwa.api.xapi.call import Call, Operation, Resource, allow, limit
from liwa.api.xapi.forms import formatted
from liwa.api.xapi.multipart import Part, Parts, boundary_of
from liwa.api.xapi.parameters import ACTOR, COUNT, FORMAT, INSTANT, IRI, TEXT, TRUTH, UUID, Parameter, pairs
from liwa.statements import attachments, commit, prepare, query
from liwa.statements.asking import Cursor
from liwa.statements.errors import Malformed, NotFound, TooLarge
from liwa.statements.store import seq_of
from liwa.statements.validation import formats

MIXED = "multipart/mixed"
MOST_ATTACHMENTS = 1000  # each is synced to the disk by itself


def put(call: Call) -> Answer:
    """Store one statement under the id of the request."""
    _store(call, Uuid(call.values["statementId"]))
    return answers.nothing()


def post(call: Call) -> Answer:
    """Store one statement or several; tell their ids."""
    return answers.encoded([str(one.id) for one in _store(call, None)])


def _store(call: Call, put_id: Uuid | None) -> list[prepare.Prepared]:
    allow(call.credential.may_write_statements, "writing statements")
    if call.media_type == answers.JSON:
        body = call.body.whole(limit("LIWA_XAPI_JSON_MB"))
        prepared = prepare.prepare(body, call.version, call.credential, put_id=put_id)
        attached.check_complete(attached.named_in(body), ())
    elif call.media_type == MIXED:
        prepared = _with_attachments(call, put_id)
    else:
        raise Malformed(f"statements come as {answers.JSON} or {MIXED}", "Content-Type")
    commit.submit(prepared)
    return prepared


def _with_attachments(call: Call, put_id: Uuid | None) -> list[prepare.Prepared]:
    """Statements, which are the first part, and the contents of their attachments, which are kept as they come."""
    call.body.refuse_beyond(limit("LIWA_XAPI_REQUEST_MB"))
    parts = iter(Parts(_bounded(call), boundary_of(call.header("Content-Type"))))
    first = next(parts, None)
    if (
        first is None
        or first.headers.get("content-type", "").partition(";")[0].strip().lower() != answers.JSON
    ):
        raise Malformed(f"the first part is the statements, as {answers.JSON}", "Content-Type")
    body = _json_of(first)
    prepared = prepare.prepare(body, call.version, call.credential, put_id=put_id)
    named = attached.named_in(body)
    received = _kept(parts, [one.sha2.lower() for of_statement in named for one in of_statement])
    attached.check_complete(named, received)
    attached.check_signatures(body, named, received)
    attached.note_received(prepared, named, received)
    return prepared


def _bounded(call: Call) -> Callable[[int], bytes]:
    """Read the body, but no further than a request may be long."""
    most = limit("LIWA_XAPI_REQUEST_MB")

    def read(size: int) -> bytes:
        piece = call.body.read(size)
        if call.body.taken > most:
            raise TooLarge(f"the request is more than {most // 1024 // 1024} MB")
        return piece

    return read


def _json_of(part: Part) -> bytes:
    most = limit("LIWA_XAPI_JSON_MB")
    body = bytearray()
    for piece in part.content:
        body += piece
        if len(body) > most:
            raise TooLarge(f"the statements are more than {most // 1024 // 1024} MB")
    return bytes(body)


def _kept(parts: Iterator[Part], wanted: list[str]) -> set[str]:
    """Keep the contents that follow the statements; gives their hashes."""
    hashes, received = set(wanted), set[str]()
    for number, part in enumerate(parts):
        if number >= len(wanted):
            raise Malformed("there are more parts than attachments")
        sha2 = _hash_of(part, hashes)
        if sha2 in received:  # nobody has to send it twice, but who does is right
            attachments.check(part.content, limit("LIWA_XAPI_ATTACHMENT_MB"), sha2)
        elif len(received) == MOST_ATTACHMENTS:
            raise TooLarge(f"a request has at most {MOST_ATTACHMENTS} different attachments here")
        else:
            _keep(part, sha2)
            received.add(sha2)
    return received


def _hash_of(part: Part, wanted: set[str]) -> str:
    """The hash that a part has for its content."""
    sha2 = part.headers.get("x-experience-api-hash", "").lower()
    if sha2 not in wanted:
        raise Malformed("every part after the first has the sha2 of an attachment", "X-Experience-API-Hash")
    if part.headers.get("content-transfer-encoding", "").lower() != "binary":
        raise Malformed("the content of attachments is sent as binary", "Content-Transfer-Encoding")
    return sha2


def _keep(part: Part, sha2: str) -> None:
    """Keep the content of an attachment."""
    with attachments.Writer(limit("LIWA_XAPI_ATTACHMENT_MB"), sha2) as writer:
        for piece in part.content:
            writer.write(piece)
        writer.finish()


class _Stored(msgspec.Struct):
    stored: str


def get(call: Call) -> Answer:
    """One statement by its id, or those that meet all conditions, the latest first."""
    allow(call.credential.reads != "none", "reading statements")
    asked = query.parse(call.parameters, call.version)
    if wanted := asked.statement_id or asked.voided_statement_id:
        voided = asked.voided_statement_id is not None
        payload = query.one(wanted, voided=voided, scope=call.credential)
        if payload is None:
            raise NotFound("there is no such statement")
        (body,) = _formatted(call, asked, [payload])
        return answers.modified(_answer(call, asked, body, [payload]), _stored_at(payload))
    page = query.find(asked, call.credential)
    shown = _formatted(call, asked, page.statements)
    more = msgspec.json.encode(_more(call, asked, page, len(shown)))
    body = b'{"statements":[' + b",".join(shown) + b'],"more":' + more + b"}"
    return _answer(call, asked, body, page.statements[: len(shown)])


def _more(call: Call, asked: query.StatementQuery, page: query.Found, shown: int) -> str:
    """The link to what follows the statements that are shown, which may be fewer than were found."""
    if shown == len(page.statements):
        return page.more
    following = pairs(page.more.partition("?")[2].encode())
    cursor = query.parse(following, call.version).cursor or asked.cursor
    bound = cursor.bound if cursor else max(_seq(page.statements[0]), _seq(page.statements[-1]))
    return asked.more(Cursor(_seq(page.statements[shown - 1]), bound))


def _seq(payload: bytes) -> int:
    return seq_of(_stored_at(payload))


def _stored_at(payload: bytes) -> datetime:
    return formats.parse_timestamp(msgspec.json.decode(payload, type=_Stored).stored)


def _formatted(call: Call, asked: query.StatementQuery, payloads: list[bytes]) -> list[bytes]:
    return formatted(payloads, asked.format, call.header("Accept-Language"))


def _answer(call: Call, asked: query.StatementQuery, body: bytes, payloads: list[bytes]) -> Answer:
    """JSON, or multipart/mixed with the contents of attachments where the request wants them."""
    if not asked.attachments:
        return answers.json(body)
    content_type, pieces = attached.multipart(body, payloads, call.credential)
    return Answer(200, pieces, {"Content-Type": content_type})


_ID = Parameter("statementId", UUID, "The id of the statement.", required=True)
_FILTERS = (
    Parameter("statementId", UUID, "The id of the one statement to get."),
    Parameter("voidedStatementId", UUID, "The id of the one voided statement to get."),
    Parameter("agent", ACTOR, "Statements whose actor or object is this agent or group."),
    Parameter("verb", IRI, "Statements with this verb."),
    Parameter("activity", IRI, "Statements whose object is this activity."),
    Parameter("registration", UUID, "Statements with this registration."),
    Parameter("related_activities", TRUTH, "Look for the activity also in contexts and sub-statements."),
    Parameter("related_agents", TRUTH, "Look for the agent also as authority, instructor, team and so on."),
    Parameter("since", INSTANT, "Statements stored after this instant."),
    Parameter("until", INSTANT, "Statements stored at this instant or before."),
    Parameter("limit", COUNT, "The most statements to give at once; 0 is as many as the store gives."),
    Parameter("format", FORMAT, "Identifiers alone, exactly as received, or with canonical definitions."),
    Parameter("attachments", TRUTH, "Whether the contents of attachments come along, as multipart/mixed."),
    Parameter("ascending", TRUTH, "The earliest first."),
    Parameter("cursor", TEXT, "Where to go on; part of the address in `more`."),
)
_TAKES = {answers.JSON: "Statements", MIXED: "Mixed"}

RESOURCES = (
    Resource(
        "statements",
        "What people did, said and achieved.",
        (
            Operation(
                "GET",
                "Get one statement, or those that meet all conditions",
                get,
                _FILTERS,
                reads_parameters=True,
                gives={answers.JSON: "Found", MIXED: "Mixed"},
                errors=(403, 404),
            ),
            Operation(
                "PUT",
                "Store one statement",
                put,
                (_ID,),
                takes={answers.JSON: "Statement", MIXED: "Mixed"},
                status=204,
                errors=(403, 409, 413),
            ),
            Operation(
                "POST",
                "Store statements",
                post,
                takes=_TAKES,
                gives={answers.JSON: "Ids"},
                errors=(403, 409, 413),
            ),
        ),
    ),
)
