"""Refreshing removes files that came in with statements and that no statement names."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from liwa.flows.refresh.attachments import attachments as sweep
from liwa.statements import attachments, credentials
from liwa.statements.prepare import prepare
from liwa.statements.store import store
from liwa.statements.versions import Version


def keep(content: bytes) -> str:
    """Take a file in, two days ago."""
    with attachments.Writer(1000) as writer:
        writer.write(content)
        sha2 = writer.finish()
    at = time.time() - 2 * 86_400
    os.utime(attachments.folder() / sha2[:2] / sha2, (at, at))
    return sha2


def statement(sha2: str, **more: Any) -> dict[str, Any]:
    attached = {
        "usageType": "https://example.edu/certificate",
        "display": {"en": "a certificate"},
        "contentType": "text/plain",
        "length": 7,
        "sha2": sha2,
    }
    actor, verb = {"mbox": "mailto:mae@example.edu"}, {"id": "https://example.edu/verbs/passed"}
    thing = {"id": "https://example.edu/a/1"}
    return {"actor": actor, "verb": verb, "object": thing, "attachments": [attached], **more}


@pytest.mark.django_db
def test_files_that_no_statement_names_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIWA_HOME", str(tmp_path))
    used, inner, unused = keep(b"used"), keep(b"inner"), keep(b"unused")
    outer = statement(used.upper())
    sub = {**statement(inner), "objectType": "SubStatement"}
    bodies = [outer, statement(used, object=sub)]
    made, _ = credentials.issue("Quiz tool", ["all"])
    store([prepare(json.dumps(bodies).encode(), Version.V1, made)])
    sweep(None)  # type: ignore[arg-type]
    assert attachments.exists([used, inner, unused]) == {used, inner}
