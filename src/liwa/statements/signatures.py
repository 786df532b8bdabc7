"""Signed statements: a JSON web signature (RFC 7515) that comes as an attachment.

This catches mistakes, as the standard wants; whether the signer is who they say is for the reader to judge.
"""

import base64
import binascii
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from liwa.statements.equality import same_statement
from liwa.statements.errors import Malformed
from liwa.statements.validation import check_statement, decode
from liwa.statements.validation.results import SIGNATURE, SIGNATURE_TYPE
from liwa.statements.versions import Version

__all__ = ["SIGNATURE", "check", "is_signature"]

_HASHES = {"RS256": hashes.SHA256(), "RS384": hashes.SHA384(), "RS512": hashes.SHA512()}
_MOST_CERTIFICATES = 10
_MOST_SIGNATURES = 10


class _Part(NamedTuple):
    """One signature over the payload."""

    header: dict[str, Any]
    written: bytes  # the header as it is written
    value: bytes


def is_signature(attachment: dict[str, Any]) -> bool:
    """Whether this attachment object of a valid statement stands for a signature."""
    return bool(attachment["usageType"] == SIGNATURE)


def check(statement: dict[str, Any], content: bytes) -> None:
    """Whether `content`, an attachment that is a signature, is well formed and signs this (valid) statement.

    RS256, RS384 or RS512; verified against the first certificate of `x5c` where the header has one. Raises Malformed.
    """
    for at, attachment in enumerate(statement.get("attachments", ())):
        if is_signature(attachment) and attachment["contentType"] != SIGNATURE_TYPE:
            raise Malformed(f"a signature must be {SIGNATURE_TYPE}", f"$.attachments[{at}].contentType")
    payload, parts = _read(content)
    for part in parts:
        _check_part(part, payload)
    _check_payload(statement, _base64url(payload))


def _check_payload(statement: dict[str, Any], payload: bytes) -> None:
    try:
        signed = decode(payload)
        _check_either(signed)
    except Malformed as error:
        raise _wrong(f"its payload is not a statement: {error}") from None
    if not same_statement(signed, statement):
        raise _wrong("it signs another statement than the one it comes with")


def _check_either(signed: Any) -> None:
    """Whether it is a statement of one of the two versions."""
    try:
        check_statement(signed, Version.V1)
    except Malformed:
        check_statement(signed, Version.V2)


# Reading


def _read(content: bytes) -> tuple[bytes, list[_Part]]:
    """The payload, as it is written, and the signatures of a JWS, in its compact or one of its JSON forms."""
    text = content.strip()
    if text.startswith(b"{"):
        return _read_json(text)
    pieces = text.split(b".")
    if len(pieces) != 3:
        raise _wrong("it must have three parts with dots between them")
    header, payload, value = pieces
    return payload, [_part(header, value)]


def _read_json(text: bytes) -> tuple[bytes, list[_Part]]:
    try:
        found = msgspec.json.decode(text, type=_Written)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise _wrong("it is not a JWS in JSON") from None
    several = found.signatures or [_Signature(found.protected, found.signature)]
    if len(several) > _MOST_SIGNATURES:
        raise _wrong(f"it has more than {_MOST_SIGNATURES} signatures")
    return found.payload.encode(), [
        _part(each.protected.encode(), each.signature.encode()) for each in several
    ]


class _Signature(msgspec.Struct):
    protected: str = ""
    signature: str = ""


class _Written(_Signature):
    payload: str = ""
    signatures: list[_Signature] = []


def _part(header: bytes, value: bytes) -> _Part:
    try:
        found = decode(_base64url(header))
    except Malformed:
        raise _wrong("its header is not JSON") from None
    if not isinstance(found, dict):
        raise _wrong("its header is not a JSON object")
    return _Part(found, header, _base64url(value))


def _base64url(text: bytes) -> bytes:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _wrong("it is not written in base64url") from None


# Verifying


def _check_part(part: _Part, payload: bytes) -> None:
    algorithm = part.header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in _HASHES:
        raise _wrong(f"its algorithm must be one of {', '.join(_HASHES)}")
    if "crit" in part.header:
        raise _wrong("its header demands extensions (crit) that are not known here")
    if not part.value:
        raise _wrong("the signature itself is missing")
    if "x5c" in part.header:
        _verify(part, payload, _certificates(part.header["x5c"]))


def _certificates(chain: Any) -> list[x509.Certificate]:
    if not isinstance(chain, list) or not 0 < len(chain) <= _MOST_CERTIFICATES:
        raise _wrong("x5c must be an array of certificates")
    try:
        return [x509.load_der_x509_certificate(base64.b64decode(item, validate=True)) for item in chain]
    except (binascii.Error, ValueError, TypeError):
        raise _wrong("x5c has what is not a certificate in base64") from None


def _verify(part: _Part, payload: bytes, chain: list[x509.Certificate]) -> None:
    """The first certificate's key signed header and payload, and each certificate was issued by the next."""
    try:
        key = chain[0].public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise _wrong("the key of its certificate cannot be read") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise _wrong("its certificate must have an RSA key")
    try:
        key.verify(part.value, part.written + b"." + payload, padding.PKCS1v15(), _HASHES[part.header["alg"]])
    except InvalidSignature:
        raise _wrong("it was not made with the key of its certificate") from None
    for certificate, issuer in pairwise(chain):
        _check_issued(certificate, issuer)


def _check_issued(certificate: x509.Certificate, issuer: x509.Certificate) -> None:
    not_issued = _wrong("a certificate of x5c was not issued by the next one")
    try:
        if certificate.issuer != issuer.subject:
            raise not_issued
    except ValueError:
        raise _wrong("a certificate of x5c cannot be read") from None
    try:
        certificate.verify_directly_issued_by(issuer)
    except InvalidSignature:
        raise not_issued from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return  # an old chain, like the standard's example with SHA-1: its links cannot be verified any more


def _wrong(reason: str) -> Malformed:
    return Malformed(f"the signature is malformed: {reason}", "$.attachments")
