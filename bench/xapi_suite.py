"""The public conformance suite of the xAPI standard against a fresh server, both versions.

    .venv/bin/python bench/xapi_suite.py --suite DIR [--database URL] [--version 1.0.3] [--grep PATTERN] [--json]

DIR is a checkout of adlnet/lrs-conformance-test-suite with its packages installed (`npm install`). A server is
started on an empty database (SQLite without `--database`) with a key of the scope `all`; printed are the summary of
each version and the tests that fail. The exit code is the number of versions with failures beyond those that
docs/xapi.md lists.
"""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

VERSIONS = ("1.0.3", "2.0.0")
# Tests that want something else than the standard, by the version and words of their titles; docs/xapi.md says why.
DECIDED = (
    (
        "2.0.0",
        "Concurrency for the Activity State Resource",
        "If a PUT request is received without either header",
    ),
    (
        "2.0.0",
        "Versioning Requirements",
        'Should fail when Statement GET without header "X-Experience-API-Version"',
    ),
    (
        "2.0.0",
        "Versioning Requirements",
        'Should fail when Statement POST without header "X-Experience-API-Version"',
    ),
    (
        "2.0.0",
        "Versioning Requirements",
        'Should fail when Statement PUT without header "X-Experience-API-Version"',
    ),
)
WAIT_SECONDS = 60


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--suite", type=Path, required=True)
    ask.add_argument("--database", default="")
    ask.add_argument("--version", choices=VERSIONS)
    ask.add_argument("--grep", default="")
    ask.add_argument("--json", action="store_true")
    given = ask.parse_args()
    found = {}
    for version in [given.version] if given.version else VERSIONS:
        with TemporaryDirectory(prefix="liwa-suite-") as home, server(Path(home), given.database) as place:
            found[version] = run(given.suite, place, version, given.grep)
    if given.json:
        print(json.dumps(found, indent=2))
    else:
        show(found)
    return sum(any(not test["decided"] for test in one["failing"]) for one in found.values())


@contextmanager
def server(home: Path, database: str) -> Iterator[tuple[str, str, str]]:
    """A server on an empty database: its endpoint, a key and its secret."""
    port = free_port()
    environ = {name: text for name, text in os.environ.items() if not name.startswith("LIWA_")}
    environ |= {"LIWA_HOME": str(home)} | ({"LIWA_DATABASE_URL": database} if database else {})
    liwa(environ, "init")
    key = json.loads(liwa(environ, "lrs", "key", "add", "suite", "--scope", "all", "--json"))
    command = [sys.executable, "-m", "liwa", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    try:
        endpoint = f"http://127.0.0.1:{port}/xapi"
        wait(f"{endpoint}/about", process)
        yield endpoint, key["key"], key["secret"]
    finally:
        process.terminate()
        process.wait(30)


def liwa(environ: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "liwa", *arguments]
    return subprocess.run(command, env=environ, check=True, stdout=subprocess.PIPE, text=True).stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    """Until the server answers."""
    ends = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        try:
            urlopen(url, timeout=2).close()
            return
        except (HTTPError, URLError, OSError):
            time.sleep(0.2)
    sys.exit("the server did not start")


def run(suite: Path, place: tuple[str, str, str], version: str, grep: str) -> dict[str, Any]:
    """The suite's summary, seconds, and the failing tests."""
    endpoint, key, secret = place
    command = ["node", "bin/console_runner.js", "-e", endpoint, "-a", "-u", key, "-p", secret, "-x", version]
    begun = time.monotonic()
    said = subprocess.run(
        [*command, "-z", *(["-g", grep] if grep else [])],
        cwd=suite,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ).stdout
    where = re.search(r"Full run log written to (\S+)", said)
    if where is None:
        sys.exit(f"the suite did not end:\n{said[-2000:]}")
    log = Path(where[1])
    record = json.loads(log.read_text(encoding="utf-8"))
    log.unlink()
    seconds = round(time.monotonic() - begun, 1)
    return {**record["summary"], "seconds": seconds, "failing": list(failing(record.get("log"), version))}


def failing(log: dict[str, Any] | None, version: str, above: str = "") -> Iterator[dict[str, Any]]:
    """The failing tests at the ends of the tree, and whether the standard decides against them."""
    if not log or log.get("status") != "failed":
        return
    title = log.get("title") or log.get("name") or ""
    path = f"{above} > {title}" if above and title else title or above
    if log.get("tests"):
        for one in log["tests"]:
            yield from failing(one, version, path)
    else:
        decided = any(at == version and all(word in path for word in words) for at, *words in DECIDED)
        yield {"test": path, "error": str(log.get("error") or "")[:300], "decided": decided}


def show(found: dict[str, dict[str, Any]]) -> None:
    for version, one in found.items():
        print(
            f"{version}: {one['passed']} of {one['total']} passed, {one['failed']} failed, {one['seconds']} s"
        )
        for test in one["failing"]:
            print(f"  - {test['test']}\n      {'decided by the standard: ' * test['decided']}{test['error']}")


if __name__ == "__main__":
    sys.exit(main())
