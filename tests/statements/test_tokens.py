"""Bearer tokens: whose are taken, and the many ways in which one does not count."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from liwa.core.config import config
from liwa.statements import tokens as module
from liwa.statements.scopes import granted, mapped, pairs

ISSUER, AUDIENCE = "https://login.example.edu", "liwa"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
WEAK_KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)
CURVES = {"ES256": ec.SECP256R1, "ES384": ec.SECP384R1, "ES512": ec.SECP521R1}
EC_KEYS = {name: ec.generate_private_key(curve()) for name, curve in CURVES.items()}


def published(key: Any, key_id: str | None = "k1", **more: Any) -> dict[str, Any]:
    """The public half as a JWK."""
    kind = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    found = {**kind.to_jwk(key.public_key(), as_dict=True), **({"kid": key_id} if key_id else {}), **more}
    found.pop("key_ops", None)
    return found


def claims(**more: Any) -> dict[str, Any]:
    given = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "player",
        "exp": time.time() + 60,
        "scope": "statements/write state",
        **more,
    }
    return {name: value for name, value in given.items() if value is not None}


def signed(said: dict[str, Any], key: Any = RSA_KEY, algorithm: str = "RS256", **header: Any) -> str:
    return jwt.encode(said, key, algorithm, headers={"kid": "k1", **header})


@pytest.fixture(autouse=True)
def set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Change the settings, or the published keys."""
    place = tmp_path / "keys.json"
    settings = {
        "LIWA_XAPI_TOKEN_ISSUER": ISSUER,
        "LIWA_XAPI_TOKEN_AUDIENCE": AUDIENCE,
        "LIWA_XAPI_TOKEN_KEYS": str(place),
        "LIWA_XAPI_TOKEN_SCOPES": (),
    }
    monkeypatch.setattr(module, "config", lambda: {**config(), **settings})

    def change(*keys: dict[str, Any], **more: Any) -> None:
        settings.update({f"LIWA_XAPI_TOKEN_{name.upper()}": value for name, value in more.items()})
        module._sets.clear()
        if keys:
            place.write_text(json.dumps({"keys": keys}))

    change(published(RSA_KEY))
    return change


def test_a_token_of_the_issuer() -> None:
    found = module.authenticate_bearer(signed(claims()))
    assert found is not None
    assert (found.key, found.scopes) == ("player", ["statements/write", "state"])
    assert found.authority == {"objectType": "Agent", "account": {"homePage": ISSUER, "name": "player"}}
    assert found.may_write_statements and found.reads == "none"


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_rsa(algorithm: str) -> None:
    assert module.authenticate_bearer(signed(claims(), algorithm=algorithm))


@pytest.mark.parametrize("algorithm", CURVES)
def test_elliptic_curves(algorithm: str, set_up) -> None:
    set_up(published(EC_KEYS[algorithm]))
    assert module.authenticate_bearer(signed(claims(), EC_KEYS[algorithm], algorithm))


def test_the_audience_may_be_one_of_several() -> None:
    assert module.authenticate_bearer(signed(claims(aud=["other", AUDIENCE])))


REFUSED = {
    "another issuer": {"iss": "https://evil.example.edu"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "other"},
    "no audience": {"aud": None},
    "expired": {"exp": time.time() - 120},
    "never expiring": {"exp": None},
    "not yet": {"nbf": time.time() + 3600},
    "nobody": {"sub": None},
    "nobody's text": {"sub": "", "client_id": None},
    "a number": {"sub": None, "client_id": 7},
    "a long name": {"sub": "x" * 201},
    "a NUL": {"sub": "a\0b"},
}


@pytest.mark.parametrize("more", REFUSED.values(), ids=REFUSED)
def test_claims_that_do_not_count(more: dict[str, Any]) -> None:
    assert module.authenticate_bearer(signed(claims(**more))) is None


def test_clocks_may_differ_a_little() -> None:
    assert module.authenticate_bearer(signed(claims(exp=time.time() - 10)))


