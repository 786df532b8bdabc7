"""Attachments of statements: taken in beside them, and sent out with them."""

import re
from collections.abc import Generator, Iterable, Sequence
from secrets import token_hex

import msgspec

from liwa.api.xapi.rooms import Sent
from liwa.statements import attachments, signatures
from liwa.statements.equality import agents_key
from liwa.statements.errors import Malformed, NotFound, TooLarge
from liwa.statements.links import authority_term, content_term
from liwa.statements.models.credentials import Credential
from liwa.statements.prepare import Prepared

CHUNK = 64 * 1024
MOST_SIGNATURES = 10  # of one statement
MOST_SIGNED = 32 * 1024 * 1024  # bytes of all signatures of a request
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
_VISIBLE = re.compile(r"[\x20-\x7e]*")


class Attachment(msgspec.Struct):
    """What is needed of an attachment object; `sha2` is as the client wrote it."""

    usageType: str  # noqa: N815 - the standard's word
    contentType: str  # noqa: N815
    sha2: str = ""
    fileUrl: str = ""  # noqa: N815


class _Object(msgspec.Struct):
    attachments: list[Attachment] = []


class _Statement(msgspec.Struct):
    object: _Object
    attachments: list[Attachment] = []


_ONE = msgspec.json.Decoder(_Statement)
_MANY = msgspec.json.Decoder(_Statement | list[_Statement])


def named_in(body: bytes) -> list[list[Attachment]]:
    """The attachments of each statement of a valid body, those of its sub-statement among them."""
    if b"attachments" not in body and b"\\u" not in body:
        return []
    found = _MANY.decode(body)
    return [
        [*one.attachments, *one.object.attachments] for one in (found if isinstance(found, list) else [found])
    ]


def check_complete(named: Iterable[list[Attachment]], received: Iterable[str]) -> None:
    """Raise Malformed where an attachment has neither a fileUrl nor content among what was received."""
    here = set(received)
    for one in (one for of_statement in named for one in of_statement):
        if not one.fileUrl and one.sha2.lower() not in here:
            raise Malformed(
                "an attachment has a fileUrl, or its content comes as a part of multipart/mixed",
                "$.attachments",
            )


def check_signatures(body: bytes, named: list[list[Attachment]], received: set[str]) -> None:
    """Raise Malformed where a statement is not what its signature, which has come with it, signs.

    Each signature is looked at once for each statement that names it, however often it does.
    """
    statements, taken = None, 0
    for at, of_statement in enumerate(named):
        signed = {one.sha2.lower() for one in of_statement if one.usageType == SIGNATURE} & received
        if len(signed) > MOST_SIGNATURES:
            raise Malformed(f"a statement has at most {MOST_SIGNATURES} signatures here", "$.attachments")
        for sha2 in signed:
            statements = statements or msgspec.json.decode(body)
            with attachments.open_file(sha2) as stream:
                content = stream.read(MOST_SIGNED + 1)
            taken += len(content)
            if taken > MOST_SIGNED:
                raise TooLarge(f"the signatures of a request have at most {MOST_SIGNED} bytes here")
            signatures.check(statements[at] if isinstance(statements, list) else statements, content)


def note_received(prepared: Sequence[Prepared], named: list[list[Attachment]], received: set[str]) -> None:
    """Let it be known with whose statements the contents came that were received."""
    for one, of_statement in zip(prepared, named, strict=False):
        came = {attachment.sha2.lower() for attachment in of_statement} & received
        one.links += tuple(content_term(one.authority, sha2) for sha2 in came)


def multipart(body: bytes, payloads: Iterable[bytes], reader: Credential) -> tuple[str, Sent]:
    """The Content-Type and the pieces of an answer with the contents of attachments of these statements.

    Each content comes once, and only if the reader may have it.
    """
    boundary = token_hex(16)
    named: dict[str, Attachment] = {}
    for payload in payloads:
        if b'"attachments"' in payload or b"\\u" in payload:
            found = _ONE.decode(payload)
            for one in (*found.attachments, *found.object.attachments):
                named.setdefault(one.sha2.lower(), one)
    if named and reader.reads != "all":
        own = attachments.brought(authority_term(agents_key(reader.authority)), named)
        named = {sha2: one for sha2, one in named.items() if sha2 in own}
    return f"multipart/mixed; boundary={boundary}", Sent(
        _pieces(body, list(named.values()), boundary), reader.key
    )


def _pieces(body: bytes, named: Iterable[Attachment], boundary: str) -> Generator[bytes]:
    yield f"--{boundary}\r\nContent-Type: application/json\r\n\r\n".encode()
    yield body
    for one in named:
        try:
            stream = attachments.open_file(one.sha2)
        except NotFound:
            continue  # its fileUrl tells where it is
        kind = one.contentType if _VISIBLE.fullmatch(one.contentType) else "application/octet-stream"
        with stream:
            yield (
                f"\r\n--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: binary\r\n"
                f"X-Experience-API-Hash: {one.sha2}\r\n\r\n"
            ).encode()
            while piece := stream.read(CHUNK):
                yield piece
    yield f"\r\n--{boundary}--\r\n".encode()
