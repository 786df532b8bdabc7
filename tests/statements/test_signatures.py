"""Signed statements, with keys and certificates made here."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from liwa.statements import signatures
from liwa.statements.errors import Malformed
from tests.statements.validation.made import ATTACHMENT, UUID, statement, within

HASHES = {"RS256": hashes.SHA256(), "RS384": hashes.SHA384(), "RS512": hashes.SHA512()}
SIGNATURE = {**ATTACHMENT, "usageType": signatures.SIGNATURE, "contentType": "application/octet-stream"}
BEFORE = statement(id=UUID, timestamp="2026-09-01T08:30:00Z")
SIGNED = {**BEFORE, "attachments": [SIGNATURE]}
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ISSUER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def base64url(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def jws(payload: Any = BEFORE, alg: str = "RS256", **header: Any) -> bytes:
    head = base64url(json.dumps({"alg": alg, **header}).encode())
    body = base64url(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
    value = KEY.sign(head + b"." + body, padding.PKCS1v15(), HASHES.get(alg, hashes.SHA256()))
    return head + b"." + body + b"." + base64url(value)


def certificate(name: str, key: Any, issuer: str, issuer_key: Any) -> str:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=2))
        .not_valid_after(datetime.now(UTC) - timedelta(days=1))
    )
    made = builder.sign(issuer_key, hashes.SHA256())
    return base64.b64encode(made.public_bytes(Encoding.DER)).decode()


ISSUER = certificate("issuer", ISSUER_KEY, "issuer", ISSUER_KEY)
LEAF = certificate("leaf", KEY, "issuer", ISSUER_KEY)
STRANGER = certificate("leaf", ISSUER_KEY, "issuer", ISSUER_KEY)


def refusal(content: bytes, value: dict[str, Any] = SIGNED) -> str:
    with pytest.raises(Malformed) as refused:
        signatures.check(value, content)
    return str(refused.value)


@pytest.mark.parametrize("alg", HASHES)
@pytest.mark.parametrize(
    "header", [{}, {"x5c": [LEAF]}, {"x5c": [LEAF, ISSUER]}], ids=["bare", "leaf", "chain"]
)
def test_signed_statements(alg: str, header: dict[str, Any]) -> None:
    signatures.check(SIGNED, jws(alg=alg, **header))


def test_the_payload_is_the_statement_before_the_store_and_the_signature() -> None:
    stored = {**SIGNED, "stored": "2026-09-02T00:00:00Z", "authority": {"mbox": "mailto:s@example.org"}}
    signatures.check({**stored, "timestamp": "2026-09-01T16:30:00+08:00"}, jws())
    signatures.check({**within("result.duration", "PT0.129S")}, jws(within("result.duration", "PT0.12S")))
    two = statement(context={"contextAgents": []}, version="2.0.0")
    signatures.check(two, jws(two))


@pytest.mark.parametrize("several", [False, True])
def test_the_json_forms(several: bool) -> None:
    head, body, value = jws(x5c=[LEAF]).decode().split(".")
    one = {"protected": head, "signature": value}
    made = {"payload": body, "signatures": [one, one]} if several else {"payload": body, **one}
    signatures.check(SIGNED, json.dumps(made).encode())
    made["payload"] = base64url(json.dumps(statement(id=UUID)).encode()).decode()
    assert "not made with the key" in refusal(json.dumps(made).encode())


def test_another_statement_was_signed() -> None:
    assert "another statement" in refusal(jws(), {**SIGNED, "result": {"success": True}})


@pytest.mark.parametrize("alg", ["HS256", "none", "ES256", "PS256", "rs256", ""])
def test_other_algorithms(alg: str) -> None:
    assert "algorithm" in refusal(jws(alg=alg))


def test_a_certificate_that_does_not_fit() -> None:
    assert "not made with the key" in refusal(jws(x5c=[STRANGER]))
    assert "not issued" in refusal(jws(x5c=[LEAF, certificate("other", KEY, "other", KEY)]))
    assert "not issued" in refusal(jws(x5c=[LEAF, certificate("issuer", KEY, "issuer", KEY)]))
    curve = ec.generate_private_key(ec.SECP256R1())
    assert "RSA" in refusal(jws(x5c=[certificate("leaf", curve, "leaf", curve)]))


@pytest.mark.parametrize("x5c", ["", [], [1], ["?"], ["AAAA"], [LEAF] * 11, None])
def test_a_chain_that_is_none(x5c: Any) -> None:
    assert "x5c" in refusal(jws(x5c=x5c))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a.b",
        b"a.b.c.d",
        b"{}",
        b'{"payload": 1}',
        b"[" * 10_000,
        b"{" * 10_000,
        b"?.?.?",
        jws(b"not JSON"),
        jws(b"[]"),
        jws(b'{"actor": {}}'),
        jws(b"[" * 10_000 + b"]" * 10_000),
        jws().rpartition(b".")[0] + b".",
        base64url(b"[]") + b"." + jws().partition(b".")[2],
        base64url(b"\xff") + b"." + jws().partition(b".")[2],
        jws(crit=["exp"]),
    ],
)
def test_what_is_no_signature(content: bytes) -> None:
    assert "the signature is malformed" in refusal(content)


def test_a_signature_is_an_octet_stream() -> None:
    value = {**BEFORE, "attachments": [{**SIGNATURE, "contentType": "text/plain"}]}
    assert refusal(jws(), value).startswith("$.attachments[0].contentType")
    assert signatures.is_signature(SIGNATURE)
    assert not signatures.is_signature(ATTACHMENT)


@given(st.binary() | st.text(alphabet='abc=-_.{}[]":,').map(str.encode))
def test_any_bytes(content: bytes) -> None:
    refusal(content)
