"""The virtual environment beside the `liwa` script, and what pip installs into it."""

import ctypes
import json
import os
import re
import shutil
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

from liwa.bootstrap.outside import Outside, Progress
from liwa.bootstrap.problems import UNAVAILABLE, SetupError, disk_full, explain_output
from liwa.bootstrap.stamps import Stamps, digest, this_python

REQUIREMENTS = "requirements.lock"
TEST_REQUIREMENTS = "requirements-test.lock"
# What a full set-up writes; refusing at once is kinder than failing after the download.
BYTES_NEEDED = 1_500_000_000
OPENMP = "libgomp.so.1"
PINNED = re.compile(r"^[A-Za-z0-9][\w.\-\[\]]*==", re.MULTILINE)
DOWNLOADING = re.compile(r"Downloading (?:\S*/)?(\S+?)-(\d[^-\s]*)-\S+ \((.+)\)")


class Environment:
    """`.venv` in the checkout `root`: made, mended and filled as the lock files ask.

    Every step is stamped with a fingerprint of its inputs, and `BUSY` marks the time in which the environment
    may be half-made: whoever finds the mark starts over.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self.borrowed = self.folder / "lib" / "liwa-borrowed"
        self.busy = self.folder / "liwa-setup.busy"
        self.stamps = Stamps(self.folder / "liwa-setup.json")

    def fingerprint(self, lock: str) -> str:
        """Of the packages that `lock` asks for. A moved checkout counts as new: paths are baked into .venv."""
        return digest([self.root / lock], this_python(), str(self.root))

    def own_fingerprint(self) -> str:
        """Of Liwa's own installation, which is a link to its sources."""
        settings = tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))
        # The rules for tests and style are in the same file, and no reason to install anything.
        relevant = [
            settings.get("build-system"),
            settings.get("project"),
            settings.get("tool", {}).get("hatch"),
        ]
        return digest([], json.dumps(relevant, sort_keys=True), str(self.root))

    def is_ready(self, lock: str) -> bool:
        """Whether nothing needs doing to run what `lock` is for."""
        return (
            not self.busy.exists()
            and self.stamps.holds(lock, self.fingerprint(lock))
            and self.stamps.holds("liwa", self.own_fingerprint())
        )

    def settings(self) -> dict[str, str]:
        """What a program run in this environment needs to find among its environment variables."""
        if not self.borrowed.exists():
            return {}
        folders = [str(self.borrowed), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
        return {"LD_LIBRARY_PATH": os.pathsep.join(folders)}

    def prepare(self, lock: str, outside: Outside, progress: Progress) -> None:
        """Make the environment hold what `lock` asks for, and Liwa itself.

        Raises SetupError with the reason where that is impossible.
        """
        if self.is_ready(lock):
            return
        if not self.is_sound(outside):
            self._remake(outside, progress)
        if not self.stamps.holds(lock, self.fingerprint(lock)):
            self._install_lock(lock, outside, progress)
        if not self.stamps.holds("liwa", self.own_fingerprint()):
            self._install_liwa(outside, progress)

    def is_sound(self, outside: Outside) -> bool:
        """Whether what is there can be built on: complete, of this Python, and with a pip that starts."""
        if self.busy.exists() or not self.python.exists():
            return False
        version = ".".join(map(str, sys.version_info[:2]))
        probe = f"import pip, sys; sys.exit('%d.%d' % sys.version_info[:2] != '{version}')"
        try:
            code, _ = outside.run([self.python, "-I", "-c", probe], cwd=self.root)
        except OSError:
            return False
        return code == 0 and self._is_at_home()

    def _is_at_home(self) -> bool:
        """Whether the environment was made where it now lies; if not, its scripts name the old place."""
        try:
            script = (self.folder / "bin" / "pip").read_bytes()
        except OSError:
            return False
        return str(self.folder).encode() in script

    def _remake(self, outside: Outside, progress: Progress) -> None:
        _check_python_is_complete()
        self._check_room()
        version = ".".join(map(str, sys.version_info[:3]))
        progress.step(f"  making {self.folder.name} with Python {version}")
        self._clear_away()
        self.folder.mkdir()
        self.busy.touch()
        code, output = outside.run([_base_python(), "-I", "-m", "venv", self.folder], cwd=self.root)
        if code != 0:
            raise explain_output("make the virtual environment", output, outside.log)
        self.busy.unlink()

    def _clear_away(self) -> None:
        """Remove what is there, under another name: a half-removed environment must not pass for one."""
        old = self.folder.with_name(f"{self.folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if self.folder.is_symlink():
            self.folder.unlink()
        elif self.folder.exists():
            self.folder.rename(old)
            shutil.rmtree(old, ignore_errors=True)

    def _check_room(self) -> None:
        free = shutil.disk_usage(self.root).free
        if free < BYTES_NEEDED:
            raise disk_full(f"Could not set up Liwa: {free / 1e9:.1f} GB are free where {self.root} lies.")

    def _install_lock(self, lock: str, outside: Outside, progress: Progress) -> None:
        requirements = self.root / lock
        total = len(PINNED.findall(requirements.read_text(encoding="utf-8")))
        progress.step(f"  installing up to {total} packages from {lock}")
        # The lock is complete (--no-deps), exact (--require-hashes) and of ready-made wheels only, so that
        # nothing is compiled or run on the way.
        options: list[str | Path] = [
            "--require-hashes",
            "--no-deps",
            "--only-binary=:all:",
            "-r",
            requirements,
        ]
        self._pip(options, "install the packages Liwa needs", outside, PipProgress(total, progress))
        self.borrow_openmp()
        self.stamps.put(lock, self.fingerprint(lock))

    def borrow_openmp(self) -> None:
        """Let LightGBM, which expects OpenMP from the system, use scikit-learn's copy where the system has none."""
        carried = sorted(self.folder.glob("lib/python*/site-packages/scikit_learn.libs/libgomp-*.so*"))
        if not carried or has_library(OPENMP):
            return
        self.borrowed.mkdir(exist_ok=True)
        link = self.borrowed / OPENMP
        link.unlink(missing_ok=True)
        link.symlink_to(carried[0])

    def _install_liwa(self, outside: Outside, progress: Progress) -> None:
        progress.step("  installing Liwa itself")
        options: list[str | Path] = ["--no-deps", "--no-build-isolation", "--editable", self.root]
        self._pip(options, "install Liwa itself", outside, PipProgress(1, progress))
        self.stamps.put("liwa", self.own_fingerprint())

    def _pip(self, options: list[str | Path], what: str, outside: Outside, progress: "PipProgress") -> None:
        self.busy.touch()
        command: list[str | Path] = [self.python, "-I", "-u", "-m", "pip", "install", "--progress-bar=off"]
        command += ["--disable-pip-version-check", "--no-input", *options]
        code, output = outside.run(command, cwd=self.root, on_line=progress.line)
        progress.done()
        if code == 0 or "Installing collected packages" not in output:
            self.busy.unlink()  # pip ended of itself before it changed anything, or well
        if code != 0:
            raise explain_output(what, output, outside.log)


class PipProgress:
    """Turns pip's lines into `12 of 60: pyarrow 26.0.1 (48.0 MB)`."""

    def __init__(self, total: int, progress: Progress) -> None:
        self.total = total
        self.seen = 0
        self.progress = progress

    def line(self, line: str) -> None:
        """Take in one line of pip's output."""
        text = line.strip()
        if text.startswith("Ignoring "):
            self.total -= 1
        elif text.startswith("Collecting "):
            self.seen += 1
            self._show(text.split()[1].split("==")[0])
        elif text.startswith("Processing "):  # a file of a local mirror
            self.seen += 1
            self._show(text.split()[1].rpartition("/")[2].split("-")[0])
        elif found := DOWNLOADING.match(text):
            self._show(f"{found[1]} {found[2]} ({found[3]})")
        elif text.startswith("Installing collected packages") and self.seen:
            self.progress.step(f"      {self.seen} fetched, now unpacking")
        elif "Retrying" in text:
            self.progress.step("      the package server does not answer; trying again")

    def _show(self, package: str) -> None:
        self.progress.detail(f"{self.seen} of {self.total}: {package}")

    def done(self) -> None:
        """Leave the line clean."""
        self.progress.done()


def has_library(name: str) -> bool:
    """Whether the system can load the shared library `name`."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _base_python() -> str:
    """The Python that environments are made with, even when we run from inside one."""
    return getattr(sys, "_base_executable", None) or sys.executable


def _check_python_is_complete() -> None:
    if find_spec("ensurepip") and find_spec("venv"):
        return
    version = ".".join(map(str, sys.version_info[:2]))
    raise SetupError(
        f"{_base_python()} (Python {version}) cannot make virtual environments: its venv part is not installed.",
        f"On Debian and Ubuntu: sudo apt install python{version}-venv. Or name another Python in LIWA_PYTHON.",
        UNAVAILABLE,
    )
