"""Whatever is killed while statements are loaded, flow to the lake or are forgotten: each is there once, or gone.

LIWA_TEST_KILLS=100 kills a hundred times.
"""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = int(os.environ.get("LIWA_TEST_KILLS", "2"))
ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_killed_at_any_moment(tmp_path: Path, engine: str, database_url: str) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    home = {name: text for name, text in os.environ.items() if not name.startswith("LIWA_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.flows.river_kills", tmp_path, str(KILLS), str(seed)],
        cwd=ROOT,
        env={**home, "LIWA_DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
        timeout=3600,
    )
    assert done.returncode == 0, f"seed {seed}\n{done.stdout}\n{done.stderr[-5000:]}"
    found = json.loads(done.stdout)
    assert sum(found["killed"].values()) >= KILLS
    print(f"{found} on {engine}, seed {seed}")
