"""The campus work of the bench, as openGauss is told to do it."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.db.posing import RefusedError, refuse
from tests.db.server import as_opengauss

SIZE = {"enrollments": 600, "statements": 400, "questions": 3, "seed": 1}


def work(url: str, *by: str) -> dict[str, Any]:
    """What `python -m liwa.bench` found, run by `by`."""
    asked = json.dumps({"url": url, "size": SIZE, "only": []})
    done = subprocess.run(
        [sys.executable, "-m", *by, "liwa.bench"], input=asked, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    answer: dict[str, Any] = json.loads(done.stdout)["done"]
    return answer


def test_what_opengauss_cannot_run_fails() -> None:
    with pytest.raises(RefusedError, match="syntax error"):
        refuse(None, "INSERT INTO a VALUES (1) ON CONFLICT DO NOTHING")


@pytest.mark.slow
def test_nothing_is_said_that_opengauss_cannot_run(engine: str, database_url: str, tmp_path: Any) -> None:
    """All workloads, through the backend for openGauss, on a PostgreSQL that poses as one; the answers are SQLite's."""
    if engine != "postgresql":
        pytest.skip("PostgreSQL poses")
    posed = work(as_opengauss(database_url), "tests.db.posing")
    assert posed["answers"] == work(f"sqlite:///{tmp_path}/other.sqlite3")["answers"]
