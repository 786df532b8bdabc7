"""The statements resource: what comes in, what goes out, with attachments and without."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from liwa.api.xapi import attached
from liwa.statements import activities, attachments
from tests.api.conftest import Asking

pytestmark = pytest.mark.django_db(transaction=True)
CONTENT = b"line\r\n--\r\n-b\r\nline\r\n"
HASHES = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Attachments of their own for each test."""
    monkeypatch.setenv("LIWA_HOME", str(tmp_path))


def statement(**more: Any) -> dict[str, Any]:
    return {
        "actor": {"mbox": "mailto:ana@example.edu", "name": "Ana"},
        "verb": {"id": "http://example.edu/verbs/read", "display": {"en": "read", "zh": "读"}},
        "object": {"id": "http://example.edu/a", "definition": {"name": {"en": "A", "zh": "甲"}}},
        **more,
    }


def attachment(content: bytes = CONTENT, kind: str = "sha256", **more: Any) -> dict[str, Any]:
    return {
        "usageType": "http://example.edu/usage",
        "display": {"en": "A file"},
        "contentType": "text/plain",
        "length": len(content),
        "sha2": HASHES[kind](content).hexdigest(),
        **more,
    }


def part(content: bytes, **headers: str | None) -> bytes:
    usual: dict[str, str | None] = {
        "Content-Type": "text/plain",
        "Content-Transfer-Encoding": "binary",
        "X-Experience-API-Hash": hashlib.sha256(content).hexdigest(),
    }
    usual |= {name.replace("_", "-"): text for name, text in headers.items()}
    lines = "".join(f"{name}: {text}\r\n" for name, text in usual.items() if text is not None)
    return lines.encode() + b"\r\n" + content


def mixed(*parts: bytes) -> bytes:
    return b"".join(b"--b\r\n" + one + b"\r\n" for one in parts) + b"--b--\r\n"


def first(value: object) -> bytes:
    return b"Content-Type: application/json; charset=UTF-8\r\n\r\n" + json.dumps(value).encode()


def send(ask: Asking, *parts: bytes, content_type: str = "multipart/mixed; boundary=b") -> Any:
    return ask("POST", "statements", mixed(*parts), content_type)


def stored(ask: Asking) -> int:
    return len(ask("GET", "statements").json()["statements"])


def test_post_and_put(ask: Asking) -> None:
    ids = [str(uuid4()), str(uuid4())]
    both = [statement(id=one) for one in ids]
    answer = ask("POST", "statements", json.dumps(both).encode())
    assert (answer.status_code, answer.json()) == (200, ids)
    assert ask("POST", "statements", json.dumps(both).encode()).json() == ids
    third = str(uuid4())
    path = f"statements?statementId={third}"
    assert ask("PUT", path, json.dumps(statement()).encode()).status_code == 204
    assert ask("PUT", path, json.dumps(statement()).encode()).status_code == 204
    other = statement(verb={"id": "http://example.edu/verbs/wrote"})
    assert ask("PUT", path, json.dumps(other).encode()).status_code == 409
    assert ask("PUT", "statements", json.dumps(statement()).encode()).status_code == 400
    assert ask("PUT", path, json.dumps(statement(id=ids[0])).encode()).status_code == 400
    found = ask("GET", "statements").json()
    assert [one["id"] for one in found["statements"]] == [third, *reversed(ids)]
    assert found["more"] == ""


def test_a_mistake_is_named_and_nothing_is_stored(ask: Asking) -> None:
    wrong = statement(actor={"mbox": "ana@example.edu"})
    answer = ask("POST", "statements", json.dumps([statement(), wrong]).encode())
    assert answer.status_code == 400
    assert answer.json()["error"]["path"] == "$[1].actor.mbox"
    assert stored(ask) == 0


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "multipart/form-data; boundary=b", "application/jsonp"]
)
def test_other_types_are_refused(ask: Asking, content_type: str) -> None:
    answer = ask("POST", "statements", json.dumps(statement()).encode(), content_type)
    assert answer.status_code == 400


def test_one_statement(ask: Asking) -> None:
    (made,) = ask("POST", "statements", json.dumps(statement()).encode()).json()
    got = ask("GET", f"statements?statementId={made}")
    one = got.json()
    assert one["id"] == made
    at = datetime.fromisoformat(one["stored"])
    assert parsedate_to_datetime(got.headers["Last-Modified"]) == at.replace(microsecond=0)
    assert datetime.fromisoformat(got.headers["X-Experience-API-Consistent-Through"]) >= at
    assert ask("GET", f"statements?voidedStatementId={made}").status_code == 404
    assert ask("GET", f"statements?statementId={uuid4()}").status_code == 404


