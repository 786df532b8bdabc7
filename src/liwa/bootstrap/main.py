"""Decide what is missing, provide it, hand over."""

import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from liwa.bootstrap.checks import run_lint, run_tests
from liwa.bootstrap.environment import REQUIREMENTS, TEST_REQUIREMENTS, Environment
from liwa.bootstrap.frontend import Frontend
from liwa.bootstrap.lock import only_one
from liwa.bootstrap.outside import Outside, Progress
from liwa.bootstrap.problems import INTERRUPTED, SetupError, explain_os_error

CHECKS = ("test", "lint")


def main(arguments: Sequence[str], root: Path) -> int:
    """Set up the checkout `root` if need be, then become the `liwa` command with `arguments`.

    Returns only for `setup`, `test` and `lint`, and when set-up is impossible; the value is the exit code.
    """
    # A named Python serves set-up alone; the command knows its own settings and refuses others.
    os.environ.pop("LIWA_PYTHON", None)
    word = arguments[0] if arguments else ""
    environment = Environment(root)
    lock = TEST_REQUIREMENTS if word in CHECKS else REQUIREMENTS
    try:
        _provide(environment, Frontend(root), lock)
    except SetupError as problem:
        print(f"liwa: {problem}", file=sys.stderr)
        return problem.exit_code
    except KeyboardInterrupt:
        print("\nliwa: stopped before set-up was complete. Run the same command to go on.", file=sys.stderr)
        return INTERRUPTED
    os.environ.update(environment.settings())
    if word == "setup":
        return 0
    if word == "test":
        return run_tests(environment.python, root, arguments[1:])
    if word == "lint":
        return run_lint(environment.python, root)
    return _hand_over(environment.python, root, arguments)


def _provide(environment: Environment, frontend: Frontend, lock: str) -> None:
    """Bring .venv and the front-end libraries up to date, alone; at once where they are."""
    root = environment.root
    try:
        if environment.is_ready(lock) and frontend.is_ready():
            return
        signal.signal(signal.SIGTERM, _stop)
        with only_one(root / ".venv.lock") as held:
            if environment.is_ready(lock) and frontend.is_ready():
                return
            _set_up(environment, frontend, lock, Outside(root / ".venv.log", keep_open=[held]))
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    except OSError as error:
        raise explain_os_error(error, root) from error


def _set_up(environment: Environment, frontend: Frontend, lock: str, outside: Outside) -> None:
    progress = Progress()
    began = time.monotonic()
    outside.log.write_text("", encoding="utf-8")
    progress.step(f"Setting up Liwa in {environment.root} (once; later starts are immediate)")
    environment.prepare(lock, outside, progress)
    frontend.prepare(environment.python, outside, progress)
    progress.step(f"  ready after {time.monotonic() - began:.0f} s")


def _stop(number: int, frame: FrameType | None) -> None:
    """A polite request to end is treated like Ctrl-C: children are ended, one sentence is said."""
    raise KeyboardInterrupt


def _hand_over(python: Path, root: Path, arguments: Sequence[str]) -> int:
    """Become `python -m liwa`, in the caller's folder; keep everything in `var` unless told otherwise."""
    os.environ.setdefault("LIWA_HOME", str(root / "var"))
    os.execv(python, [str(python), "-m", "liwa", *arguments])
