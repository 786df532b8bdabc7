"""`liwa care letters --send`: two at once would send everything twice."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from liwa.cli import app
from liwa.core.errors import Busy
from liwa.core.registry import import_all
from liwa.flows.home import Home
from liwa.records.models import CampusProfile

SEND = ["care", "letters", "--send", "--json"]


def test_one_process_sends_at_a_time(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import_all("liwa.cli")
    monkeypatch.setattr("liwa.flows.setup.require_ready", lambda: None)
    monkeypatch.setenv("LIWA_HOME", str(tmp_path))
    CampusProfile.objects.create(name="Test school", timezone="Asia/Shanghai")
    with (
        Home().alone("letters.lock", "This test holds it."),
        pytest.raises(Busy, match="Another process is sending the letters"),
    ):
        CliRunner().invoke(app, SEND, catch_exceptions=False)
    done = CliRunner().invoke(app, SEND, catch_exceptions=False)
    assert json.loads(done.stdout) == {"letters": 0, "sent": 0, "sent_before": 0, "no_address": 0}