def test_formats(ask: Asking) -> None:
    ask("POST", "statements", json.dumps(statement()).encode())

    def got(form: str, **headers: str) -> dict[str, Any]:
        (one,) = ask("GET", f"statements?format={form}", headers=dict(headers)).json()["statements"]
        return {name: one[name] for name in statement()}

    assert got("exact") == statement()
    assert got("ids") == {
        "actor": {"mbox": "mailto:ana@example.edu"},
        "verb": {"id": "http://example.edu/verbs/read"},
        "object": {"id": "http://example.edu/a"},
    }
    chinese = got("canonical", **{"Accept-Language": "zh, en;q=0.5"})
    assert chinese["verb"]["display"] == {"zh": "读"}
    assert chinese["object"]["definition"]["name"] == {"zh": "甲"}


def test_pages(ask: Asking) -> None:
    for _ in range(5):
        ask("POST", "statements", json.dumps(statement()).encode())
    seen, path = [], "/xapi/statements?limit=2"
    while path:
        found = ask("GET", path.removeprefix("/xapi/")).json()
        seen += [one["id"] for one in found["statements"]]
        path = found["more"]
        assert not path or path.startswith("/xapi/statements?")
    assert len(seen) == len(set(seen)) == 5


def test_a_key_that_reads_its_own(asking: Callable[..., Asking]) -> None:
    mine, other = asking(("statements/write", "statements/read/mine")), asking()
    (made,) = mine("POST", "statements", json.dumps(statement()).encode()).json()
    other("POST", "statements", json.dumps(statement()).encode())
    assert stored(mine) == 1
    assert stored(other) == 2
    assert mine("GET", f"statements?statementId={made}").status_code == 200


@pytest.mark.parametrize("kind", HASHES)
def test_attachments_come_back(ask: Asking, kind: str) -> None:
    value = statement(attachments=[attachment(kind=kind)])
    sha2 = value["attachments"][0]["sha2"]
    answer = send(ask, first([value, value]), part(CONTENT, X_Experience_API_Hash=sha2.upper()))
    assert answer.status_code == 200
    got = ask("GET", "statements?attachments=true")
    assert got.headers["Content-Type"].startswith("multipart/mixed; boundary=")
    body = b"".join(got.streaming_content)
    boundary = got.headers["Content-Type"].partition("=")[2].encode()
    before, statements, content, after = body.split(b"--" + boundary)
    assert (before, after) == (b"", b"--\r\n")
    assert statements.startswith(b"\r\nContent-Type: application/json\r\n\r\n")
    head, _, rest = content.partition(b"\r\n\r\n")
    assert rest == CONTENT + b"\r\n"
    assert set(head.decode().strip().split("\r\n")) == {
        "Content-Type: text/plain",
        "Content-Transfer-Encoding: binary",
        f"X-Experience-API-Hash: {sha2}",
    }
    assert ask("GET", "statements?attachments=false").headers["Content-Type"] == "application/json"


def test_attachments_are_wanted_and_there_are_none(ask: Asking) -> None:
    got = ask("GET", "statements?attachments=true")
    assert got.headers["Content-Type"].startswith("multipart/mixed")
    assert b'{"statements":[],"more":""}' in b"".join(got.streaming_content)
    head = ask("HEAD", "statements?attachments=true")
    assert (head.status_code, head.content) == (200, b"")


def test_multipart_without_attachments(ask: Asking) -> None:
    assert send(ask, first(statement())).status_code == 200


def test_the_same_content_twice(ask: Asking) -> None:
    value = statement(attachments=[attachment(), attachment()])
    assert send(ask, first(value), part(CONTENT), part(CONTENT)).status_code == 200


def test_a_file_elsewhere(ask: Asking) -> None:
    elsewhere = statement(attachments=[attachment(fileUrl="http://example.edu/file")])
    assert ask("POST", "statements", json.dumps(elsewhere).encode()).status_code == 200
    here = statement(attachments=[attachment()])
    assert ask("POST", "statements", json.dumps(here).encode()).status_code == 400
    hidden = json.dumps(here).replace("attachments", "\\u0061ttachments").encode()
    assert ask("POST", "statements", hidden).status_code == 400


