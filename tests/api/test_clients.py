"""Released clients, unchanged, against a served store: TinCanJS and @xapi/xapi from npm, tincan from PyPI."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tests.api.served import Served

CLIENTS = Path(__file__).parent / "clients"


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the clients' packages, as locked."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("there is no npm here to fetch the JavaScript clients with")
    folder = tmp_path_factory.mktemp("clients")
    for path in CLIENTS.iterdir():
        shutil.copy(path, folder)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm could not fetch the JavaScript clients: {done.stderr[-300:]}")
    return folder


@pytest.fixture
def served(tmp_path: Path, database_url: str) -> Iterator[Served]:
    one = Served(tmp_path / "home", database_url)
    one.start()
    yield one
    one.end()


SCENARIOS = (
    ("scenario_tincanjs.js", ""),
    ("scenario_tincanjs.js", "1.0.1"),
    ("scenario_xapi.js", "1.0.3"),
    ("scenario_xapi.js", "2.0.0"),
)


def test_javascript(modules: Path, served: Served) -> None:
    for script, version in SCENARIOS:
        environment = {
            **os.environ,
            "XAPI_ENDPOINT": served.endpoint,
            "XAPI_KEY": served.key,
            "XAPI_SECRET": served.secret,
            "XAPI_VERSION": version,
        }
        done = subprocess.run(
            ["node", script],
            cwd=modules,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, (script, version, done.stderr)
        assert done.stdout.strip() == "passed", (script, version)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_python(served: Served) -> None:
    tincan = pytest.importorskip("tincan")
    lrs = tincan.RemoteLRS(
        endpoint=served.endpoint, username=served.key, password=served.secret, version="1.0.1"
    )
    agent = tincan.Agent(mbox=f"mailto:{uuid4()}@example.com")
    activity = tincan.Activity(id=f"http://example.com/activities/{uuid4()}")

    def statement(verb: str) -> "tincan.Statement":
        return tincan.Statement(
            id=str(uuid4()), actor=agent, object=activity, verb=tincan.Verb(id=f"http://example.com/{verb}")
        )

    one, two = statement("began"), statement("ended")
    assert lrs.save_statement(one).success
    assert lrs.save_statements([two]).success
    assert str(lrs.retrieve_statement(str(one.id)).content.id) == str(one.id)
    found = lrs.query_statements({"agent": agent, "activity": activity, "limit": 1})
    assert [str(each.id) for each in found.content.statements] == [str(two.id)]
    more = lrs.more_statements(found.content)
    assert [str(each.id) for each in more.content.statements] == [str(one.id)]

    voids = tincan.Statement(
        actor=agent,
        verb=tincan.Verb(id="http://adlnet.gov/expapi/verbs/voided"),
        object=tincan.StatementRef(id=str(one.id)),
    )
    assert lrs.save_statement(voids).success
    assert not lrs.retrieve_statement(str(one.id)).success
    assert lrs.retrieve_voided_statement(str(one.id)).success

    state = tincan.StateDocument(id="place", content=bytearray(b"page 3"), agent=agent, activity=activity)
    assert lrs.save_state(state).success
    assert bytes(lrs.retrieve_state(activity, agent, "place").content.content) == b"page 3"
    assert lrs.delete_state(state).success
    profile = tincan.AgentProfileDocument(id="likes", content=bytearray(b"tea"), agent=agent)
    assert lrs.save_agent_profile(profile).success
    assert bytes(lrs.retrieve_agent_profile(agent, "likes").content.content) == b"tea"
    seen = tincan.ActivityProfileDocument(id="seen", content=bytearray(b"yes"), activity=activity)
    assert lrs.save_activity_profile(seen).success
    assert lrs.retrieve_activity_profile_ids(activity).content == ["seen"]
