"""The seam to the outside world: running one other program, and telling the user how far it is."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

# Settings that would make pip or npm install somewhere else than we tell them.
STRAY = (
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_USER",
    "PIP_REQUIREMENT",
    "NPM_CONFIG_PREFIX",
    "NODE_ENV",
)
SECONDS_BETWEEN_LINES = 10.0


class Progress:
    """One line on standard error that is overwritten on a terminal, and repeated now and then elsewhere."""

    def __init__(self) -> None:
        self.terminal = sys.stderr.isatty()
        self.shown_at = time.monotonic()

    def step(self, text: str) -> None:
        """Announce a step; it stays visible."""
        self._erase()
        print(text, file=sys.stderr, flush=True)
        self.shown_at = time.monotonic()

    def detail(self, text: str) -> None:
        """Show how far the step is."""
        if self.terminal:
            width = max(os.get_terminal_size(sys.stderr.fileno()).columns - 7, 40)
            print(f"\r\x1b[K      {text[:width]}", end="", file=sys.stderr, flush=True)
        elif time.monotonic() - self.shown_at > SECONDS_BETWEEN_LINES:
            self.step(f"      {text}")

    def done(self) -> None:
        """Leave the line clean for whatever prints next."""
        self._erase()

    def _erase(self) -> None:
        if self.terminal:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


class Outside:
    """Runs programs. `keep_open` is a lock's file descriptor: a child that outlives us still holds the lock."""

    def __init__(self, log: Path, keep_open: Sequence[int] = ()) -> None:
        self.log = log
        self.keep_open = tuple(keep_open)

    def run(
        self,
        command: Sequence[str | Path],
        *,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        on_line: Callable[[str], None] = lambda line: None,
    ) -> tuple[int, str]:
        """Run `command` to its end; give its exit code and what it printed (both streams, also in the log).

        `env` is added to our own environment. Our standard output is never written to.
        """
        settings = {name: value for name, value in os.environ.items() if name.upper() not in STRAY}
        lines = []
        with (
            self.log.open("a", encoding="utf-8") as log,
            subprocess.Popen(
                [str(word) for word in command],
                cwd=cwd,
                env={**settings, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                pass_fds=self.keep_open,
            ) as process,
        ):
            try:
                for line in process.stdout or ():
                    lines.append(line)
                    log.write(line)
                    on_line(line.rstrip())
                code = process.wait()
            except BaseException:
                process.terminate()
                raise
        return code, "".join(lines)
