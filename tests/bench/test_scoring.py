"""The bench of scoring runs, on a campus small enough for the tests, and says what it measured."""

import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[2] / "bench" / "scoring.py"


def test_a_small_campus_is_made_multiplied_and_scored(tmp_path: Path) -> None:
    command = [
        sys.executable,
        BENCH,
        "--students",
        "60",
        "--events",
        "40000",
        "--folder",
        tmp_path / "campus",
    ]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert abs(found["campus"]["events"] - 40_000) < 400
    assert found["score"]["enrollments"] > 100
    assert 0 < found["score"]["seconds"] < found["limits"]["score"][0]
    assert found["train"]["peak"] < found["limits"]["train"][1]
