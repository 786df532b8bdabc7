"""Whatever the published description lets anyone make up, right or wrong, the answer is never that the store broke.

Each request made from the description is sent again a few times with something in it changed at random.
LIWA_TEST_LRS_REQUESTS=100000 sends a hundred thousand requests.
"""

import io
import os
import random
import time
from collections import Counter
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit
from wsgiref.util import setup_testing_defaults

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode

from liwa.wsgi import application
from tests.api.conftest import Asking

REQUESTS = int(os.environ.get("LIWA_TEST_LRS_REQUESTS", "2000"))
CHANGED = 19  # requests changed from each one made up
VERSIONS = ("1.0.3", "1.0.1", "2.0.0")
ODD = (
    b"",
    b"\0",
    b"\xff",
    b"{",
    b"[",
    b'"',
    b"null",
    b"-1e999",
    b"\\ud800",
    b"%",
    b"&",
    b"9" * 400,
    b"\r\n--",
)


def cases(operation: schemathesis.APIOperation) -> st.SearchStrategy[Case]:
    return st.one_of(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)


def ask(method: str, url: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer of the application as it is served."""
    told: list[Any] = []
    parts = urlsplit(url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
        "QUERY_STRING": parts.query,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    for name, text in headers.items():
        key = name.upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = text
    setup_testing_defaults(environ)
    answered = b"".join(application(environ, lambda *given: told.append(given)))
    status, found = told[0]
    return int(status[:3]), {name.lower(): text for name, text in found}, answered


def ask_again(
    method: str, url: str, headers: dict[str, str], body: bytes
) -> tuple[int, dict[str, str], bytes]:
    """As `ask`; where the answer is to come again, on a busy machine, one comes again."""
    for _ in range(5):
        status, found, answered = ask(method, url, headers, body)
        if status != 503:
            break
        time.sleep(float(found["retry-after"]))
    return status, found, answered


def changed(text: bytes, chance: random.Random) -> bytes:
    """The text with something put in at random in place of something else."""
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(ODD) + text[at + chance.randrange(6) :]


def test_never_broken(transactional_db: None) -> None:
    asking, seen = Asking(), Counter[int]()
    described = schemathesis.openapi.from_wsgi("/xapi/openapi.json", application)
    operations = [found.ok() for found in described.get_all_operations()]

    def check(method: str, url: str, headers: dict[str, str], body: bytes) -> None:
        status, found, answered = ask_again(method, url, headers, body)
        seen[status] += 1
        assert status < 500, (status, answered, method, url, headers, body)
        assert "x-experience-api-version" in found

    @given(
        st.one_of([cases(operation) for operation in operations]),
        st.sampled_from(VERSIONS),
        st.integers(0, 2**32),
    )
    @settings(
        max_examples=max(1, REQUESTS // (CHANGED + 1)),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: Case, version: str, seed: int) -> None:
        case.headers = {**(case.headers or {}), "Authorization": asking.authorization}
        case.headers.setdefault("X-Experience-API-Version", version)
        made = case.call().request
        body = made.body.encode() if isinstance(made.body, str) else made.body or b""
        headers = {name: str(text) for name, text in made.headers.items() if name.lower() != "content-length"}
        check(made.method, made.url, headers, body)
        chance = random.Random(seed)
        path, mark, query = made.url.partition("?")
        for _ in range(CHANGED):
            other = mark + changed(query.encode(), chance).decode("latin-1") if mark else ""
            check(made.method, path + other, headers, changed(body, chance))

    send()
    assert any(status < 300 for status in seen), seen
    assert seen[400] + seen[404], seen
    print(dict(sorted(seen.items())))
