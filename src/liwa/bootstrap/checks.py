"""`./liwa test` and `./liwa lint`."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

# What `./liwa lint` runs, in order: a name, and what follows `python` on the command line.
LINT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("style", ("-m", "ruff", "check", ".")),
    ("format", ("-m", "ruff", "format", "--check", ".")),
    ("types", ("-m", "mypy")),
    ("import order", ("-c", "from importlinter.cli import lint_imports_command as c; c()")),
    ("migrations", ("-m", "liwa.manage", "makemigrations", "--check", "--dry-run")),
    ("translations", ("-m", "liwa.portal.translations", "check")),
)
MOST_WORKERS = 4
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER_PACKAGES = ("chromium", "fonts-noto-cjk")
BROWSER_SECONDS = 300


def run_tests(python: Path, root: Path, arguments: Sequence[str]) -> int:
    """Run pytest in the checkout with `arguments`, everything on several processes if there are none."""
    provide_browser()
    options = list(arguments)
    if not options:
        options = ["-n", str(min(os.cpu_count() or 1, MOST_WORKERS)), "--dist", "loadgroup"]
    return _run([str(python), "-m", "pytest", *options], root)


def run_lint(python: Path, root: Path) -> int:
    """Run every check, whatever the others say, and report each; 1 if any failed."""
    failed = []
    for name, words in LINT:
        print(f"== {name}", file=sys.stderr, flush=True)
        began = time.monotonic()
        code = _run([str(python), *words], root)
        verdict = "ok" if code == 0 else "FAILED"
        print(f"== {name}: {verdict} ({time.monotonic() - began:.1f} s)\n", file=sys.stderr, flush=True)
        if code != 0:
            failed.append(name)
    print(f"lint: {', '.join(failed)} failed" if failed else "lint: all well", file=sys.stderr)
    return 1 if failed else 0


def _run(command: Sequence[str], root: Path) -> int:
    """Run `command` with an empty home of its own: no check may read or touch the user's campus."""
    with (
        tempfile.TemporaryDirectory(prefix="liwa-home-") as home,
        subprocess.Popen(command, cwd=root, env={**os.environ, "LIWA_HOME": home}) as process,
    ):
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # the child was interrupted too: let it end in its own way


def provide_browser() -> None:
    """On a build machine (CI=true, root, apt-get), install the browser that some tests drive.

    Anywhere else nothing is installed: those tests are skipped and say so. A failure here is no failure.
    """
    on_build_machine = os.environ.get("CI") == "true" and os.geteuid() == 0
    if not on_build_machine or any(map(shutil.which, BROWSERS)) or not shutil.which("apt-get"):
        return
    print("Installing a browser for the browser tests", file=sys.stderr, flush=True)
    end = time.monotonic() + BROWSER_SECONDS
    for words in (("update",), ("install", "-y", "--no-install-recommends", *BROWSER_PACKAGES)):
        try:
            subprocess.run(
                ["apt-get", "-q", *words],
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                timeout=max(end - time.monotonic(), 1),
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            print(f"No browser: {error}. The browser tests will be skipped.", file=sys.stderr, flush=True)
            return
