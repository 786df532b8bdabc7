"""What every request is asked for, and what every answer has."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from liwa.statements import credentials
from liwa.statements.validation import MOST_PARTS
from tests.api.conftest import Asking

STATE = "activities/state?activityId=http://example.edu/a&stateId=s&agent="
AGENT = '{"mbox":"mailto:ana@example.edu"}'
RESOURCES = (
    "statements",
    "activities/state",
    "activities/profile",
    "agents/profile",
    "agents",
    "activities",
    "about",
)


def error_of(response: Any) -> dict[str, str]:
    """The path and the rule of a refusal."""
    assert response.headers["Content-Type"] == "application/json"
    found = json.loads(response.content)
    assert found.keys() == {"error"} and found["error"].keys() == {"path", "rule"}
    return found["error"]


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("version", ["1.0", "1.0.0", "1.0.1", "1.0.2", "1.0.3", "2.0", "2.0.0", "2.0.1"])
def test_versions_that_are_spoken(ask: Asking, resource: str, version: str) -> None:
    response = ask("GET", resource, headers={"X-Experience-API-Version": version})
    assert response.headers["X-Experience-API-Version"] == ("2.0.0" if version[0] == "2" else "1.0.3")
    if response.status_code == 400:
        assert error_of(response)["path"] != "X-Experience-API-Version"


@pytest.mark.parametrize(
    "version", [None, "", "0.9", "0.95", "1.1", "1.1.0", "2.1.0", "3.0", "1.0.x", "1.0.3 x", "１.0.3"]
)
def test_versions_that_are_not(ask: Asking, version: str | None) -> None:
    for resource in RESOURCES:
        response = ask("GET", resource, headers={"X-Experience-API-Version": version})
        assert response.headers["X-Experience-API-Version"] in ("1.0.3", "2.0.0")
        if resource == "about":
            assert response.status_code == 200
            assert response.json()["version"] == ["1.0.3", "2.0.0"]
        else:
            assert response.status_code == 400
            assert error_of(response)["path"] == "X-Experience-API-Version"


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "NONSENSE"]
)
@pytest.mark.parametrize("resource", [*RESOURCES, "", "nothing", "statements/more", "openapi.json"])
def test_every_answer_has_its_headers(ask: Asking, resource: str, method: str) -> None:
    response = ask(method, resource)
    assert response.status_code < 500
    assert response.headers["X-Experience-API-Version"] == "1.0.3"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert ("X-Experience-API-Consistent-Through" in response.headers) == (resource == "statements")
    if response.status_code == 405:
        assert "OPTIONS" in response.headers["Allow"]
    if response.status_code >= 400 and method != "HEAD":
        error_of(response)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/json, text/plain, */*", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html; charset=utf-8"),
        ("text/plain", "text/plain; charset=utf-8"),
        ("text/*;q=0.5, application/json;q=0.4", "text/plain; charset=utf-8"),
        ("application/json;q=0, text/html;q=0", "application/json"),
        ("image/png", "application/json"),
        (",;q=x,q=", "application/json"),
    ],
)
def test_refusals_in_the_form_that_is_wanted(ask: Asking, accept: str | None, kind: str) -> None:
    response = ask("GET", "statements?%3Cb%3E=1", headers={"Accept": accept})
    assert response.status_code == 400
    assert response.headers["Content-Type"] == kind
    assert (b"<b>" in response.content) == ("html" not in kind)


def test_the_lean_path_gives_what_django_gives(ask: Asking) -> None:
    from django.test import RequestFactory

    from liwa.wsgi import application

    for method, path, body in (
        ("GET", "/xapi/about", b""),
        ("HEAD", "/xapi/statements", b""),
        ("GET", "/xapi/nothing", b""),
        ("GET", "/xapi", b""),
        ("POST", "/xapi/statements", b"{}"),
        ("PUT", "/xapi/" + STATE + AGENT, b"x"),
        ("PATCH", "/xapi/agents", b""),
    ):
        headers = {"Authorization": ask.authorization, "X-Experience-API-Version": "2.0.0"}
        slow = Client().generic(method, path, body, "text/plain", headers=headers)
        environ = RequestFactory().generic(method, path, body, "text/plain", headers=headers).META
        said: list[Any] = []
        quick = b"".join(application(environ, lambda *given: said.extend(given)))  # noqa: B023
        assert (said[0], quick) == (f"{slow.status_code} {slow.reason_phrase}", slow.content)
        passing = "X-Experience-API-Consistent-Through"
        assert {(name, text) for name, text in said[1] if name != passing} <= set(slow.headers.items())


def test_paths_may_end_with_a_slash(ask: Asking) -> None:
    for path in ("about", "about/"):
        assert ask("GET", path).status_code == 200


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic:abc",
        "Basic not base64",
        "Basic " + base64.b64encode(b"nocolon").decode(),
        "Basic " + base64.b64encode(b"no:body").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic " + base64.b64encode(b"\0:\0").decode(),
        "Bearer",
        "Bearer abc.def.ghi",
        "Digest abc",
    ],
)
def test_who_is_not_known_is_not_let_in(ask: Asking, authorization: str | None) -> None:
    response = ask("GET", "statements", headers={"Authorization": authorization})
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert error_of(response)["path"] == "Authorization"
    assert "X-Experience-API-Consistent-Through" not in response.headers
    assert (
        "X-Experience-API-Consistent-Through"
        not in ask("OPTIONS", "statements", headers={"Authorization": authorization}).headers
    )


def test_a_revoked_key(ask: Asking) -> None:
    credentials.revoke(ask.credential.key)
    assert ask("GET", "statements").status_code == 401


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("statements/write", {"write"}),
        ("statements/read/mine", {"read"}),
        ("statements/read", {"read"}),
        ("state", {"state", "state read"}),
        ("profile", {"profile", "profile read"}),
        ("define", set()),
        ("all/read", {"read", "state read", "profile read"}),
        ("all", {"write", "read", "state", "state read", "profile", "profile read"}),
    ],
)
def test_scopes(asking: Callable[..., Asking], scope: str, allowed: set[str]) -> None:
    ask = asking((scope,))
    profile = "activities/profile?activityId=http://example.edu/a&profileId=p"
    asked = {
        "write": ("POST", "statements", b"[]"),
        "read": ("GET", "statements", b""),
        "state": ("PUT", STATE + AGENT, b"{}"),
        "state read": ("GET", STATE + AGENT, b""),
        "profile": ("PUT", profile, b"{}"),
        "profile read": ("GET", profile, b""),
    }
    assert {name for name, request in asked.items() if ask(*request).status_code != 403} == allowed


@pytest.mark.parametrize(
    "query",
    ["?foo=bar", "?Limit=1", "?limit=1&limit=2", "?limit=%ff", "?=", "?" + "&".join(map(str, range(60)))],
)
def test_parameters_that_are_not_known(ask: Asking, query: str) -> None:
    response = ask("GET", "statements" + query)
    assert response.status_code == 400
    error_of(response)


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("activityId=x&stateId=s&agent=" + AGENT, "?activityId"),
        ("stateId=s&agent=" + AGENT, "?activityId"),
        ("activityId=http://example.edu/a&stateId=s", "?agent"),
        ("activityId=http://example.edu/a&stateId=s&agent=ana", "?agent"),
        ("activityId=http://example.edu/a&stateId=s&agent=[]", "?agent"),
        ('activityId=http://example.edu/a&stateId=s&agent={"mbox":"ana"}', "?agent.mbox"),
        (
            'activityId=http://example.edu/a&stateId=s&agent={"objectType":"Group","mbox":"mailto:a@b.c"}',
            "?agent",
        ),
        ("activityId=http://example.edu/a&registration=1&agent=" + AGENT, "?registration"),
        ("activityId=http://example.edu/a&since=now&agent=" + AGENT, "?since"),
        ("activityId=http://example.edu/a&stateId=s&since=2026-01-01T00:00:00Z&agent=" + AGENT, "?since"),
    ],
)
def test_parameters_that_are_wrong(ask: Asking, query: str, path: str) -> None:
    response = ask("GET", "activities/state?" + query)
    assert response.status_code == 400
    assert error_of(response)["path"] == path


def test_documents(ask: Asking) -> None:
    path = STATE + AGENT
    assert ask("GET", path).status_code == 404
    assert ask("PUT", path, b'{"a":1}').status_code == 204
    got = ask("GET", path)
    assert (got.status_code, got.content) == (200, b'{"a":1}')
    etag = got.headers["ETag"]
    assert len(etag) == 42
    assert got.headers["Last-Modified"].endswith("GMT")
    head = ask("HEAD", path)
    assert head.content == b""
    assert head.headers["Content-Length"] == "7"
    assert head.headers["ETag"] == etag
    assert ask("POST", path, b'{"b":2}', headers={"If-Match": '"0000"'}).status_code == 412
    assert ask("POST", path, b'{"b":2}', headers={"If-Match": etag}).status_code == 204
    assert ask("GET", path).json() == {"a": 1, "b": 2}
    assert ask("PUT", path, b"{", headers={}).status_code == 400
    assert ask("PUT", path, b"\xff\0<b>", "text/html; charset=x").status_code == 204
    html = ask("GET", path)
    assert (html.content, html.headers["Content-Type"]) == (b"\xff\0<b>", "text/html; charset=x")
    listed = ask("GET", path.replace("&stateId=s", ""))
    assert listed.json() == ["s"]
    assert "ETag" in listed.headers and "Last-Modified" in listed.headers
    assert ask("DELETE", path).status_code == 204
    assert ask("GET", path).status_code == 404


@pytest.mark.parametrize("content_type", ["nonsense", "a/b\x01", "a/b; é"])
def test_a_document_of_no_type(ask: Asking, content_type: str) -> None:
    assert ask("PUT", STATE + AGENT, b"x", content_type).status_code == 400


def test_a_profile_is_not_replaced_unseen(ask: Asking) -> None:
    path = "agents/profile?profileId=p&agent=" + AGENT
    for version, status in (("1.0.3", 400), ("2.0.0", 400), ("1.0.1", 204), ("1.0", 409)):
        made = ask("PUT", path, b"0", headers={"X-Experience-API-Version": version})
        assert made.status_code == status
    assert ask("DELETE", path).status_code == 204
    assert ask("PUT", path, b"1", headers={"If-None-Match": "*"}).status_code == 204
    response = ask("PUT", path, b"2")
    assert response.status_code == 409
    assert "If-Match" in error_of(response)["rule"]
    assert ask("PUT", path, b"2", headers={"If-None-Match": "*"}).status_code == 412
    assert ask("GET", path).content == b"1"


def test_too_large(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "liwa.api.xapi.call.config", lambda: {"LIWA_XAPI_DOCUMENT_MB": 1, "LIWA_XAPI_JSON_MB": 1}
    )
    over = b'"' + b"x" * 1024 * 1024 + b'"'
    assert ask("PUT", STATE + AGENT, over).status_code == 413
    assert ask("PUT", STATE + AGENT, over[: 1024 * 1024], "text/plain").status_code == 204
    assert ask("POST", "statements", over).status_code == 413


def test_documents_that_would_fill_the_memory(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = b"[%b]" % b",".join([b"[]"] * MOST_PARTS)
    for method in ("PUT", "POST"):
        refused = ask(method, STATE + AGENT, b'{"a":%b}' % bomb)
        assert (refused.status_code, error_of(refused)["path"]) == (400, "$")
    monkeypatch.setattr(
        "liwa.api.xapi.call.config", lambda: {"LIWA_XAPI_DOCUMENT_MB": 1, "LIWA_XAPI_JSON_MB": 1}
    )
    for name, status in ((b"a", 204), (b"b", 413), (b"a", 204)):
        body = b'{"%b":"%b"}' % (name, b"x" * 600_000)
        assert ask("POST", STATE + AGENT, body).status_code == status


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "x, gzip"])
def test_compressed_bodies_are_not_unfolded(ask: Asking, coding: str) -> None:
    response = ask("PUT", STATE + AGENT, b"\x1f\x8b", headers={"Content-Encoding": coding})
    assert response.status_code == 415
    assert response.headers["Accept-Encoding"] == "identity"


class TestAlternateSyntax:
    """POST with `method`, for browsers of old."""

    FORM = "application/x-www-form-urlencoded"

    def send(self, ask: Asking, path: str, form: dict[str, str], **headers: str | None) -> Any:
        bare = {"Authorization": None, "X-Experience-API-Version": None}
        return ask("POST", path, urlencode(form).encode(), self.FORM, {**bare, **headers})

    def fields(self, ask: Asking) -> dict[str, str]:
        return {
            "Authorization": ask.authorization,
            "X-Experience-API-Version": "1.0.1",
            "activityId": "http://example.edu/a",
            "agent": AGENT,
            "stateId": "s",
        }

    @pytest.mark.parametrize("content_type", ["", "text/plain", FORM, FORM + "; charset=UTF-8"])
    def test_a_state(self, ask: Asking, content_type: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(self.__class__, "FORM", content_type)
        fields = self.fields(ask)
        put = fields | {"content": '{"é":1}', "Content-Type": "application/json", "content-length": "8"}
        assert self.send(ask, "activities/state?method=PUT", put).status_code == 204
        got = self.send(ask, "activities/state?method=GET", fields)
        assert got.json() == {"é": 1}
        again = fields | {"content": "{}", "If-Match": '"0"'}
        assert self.send(ask, "activities/state?method=PUT", again).status_code == 412
        assert self.send(ask, "activities/state?method=DELETE", fields).status_code == 204
        assert self.send(ask, "activities/state?method=GET", fields).status_code == 404

    def test_what_it_refuses(self, ask: Asking) -> None:
        fields = self.fields(ask)
        path = "activities/state?method="
        assert self.send(ask, path + "PUT", fields).status_code == 400
        assert self.send(ask, path + "PUT&stateId=s", fields | {"content": "{}"}).status_code == 400
        assert self.send(ask, path + "get", fields).status_code == 400
        assert self.send(ask, path + "PATCH", fields).status_code == 400
        assert self.send(ask, path + "GET", fields | {"Authorization": "Basic x"}).status_code == 401
        assert self.send(ask, path + "GET", fields | {"X-Experience-API-Version": "0.8"}).status_code == 400
        assert self.send(ask, path + "GET", fields | {"X-Experience-API-Version": "2.0.0"}).status_code == 400
        version_2 = {"X-Experience-API-Version": "2.0.0"}
        assert self.send(ask, path + "GET", fields, **version_2).status_code == 400
        assert ask("PUT", path + "PUT", b"{}").status_code == 400
        assert ask("POST", path + "PUT", b"{}").status_code == 400


class TestCrossOrigin:
    """Scripts of other sites."""

    SITE = "https://courses.example.edu"

    def preflight(self, origin: str) -> Any:
        headers = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
        return Client().generic("OPTIONS", "/xapi/statements", headers=headers)

    def test_it_is_off(self, ask: Asking) -> None:
        for response in (self.preflight(self.SITE), ask("GET", "agents", headers={"Origin": self.SITE})):
            assert not [name for name in response.headers if name.startswith("Access-Control")]

    def test_it_is_on_for_one_key(self, asking: Callable[..., Asking]) -> None:
        ask, other = asking(origins=(self.SITE,)), asking()
        early = self.preflight(self.SITE)
        assert early.status_code == 204
        assert early.headers["Access-Control-Allow-Origin"] == self.SITE
        assert "PUT" in early.headers["Access-Control-Allow-Methods"]
        assert "X-Experience-API-Version" in early.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Origin" not in self.preflight("https://evil.example").headers
        allowed = ask("GET", "statements", headers={"Origin": self.SITE})
        assert allowed.headers["Access-Control-Allow-Origin"] == self.SITE
        assert "X-Experience-API-Consistent-Through" in allowed.headers["Access-Control-Expose-Headers"]
        assert "Origin" in allowed.headers["Vary"]
        for one, origin in ((ask, "https://evil.example"), (other, self.SITE)):
            refused = one("GET", "statements", headers={"Origin": origin})
            assert "Access-Control-Allow-Origin" not in refused.headers

    def test_a_key_is_used_from_its_sites_alone(self, asking: Callable[..., Asking]) -> None:
        ask, anywhere, none = asking(origins=(self.SITE,)), asking(origins=("*",)), asking()
        evil = "https://evil.example"
        for origin in (evil, "null", "https://courses.example.edu.evil.example"):
            refused = ask("PUT", STATE + AGENT, b"{}", headers={"Origin": origin})
            assert (refused.status_code, error_of(refused)["path"]) == (403, "Origin")
        assert ask("GET", STATE + AGENT).status_code == 404
        for origin in (None, self.SITE, "http://testserver"):
            headers = {"Origin": origin, "Host": "testserver"}
            assert ask("PUT", STATE + AGENT, b"{}", headers=headers).status_code == 204
        for other in (anywhere, none):
            assert other("PUT", STATE + AGENT, b"{}", headers={"Origin": evil}).status_code == 204

    def test_nor_do_forms_get_around_that(self, asking: Callable[..., Asking]) -> None:
        ask = asking(origins=(self.SITE,))
        fields = {
            "Authorization": ask.authorization,
            "X-Experience-API-Version": "1.0.3",
            "activityId": "http://example.edu/a",
            "agent": AGENT,
            "stateId": "s",
            "content": "{}",
        }
        bare = {"Authorization": None, "X-Experience-API-Version": None}
        for origin, status in (("https://evil.example", 403), (self.SITE, 204)):
            body = urlencode(fields).encode()
            sent = ask("POST", "activities/state?method=PUT", body, "text/plain", {**bare, "Origin": origin})
            assert sent.status_code == status