def test_a_client_where_there_is_no_subject() -> None:
    found = module.authenticate_bearer(signed(claims(sub=None, client_id="video")))
    assert found is not None and found.key == "video"


def part(said: Any) -> str:
    text = said if isinstance(said, bytes) else json.dumps(said).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def test_without_a_signature() -> None:
    for algorithm in ("none", "None", "", None):
        header = {"alg": algorithm, "typ": "JWT", "kid": "k1"}
        assert module.authenticate_bearer(f"{part(header)}.{part(claims())}.") is None


def test_signed_with_the_public_key_as_a_secret(set_up) -> None:
    """The attack that has a verifier take an RSA key for the secret of an HMAC."""
    import hashlib
    import hmac

    public = json.dumps(published(RSA_KEY)).encode()
    for algorithm in ("HS256", "HS384", "HS512"):
        text = f"{part({'alg': algorithm, 'kid': 'k1'})}.{part(claims())}"
        signature = hmac.new(public, text.encode(), hashlib.sha256).digest()
        assert module.authenticate_bearer(f"{text}.{part(signature)}") is None


def test_a_published_secret_is_no_key(set_up) -> None:
    secret = b"s" * 32
    set_up({"kty": "oct", "kid": "k1", "k": part(secret), "alg": "HS256"})
    assert module.authenticate_bearer(signed(claims(), secret, "HS256")) is None


@pytest.mark.filterwarnings("ignore:The RSA key is 1024 bits")
def test_other_signatures(set_up) -> None:
    assert module.authenticate_bearer(signed(claims(), OTHER_KEY)) is None
    assert module.authenticate_bearer(signed(claims(), algorithm="PS256")) is None
    good = signed(claims())
    head, body, signature = good.split(".")
    assert module.authenticate_bearer(f"{head}.{part(claims(sub='root'))}.{signature}") is None
    assert module.authenticate_bearer(f"{head}.{body}.") is None
    set_up(published(WEAK_KEY))
    assert module.authenticate_bearer(signed(claims(), WEAK_KEY)) is None


@pytest.mark.parametrize(
    "more", [{"use": "enc"}, {"alg": "RS512"}, {"kty": "EC"}, {"n": "!"}, {"n": None}, {"kid": "k2"}]
)
def test_keys_that_are_not_for_this(more: dict[str, Any], set_up) -> None:
    set_up({**published(RSA_KEY), **more})
    assert module.authenticate_bearer(signed(claims())) is None


def test_a_curve_goes_with_its_hash(set_up) -> None:
    set_up(published(EC_KEYS["ES384"]))
    text = f"{part({'alg': 'ES256', 'kid': 'k1'})}.{part(claims())}"
    assert module.authenticate_bearer(f"{text}.{part(b'x' * 96)}") is None


def test_what_the_token_says_of_its_own_key_is_not_heard() -> None:
    """A `jwk` or `jku` in the header would let anybody sign for himself."""
    own = {"jwk": published(OTHER_KEY, None), "jku": "https://evil.example.edu/keys"}
    assert module.authenticate_bearer(signed(claims(), OTHER_KEY, **own)) is None
    assert module.authenticate_bearer(signed(claims(), crit=["exp"])) is None


def test_tokens_without_a_key_id_try_every_key(set_up) -> None:
    set_up(published(OTHER_KEY, "k0"), published(RSA_KEY, "k1"))
    token = jwt.encode(claims(), RSA_KEY, "RS256")
    assert module.authenticate_bearer(token)


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "...", "é.é.é", "x" * 20_000, part([]) + ".a.b"])
def test_no_token_at_all(token: str) -> None:
    assert module.authenticate_bearer(token) is None


@pytest.mark.parametrize("name", ["issuer", "audience", "keys"])
def test_nobody_gets_in_where_it_is_not_set_up(name: str, set_up) -> None:
    set_up(**{name: ""})
    assert module.authenticate_bearer(signed(claims())) is None


