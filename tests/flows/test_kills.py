"""A load, refresh or rebuild that is killed leaves the old state or the new, and running it again completes it.

LIWA_TEST_KILLS=100 kills a hundred times, with a model that is trained each time.
"""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = int(os.environ.get("LIWA_TEST_KILLS", "3"))
ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_killed_at_any_moment(tmp_path: Path, engine: str, database_url: str) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    campus = ["100", "model"] if KILLS >= 100 else ["50", "rules"]
    home = {name: text for name, text in os.environ.items() if not name.startswith("LIWA_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.flows.kills", tmp_path, *campus, str(KILLS), str(seed)],
        cwd=ROOT,
        env={**home, "LIWA_DATABASE_URL": database_url, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=3600,
    )
    assert done.returncode == 0, f"seed {seed}\n{done.stdout}\n{done.stderr[-5000:]}"
    found = json.loads(done.stdout)
    assert sum(found["killed"].values()) >= KILLS
    print(f"{found} on {engine}, seed {seed}")
