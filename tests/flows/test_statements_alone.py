"""A campus whose learning platform speaks nothing but xAPI: features and risk as if it had exported a file."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid5

import pyarrow.compute as pc
import pytest

from liwa.core.registry import import_all
from liwa.digest.models import ClassDigest, EnrollmentDigest
from liwa.flows import refresh as flow
from liwa.flows.feeds import load_feeds
from liwa.flows.home import Home
from liwa.flows.lakes import current_tables
from liwa.flows.river import unmapped
from liwa.insight.features import features
from liwa.insight.population import runs, weekly
from liwa.insight.risk.matrix import rows_at
from liwa.insight.tables import Campus
from liwa.simulate.campus import simulate

PLATFORM = "https://lms.example.edu"
SPACE = UUID("00000000-0000-0000-0000-0000000005ed")
VERBS = {"view": "viewed", "post": "posted", "attempt": "attempted"}
XAPI = """
[[feed]]
name = "lrs"
source = "xapi"
path = "statements.jsonl"
[feed.options]
class_pattern = "/course/(.+)$"
"""


def statements(path: Path) -> Iterator[str]:
    """What the platform exported, as it would have told it."""
    with path.open(encoding="utf-8", newline="") as stream:
        for number, row in enumerate(csv.DictReader(stream)):
            at = row["time"].replace(" ", "T")
            course = {"id": f"{PLATFORM}/course/{row['course']}"}
            told = {
                "id": str(uuid5(SPACE, str(number))),
                "actor": {"account": {"homePage": PLATFORM, "name": row["account"]}},
                "verb": {"id": f"{PLATFORM}/verbs/{VERBS[row['action']]}"},
                "object": {"id": f"{PLATFORM}/{row['page'] or 'page'}"},
                "context": {"contextActivities": {"parent": [course]}},
                "timestamp": f"{at}+08:00",
            }
            yield json.dumps(told)


@pytest.fixture
def home(db: None, tmp_path: Path) -> Home:
    """The simulated campus, its platform's file given as statements; loaded, not refreshed."""
    folder = tmp_path / "home"
    simulate(folder, students=60, seed=5)
    (folder / "statements.jsonl").write_text("\n".join(statements(folder / "lms.csv")), encoding="utf-8")
    names = (folder / "identity.csv").read_text(encoding="utf-8")
    names = re.sub(r"^([^,\n]+),lms,", rf"\1,account,{PLATFORM}|", names, flags=re.MULTILINE)
    (folder / "identity.csv").write_text(names, encoding="utf-8")
    (folder / "lms.csv").unlink()
    toml = (folder / "feeds.toml").read_text(encoding="utf-8")
    blocks = [one for one in toml.split("[[feed]]") if 'source = "activity"' not in one]
    (folder / "feeds.toml").write_text("[[feed]]".join(blocks) + XAPI, encoding="utf-8")
    home = Home(folder)
    loads = load_feeds(home, [])
    assert loads[-1].feed == "lrs"
    assert loads[-1].stored > 10_000
    return home


def test_features_and_risk(home: Home) -> None:
    import_all("liwa.insight.features")
    run = flow.refresh(home)
    assert unmapped() == {"lrs": 0}
    assert run.basis == "model"
    covered = list(ClassDigest.objects.filter(running=True).values_list("covered", flat=True))
    assert sum(covered) > 0.8 * len(covered), "but for a class whose teacher does not use the platform"
    risks = EnrollmentDigest.objects.exclude(risk=None)
    assert risks.exists()
    keys = {reason["key"] for reasons in risks.values_list("reasons", flat=True) for reason in reasons}
    assert keys & {"inactive", "less_active"}, "activity is among the reasons"
    with current_tables(home) as tables:
        campus = Campus(tables, run.campus.zone)
        rows = rows_at(campus, weekly(runs(campus), [4], run.campus.zone), [features["activity"]])
    known = pc.is_valid(rows.table["active_days_28"]).to_pylist()
    assert len(known) > 200
    assert sum(known) / len(known) > 0.9
    assert len(set(rows.table["active_days_28"].to_pylist())) > 5