# Scopes


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("all", ["all"]),
        ("  state   define ", ["state", "define"]),
        (["all/read", "email"], ["all/read"]),
        ("openid profile email", []),
        ("profile", ["profile"]),
        ("ALL", []),
        (None, []),
        (7, []),
        ([7], []),
    ],
)
def test_scopes_are_the_standards(said: object, found: list[str]) -> None:
    assert granted(said, {}) == found


def test_scopes_in_the_issuers_words(set_up) -> None:
    set_up(scopes=pairs("lrs:send=statements/write, lrs:admin=all"))
    found = module.authenticate_bearer(signed(claims(scope="lrs:send all profile")))
    assert found is not None and found.scopes == ["statements/write"]
    found = module.authenticate_bearer(signed(claims(scope=None, scp=["lrs:admin"])))
    assert found is not None and found.scopes == ["all"]
    assert mapped(("https://x/?a=b=all",)) == {"https://x/?a=b": "all"}
    for wrong in ("a", "a=", "=all", "a=everything"):
        with pytest.raises(ValueError, match="theirs=ours"):
            pairs(wrong)


# Where the keys are


def test_a_new_key_is_fetched_once_and_unknown_ones_do_not_hammer(set_up, monkeypatch) -> None:
    at = 1000.0
    monkeypatch.setattr(module.clock, "monotonic", lambda: at)
    read: list[str] = []
    content = module._content
    monkeypatch.setattr(module, "_content", lambda place: read.append(place) or content(place))
    assert module.authenticate_bearer(signed(claims()))
    for number in range(20):
        assert module.authenticate_bearer(signed(claims(), kid=f"unknown {number}")) is None
    assert len(read) == 1
    Path(module.config()["LIWA_XAPI_TOKEN_KEYS"]).write_text(
        json.dumps({"keys": [published(OTHER_KEY, "k2")]})
    )
    assert module.authenticate_bearer(signed(claims(), OTHER_KEY, kid="k2")) is None
    at += module.PATIENCE_SECONDS + 1
    assert module.authenticate_bearer(signed(claims(), OTHER_KEY, kid="k2"))


def test_keys_are_read_again_and_old_ones_are_used_for_a_while(monkeypatch) -> None:
    at = 1000.0
    monkeypatch.setattr(module.clock, "monotonic", lambda: at)
    token = signed(claims())
    assert module.authenticate_bearer(token)

    def gone(place: str) -> bytes:
        raise OSError

    monkeypatch.setattr(module, "_content", gone)
    at += module.FRESH_SECONDS + 1
    assert module.authenticate_bearer(token)
    at += module.STALE_SECONDS
    assert module.authenticate_bearer(token) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"keys": {}}', '{"keys": [1]}', "[" * 100_000])
def test_a_set_that_is_none(content: str, set_up) -> None:
    set_up()
    Path(module.config()["LIWA_XAPI_TOKEN_KEYS"]).write_text(content)
    assert module.authenticate_bearer(signed(claims())) is None


class Server(HTTPServer):
    answers: dict[str, tuple[int, dict[str, str], bytes]]


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        status, headers, body = self.server.answers[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def issuer() -> Iterator[Server]:
    server = Server(("127.0.0.1", 0), Handler)
    keys = json.dumps({"keys": [published(RSA_KEY)]}).encode()
    server.answers = {
        "/keys": (200, {}, keys),
        "/moved": (302, {"Location": "/keys"}, b""),
        "/broken": (500, {}, keys),
        "/huge": (200, {}, b" " * (2 << 20) + keys),
    }
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("path", "taken"), [("keys", True), ("moved", False), ("broken", False), ("huge", False)]
)
def test_keys_from_an_address(path: str, taken: bool, issuer: Server, set_up) -> None:
    set_up(keys=f"http://127.0.0.1:{issuer.server_port}/{path}")
    assert (module.authenticate_bearer(signed(claims())) is not None) is taken


def test_other_machines_are_asked_by_https_alone() -> None:
    with pytest.raises(OSError, match="https"):
        module._content("http://login.example.edu/keys")
