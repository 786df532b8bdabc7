"""The backend for openGauss as the distribution django-opengauss: its own tests, from here and installed alone."""

import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[3] / "packages" / "django-opengauss"
_URLS = ("OPENGAUSS_TEST_URL", "LIWA_TEST_OPENGAUSS_URL", "OPENGAUSS_TEST_EMULATED")


def run(python: str | Path, engine: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the distribution's tests with this Python and backend; what they say goes with a failure."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if name not in _URLS and name != "DJANGO_SETTINGS_MODULE"
    }
    return subprocess.run(
        [str(python), "-W", "error", "tests/run.py"],
        cwd=PACKAGE,
        env=clean | {"DJANGO_OPENGAUSS_ENGINE": engine} | more,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_statements_and_refusals_without_a_server() -> None:
    done = run(sys.executable, "liwa.db.opengauss")
    assert done.returncode == 0, done.stderr
    assert "needs a server: set OPENGAUSS_TEST_URL" in done.stdout  # what is not tested is said


@pytest.mark.parametrize("emulated", ["", "5.0.1", "6.0.2"])
def test_live_set(emulated: str, engine: str, database_url: str) -> None:
    """On openGauss; on PostgreSQL with Django's own backend, and with ours, whose words but the upsert's it knows."""
    if engine == "sqlite" or (emulated and engine != "postgresql"):
        pytest.skip(f"the live set {emulated and 'of PostgreSQL '}is not for {engine}")
    more = {"OPENGAUSS_TEST_EMULATED": emulated} if emulated else {}
    done = run(sys.executable, "liwa.db.opengauss", OPENGAUSS_TEST_URL=database_url, **more)
    assert done.returncode == 0, done.stderr
    assert "needs a server" not in done.stdout


@pytest.mark.slow
def test_installed_alone(tmp_path: Path) -> None:
    """Built, installed into an environment with Django and psycopg and nothing else, and tested there."""
    wheel = _built(tmp_path)
    names = zipfile.ZipFile(wheel).namelist()
    assert "django_opengauss/base.py" in names
    assert not [name for name in names if "liwa" in name or "__pycache__" in name]
    home = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True, timeout=60)
    python = home / "bin" / "python"
    same = [f"{name}=={importlib.metadata.version(name)}" for name in ("django", "psycopg", "psycopg-binary")]
    _pip("--python", str(python), "install", "--no-compile", str(wheel), *same)
    seen = subprocess.run([str(python), "-c", "import liwa"], capture_output=True, check=False, timeout=60)
    assert seen.returncode != 0
    done = run(python, "django_opengauss")
    assert done.returncode == 0, done.stderr


def test_built_from_the_sdist_it_is_the_same(tmp_path: Path) -> None:
    """What whoever packages it further starts from."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(command, cwd=PACKAGE, check=True, capture_output=True, timeout=60)
    source = next(tmp_path.glob("*.tar.gz"))
    of_checkout, of_source = (_built(tmp_path / name, what) for name, what in (("a", PACKAGE), ("b", source)))
    assert _contents(of_checkout) == _contents(of_source)


def _contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("RECORD")}


def _built(folder: Path, source: Path = PACKAGE) -> Path:
    # The builder is at hand: nothing is fetched.
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source))
    return next(folder.glob("django_opengauss-*.whl"))


def _pip(*arguments: str) -> None:
    """Run pip; skip, with what it said, where there is none or it reaches no package index."""
    if importlib.util.find_spec("pip") is None:
        pytest.skip("there is no pip in this environment")
    command = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--quiet",
        "--retries",
        "0",
        *arguments,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("the package index does not answer in time")
    if done.returncode and any(
        word in done.stderr for word in ("No matching distribution", "connection", "Could not fetch")
    ):
        pytest.skip(f"the package index cannot be reached: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