WITH = statement(attachments=[attachment()])


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (first(WITH),),
        (first(WITH), part(b"other")),
        (first(WITH), part(b"other", X_Experience_API_Hash=hashlib.sha256(CONTENT).hexdigest())),
        (first(WITH), part(CONTENT), part(b"more")),
        (first(WITH), part(CONTENT), part(CONTENT)),
        (first(WITH), part(CONTENT, X_Experience_API_Hash=None)),
        (first(WITH), part(CONTENT, Content_Transfer_Encoding=None)),
        (first(WITH), part(CONTENT, Content_Transfer_Encoding="base64")),
        (part(CONTENT), first(WITH)),
        (b"\r\n" + json.dumps(statement()).encode(),),
        (first(statement()), first(statement())),
        (first({**WITH, "object": {"objectType": "SubStatement", **WITH}}), part(CONTENT), part(b"x")),
    ],
)
def test_parts_that_do_not_fit(ask: Asking, parts: tuple[bytes, ...]) -> None:
    assert send(ask, *parts).status_code == 400
    assert stored(ask) == 0


@pytest.mark.parametrize(
    "content_type", ["multipart/mixed", "multipart/mixed; boundary=", "multipart/mixed; boundary=x"]
)
def test_boundaries_that_do_not_fit(ask: Asking, content_type: str) -> None:
    assert send(ask, first(statement()), content_type=content_type).status_code == 400


