"""When set-up is impossible: one clear sentence, the remedy, an exit code, and no traceback."""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from liwa.bootstrap import environment
from liwa.bootstrap.environment import Environment
from liwa.bootstrap.outside import Outside, Progress
from liwa.bootstrap.problems import FAILED, UNAVAILABLE, SetupError, explain_os_error, explain_output
from tests.bootstrap.checkout import Checkout

# On one worker, because they share a checkout that takes seconds to set up.
pytestmark = pytest.mark.xdist_group("launcher")

CLOSED_PORT = "http://127.0.0.1:9/"


def test_no_python_names_what_was_looked_for(checkout: Checkout) -> None:
    (checkout.tools / "python3").unlink()
    old = checkout.tools / "python3.11"
    old.write_text("#!/bin/sh\ncase $4 in *print*) echo 3.9 ;; *) exit 1 ;; esac\n")
    old.chmod(0o755)
    done = checkout.run()
    assert (done.returncode, done.stdout) == (UNAVAILABLE, "")
    assert "needs Python 3.11 or newer" in done.stderr
    for line in (
        "python3: not found",
        "python3.14: not found",
        "python3.11: version 3.9",
        "python: not found",
    ):
        assert line in done.stderr
    assert not checkout.venv.exists()


def test_a_named_python_that_is_none(checkout: Checkout) -> None:
    done = checkout.run(LIWA_PYTHON="/nowhere/python3")
    assert done.returncode == UNAVAILABLE
    assert "/nowhere/python3: not found" in done.stderr


def test_a_complete_python_is_preferred_to_one_without_venv(checkout: Checkout) -> None:
    real = checkout.tools / "python3"
    real.rename(checkout.tools / "python3.12")
    real.write_text('#!/bin/sh\ncase $4 in *ensurepip*) exit 1 ;; *) exec python3.12 "$@" ;; esac\n')
    real.chmod(0o755)
    assert checkout.run("setup").returncode == 0


def test_no_network(ready: Checkout) -> None:
    (ready.root / "requirements.lock").write_text(ready.locks["2"])
    done = ready.run(PIP_NO_INDEX="0", PIP_FIND_LINKS="", PIP_INDEX_URL=CLOSED_PORT, PIP_RETRIES="1")
    assert (done.returncode, done.stdout) == (UNAVAILABLE, "")
    assert "install the packages Liwa needs: the package server cannot be reached" in done.stderr


def test_no_network_for_the_front_end(ready: Checkout) -> None:
    (ready.root / "src/liwa/portal/frontend/package-lock.json").write_text("another")
    done = ready.run(BROKEN_NPM="ENOTFOUND")
    assert (done.returncode, done.stdout) == (UNAVAILABLE, "")
    assert "fetch the front-end libraries: the package server cannot be reached" in done.stderr


def test_an_altered_package_is_refused(ready: Checkout) -> None:
    (ready.root / "requirements.lock").write_text(f"greeting==2 --hash=sha256:{'0' * 64}\n")
    done = ready.run()
    assert (done.returncode, done.stdout) == (FAILED, "")
    assert "it was refused" in done.stderr
    installed = next(ready.venv.glob("lib/*/site-packages/greeting.py"))
    assert installed.read_text() == "VERSION = '1'\n"


@pytest.mark.parametrize(
    ("output", "sentence", "code"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full", FAILED),
        ("npm error code ENOSPC", "the disk is full", FAILED),
        ("npm error code EINTEGRITY", "it was refused", FAILED),
        ("SSLError(CERTIFICATE_VERIFY_FAILED)", "certificate is not trusted", UNAVAILABLE),
        (
            "NewConnectionError(...)\nERROR: No matching distribution found for x==1",
            "cannot be reached",
            UNAVAILABLE,
        ),
        ("npm error code EAI_AGAIN", "cannot be reached", UNAVAILABLE),
        (
            "ERROR: No matching distribution found for pyarrow==26.0.1",
            "no ready-made pyarrow==26.0.1",
            FAILED,
        ),
        ("[Errno 13] Permission denied: 'x'", "cannot be written to", FAILED),
        ("one\ntwo\nsomething new", "something new", FAILED),
    ],
)
def test_what_a_tool_printed_becomes_a_sentence(output: str, sentence: str, code: int) -> None:
    problem = explain_output("do it", output, Path("setup.log"))
    assert str(problem).startswith("Could not do it")
    assert sentence in str(problem)
    assert problem.exit_code == code


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the disk is full"),
        (errno.EACCES, "cannot be written to"),
        (errno.EROFS, "cannot be written to"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_the_system_said_becomes_a_sentence(number: int, sentence: str) -> None:
    problem = explain_os_error(OSError(number, "Input/output error", "/srv/liwa/.venv"), Path("/srv/liwa"))
    assert sentence in str(problem)
    assert "/srv/liwa/.venv" in str(problem)


def prepare(root: Path) -> None:
    """Set up the environment of an otherwise empty checkout `root`."""
    (root / "requirements.lock").touch()
    (root / "pyproject.toml").touch()
    Environment(root).prepare("requirements.lock", Outside(root / "log"), Progress())


def test_too_little_room_is_said_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: real._replace(free=300_000_000))
    with pytest.raises(SetupError, match=r"0\.3 GB are free"):
        prepare(tmp_path)
    assert not (tmp_path / ".venv").exists()


def test_a_python_without_venv_names_debians_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hide: Callable[[str], object] = lambda name: None  # noqa: E731
    monkeypatch.setattr(environment, "find_spec", hide)
    with pytest.raises(SetupError, match=r"sudo apt install python3\.\d+-venv"):
        prepare(tmp_path)


def test_a_folder_that_cannot_be_written_to(checkout: Checkout) -> None:
    (checkout.root / ".venv.lock").mkdir()
    done = checkout.run()
    assert done.returncode == FAILED
    assert "Could not set up Liwa" in done.stderr
    assert ".venv.lock" in done.stderr
