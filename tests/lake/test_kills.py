import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 30


@pytest.mark.slow
def test_a_killed_load_leaves_the_old_state_or_the_new_and_running_again_completes_it(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    here = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "tests.lake.kills", str(tmp_path), str(KILLS), str(seed)],
        cwd=here,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, f"seed {seed}\n{done.stderr}"
    assert json.loads(done.stdout)["killed"] == KILLS