def test_limits(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = {"LIWA_XAPI_JSON_MB": 1, "LIWA_XAPI_ATTACHMENT_MB": 1, "LIWA_XAPI_REQUEST_MB": 3}
    monkeypatch.setattr("liwa.api.xapi.call.config", lambda: limits)
    megabyte = b"x" * 1024 * 1024
    assert send(ask, first(statement(attachments=[attachment(megabyte)])), part(megabyte)).status_code == 200
    over = megabyte + b"x"
    assert send(ask, first(statement(attachments=[attachment(over)])), part(over)).status_code == 413
    assert send(ask, first(statement(result={"response": "x" * 1024 * 1024}))).status_code == 413
    assert send(ask, first(WITH), part(b"x" * 4 * 1024 * 1024)).status_code == 413
    assert stored(ask) == 1


def test_signatures_are_looked_at(ask: Asking) -> None:
    signature = attachment(
        usageType="http://adlnet.gov/expapi/attachments/signature", contentType="application/octet-stream"
    )
    answer = send(ask, first(statement(attachments=[signature])), part(CONTENT))
    assert answer.status_code == 400
    assert "signature" in answer.json()["error"]["rule"]


SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"


def signed(content: bytes, **more: Any) -> dict[str, Any]:
    return attachment(content, usageType=SIGNATURE, contentType="application/octet-stream", **more)


def test_a_signature_is_looked_at_once_for_each_statement(
    ask: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[bytes] = []
    monkeypatch.setattr("liwa.statements.signatures.check", lambda one, content: looked.append(content))
    upper = signed(CONTENT)
    upper["sha2"] = upper["sha2"].upper()
    one, other = (
        statement(attachments=[signed(CONTENT), upper] * 40),
        statement(attachments=[signed(CONTENT)]),
    )
    assert send(ask, first([one, other]), part(CONTENT)).status_code == 200
    assert looked == [CONTENT] * 2


def test_so_many_signatures_are_looked_at(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[bytes] = []
    monkeypatch.setattr("liwa.statements.signatures.check", lambda one, content: looked.append(content))
    contents = [b"%d" % number for number in range(attached.MOST_SIGNATURES + 1)]
    value = statement(attachments=[signed(content) for content in contents])
    assert send(ask, first(value), *map(part, contents)).status_code == 400
    assert looked == []
    monkeypatch.setattr(attached, "MOST_SIGNED", 3 * len(CONTENT))
    some = [statement(attachments=[signed(CONTENT)])] * 4
    assert send(ask, first(some), part(CONTENT)).status_code == 413
    assert len(looked) == 3
    assert send(ask, first(some[1:]), part(CONTENT)).status_code == 200


def contents(ask: Asking) -> bytes:
    return b"".join(ask("GET", "statements?attachments=true").streaming_content)


def test_a_file_that_comes_again_is_written_once(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[bool] = []
    finish = attachments.Writer.finish
    monkeypatch.setattr(attachments.Writer, "finish", lambda self: (kept.append(True), finish(self))[1])
    value = statement(attachments=[attachment()] * 20)
    assert send(ask, first(value), *[part(CONTENT)] * 20).status_code == 200
    assert len(kept) == 1
    sha2 = hashlib.sha256(CONTENT).hexdigest()
    other = part(b"other", X_Experience_API_Hash=sha2)
    assert send(ask, first(value), part(CONTENT), other).status_code == 400


def test_a_request_has_so_many_files(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liwa.api.xapi.statements.MOST_ATTACHMENTS", 3)
    some = [b"%d" % number for number in range(4)]
    assert (
        send(
            ask,
            first([statement(attachments=[attachment(one)]) for one in some[:3]] * 2),
            *map(part, some[:3]),
        ).status_code
        == 200
    )
    assert (
        send(
            ask, first(statement(attachments=[attachment(one) for one in some])), *map(part, some)
        ).status_code
        == 413
    )


def test_a_file_is_given_once_however_its_hash_is_written(ask: Asking) -> None:
    lower = attachment()
    upper = {**lower, "sha2": lower["sha2"].upper()}
    assert (
        send(
            ask, first([statement(attachments=[upper]), statement(attachments=[lower])]), part(CONTENT)
        ).status_code
        == 200
    )
    assert contents(ask).count(CONTENT) == 1


def test_to_name_a_file_is_not_to_have_it(asking: Callable[..., Asking]) -> None:
    owner, mine, reader = (
        asking(),
        asking(("statements/write", "statements/read/mine")),
        asking(("all/read",)),
    )
    assert send(owner, first(statement(attachments=[attachment()])), part(CONTENT)).status_code == 200
    named = statement(attachments=[attachment(fileUrl="http://example.edu/file")])
    assert mine("POST", "statements", json.dumps(named).encode()).status_code == 200
    assert CONTENT not in contents(mine)
    assert contents(owner).count(CONTENT) == contents(reader).count(CONTENT) == 1
    within = {**statement(attachments=[attachment()]), "objectType": "SubStatement"}
    assert send(mine, first(statement(object=within)), part(CONTENT)).status_code == 200
    assert contents(mine).count(CONTENT) == 1


def test_pages_of_canonical_statements_end_early(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"id": "http://example.edu/a", "definition": {"description": {"en": "x" * 2000}}}
    bare = {"other": [{"id": known["id"]}] * 3}
    values = [statement(object=known, context={"contextActivities": bare}) for _ in range(5)]
    ask("POST", "statements", json.dumps(values).encode())
    monkeypatch.setattr("liwa.api.xapi.forms.PAGE_BYTES", 20_000)
    for order in ("", "&ascending=true"):
        everything = [one["id"] for one in ask("GET", f"statements?limit=0{order}").json()["statements"]]
        for most, expected in (("", [2, 2, 1]), ("&limit=3", [2, 2, 1]), ("&limit=1", [1] * 5)):
            seen, lengths, path = [], [], f"statements?format=canonical{order}{most}"
            while path:
                found = ask("GET", path).json()
                seen += [one["id"] for one in found["statements"]]
                lengths.append(len(found["statements"]))
                path = found["more"].removeprefix("/xapi/")
            assert seen == everything
            assert lengths == expected


def test_activities_are_looked_up_together(ask: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    def of(*numbers: int) -> dict[str, Any]:
        return {"other": [{"id": f"http://example.edu/{number}"} for number in numbers]}

    about = [
        {"id": f"http://example.edu/{number}", "definition": {"name": {"en": "x"}}} for number in range(8)
    ]
    ask("POST", "statements", json.dumps([statement(object=one) for one in about]).encode())
    some = [of(0, 1), of(1, 0), of(2), of(3, 4, 5, 6, 7), of(5)]
    values = [statement(object=about[0], context={"contextActivities": one}) for one in some]
    ids = ask("POST", "statements", json.dumps(values).encode()).json()
    monkeypatch.setattr("liwa.api.xapi.forms.MOST_ACTIVITIES", 3)
    asked: list[int] = []
    definitions = activities.definitions
    monkeypatch.setattr(
        activities, "definitions", lambda iris: (asked.append(len(iris)), definitions(iris))[1]
    )
    found = {one["id"]: one for one in ask("GET", "statements?format=canonical&limit=5").json()["statements"]}
    assert asked == [2, 3]
    named = [
        ["definition" in one for one in found[id]["context"]["contextActivities"]["other"]] for id in ids
    ]
    assert named == [[True] * 2, [True] * 2, [True], [False] * 5, [True]]
