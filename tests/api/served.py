"""An installation served as `liwa serve` serves it, for tests that need real connections."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

PATIENCE = 60  # seconds for a server to answer, on a busy machine


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """A home and a database with a server that can be started, stopped and killed again and again."""

    def __init__(self, home: Path, url: str, **settings: str) -> None:
        ours = {name: text for name, text in os.environ.items() if not name.startswith("LIWA_")}
        self.environment = {**ours, "LIWA_HOME": str(home), "LIWA_DATABASE_URL": url, **settings}
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.liwa("init", "--json")
        made = json.loads(self.liwa("lrs", "key", "add", "tests", "--scope", "all", "--json"))
        self.key, self.secret = made["key"], made["secret"]

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/xapi/"

    def liwa(self, *arguments: str) -> str:
        """What a command prints."""
        command = [sys.executable, "-m", "liwa", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start(self, *options: str) -> None:
        """Start the server and wait until it answers."""
        command = [sys.executable, "-m", "liwa", "serve", "--port", str(self.port), *options]
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=subprocess.DEVNULL, start_new_session=True
        )
        ends = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.process.poll() is None, "the server ended"
            assert time.monotonic() < ends, "the server does not answer"
            time.sleep(0.05)

    def _answers(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/xapi/about")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def end(self, by: signal.Signals = signal.SIGTERM) -> None:
        """End the server with all its workers."""
        if self.process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, by)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None
