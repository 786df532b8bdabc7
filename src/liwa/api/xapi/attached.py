"""Attachments of statements: taken in beside them, and sent out with them."""

import re
from collections.abc import Iterable, Iterator
from secrets import token_hex

import msgspec

from liwa.statements import attachments, signatures
from liwa.statements.errors import Malformed, NotFound, TooLarge

CHUNK = 64 * 1024
LARGEST_SIGNATURE = 16 * 1024 * 1024
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


def check_signatures(body: bytes, named: list[list[Attachment]], received: Iterable[str]) -> None:
    """Raise Malformed where a statement is not what its signature, which has come with it, signs."""
    here = set(received)
    statements = None
    for at, of_statement in enumerate(named):
        for one in of_statement:
            if one.usageType == SIGNATURE and one.sha2.lower() in here:
                statements = statements or msgspec.json.decode(body)
                statement = statements[at] if isinstance(statements, list) else statements
                with attachments.open_file(one.sha2) as stream:
                    content = stream.read(LARGEST_SIGNATURE + 1)
                if len(content) > LARGEST_SIGNATURE:
                    raise TooLarge(f"a signature has at most {LARGEST_SIGNATURE} bytes here")
                signatures.check(statement, content)


def multipart(body: bytes, payloads: Iterable[bytes]) -> tuple[str, Iterator[bytes]]:
    """The Content-Type and the pieces of an answer with the contents of all attachments of these statements."""
    boundary = token_hex(16)
    types: dict[str, str] = {}
    for payload in payloads:
        if b'"attachments"' in payload or b"\\u" in payload:
            found = _ONE.decode(payload)
            for one in (*found.attachments, *found.object.attachments):
                types.setdefault(one.sha2, one.contentType)
    return f"multipart/mixed; boundary={boundary}", _pieces(body, types, boundary)


def _pieces(body: bytes, types: dict[str, str], boundary: str) -> Iterator[bytes]:
    yield f"--{boundary}\r\nContent-Type: application/json\r\n\r\n".encode()
    yield body
    for sha2, content_type in types.items():
        try:
            stream = attachments.open_file(sha2)
        except NotFound:
            continue  # its fileUrl tells where it is
        kind = content_type if _VISIBLE.fullmatch(content_type) else "application/octet-stream"
        with stream:
            yield (
                f"\r\n--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: binary\r\n"
                f"X-Experience-API-Hash: {sha2}\r\n\r\n"
            ).encode()
            while piece := stream.read(CHUNK):
                yield piece
    yield f"\r\n--{boundary}--\r\n".encode()
