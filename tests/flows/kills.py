"""Kills loads, refreshes and rebuilds again and again, and checks each time what a reader would find.

Run as `python -m tests.flows.kills FOLDER STUDENTS BASIS KILLS SEED` with LIWA_DATABASE_URL naming an empty database;
BASIS is what refreshes predict by, model or rules. Prints one JSON object. A process of its own, because every command runs in a forked child, which only a process without
threads may have: nothing here opens the lake or the database except in a child.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from itertools import pairwise
from pathlib import Path

import django
from django.db import connection, connections

import liwa.insight.risk.model
from liwa.core.config import config
from liwa.core.registry import import_all
from liwa.db.urls import database_settings
from liwa.simulate.campus import simulate
from tests.flows.state import visible

FEEDS = ("sis", "identity", "outcome", "lms")
# A rebuild leaves the mirror to the next refresh.
COMMANDS = (*(("load", feed) for feed in FEEDS), ("refresh",), ("rebuild",), ("refresh",))
LOADED, REFRESHED = len(FEEDS), len(FEEDS) + 1
# What changes at once: records together with the events that belong to them.
GROUPS = (("records", "events"), ("digest",), ("mirror",))

State = dict[str, str]


def group(state: State, names: tuple[str, ...]) -> State:
    """A part of a state."""
    return {key: one for key, one in state.items() if key.startswith(names)}


class Campus:
    """An installation of its own: a folder and a database."""

    def __init__(self, home: Path, url: str) -> None:
        self.home = home
        self.url = url

    def child(self, work: Callable[[], object]) -> int:
        """Fork a process that does the work and ends with 0, or shows its error and ends with 1."""
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            self._enter()
            work()
            code = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
            sys.stderr.flush()
        os._exit(code)

    def _enter(self) -> None:
        """Make this process one of this installation."""
        os.environ |= {"LIWA_HOME": str(self.home), "LIWA_DATABASE_URL": self.url}
        config.cache_clear()
        known = {"default": database_settings(self.url, self.home)}
        del connections["default"]  # made by an import, never opened
        connections.settings["default"] = connections.configure_settings(known)["default"]

    def run(self, *arguments: str) -> float:
        """Run a command; gives the seconds it took."""
        started = time.monotonic()
        wait(self.child(lambda: command(*arguments)))
        return time.monotonic() - started

    def visible(self) -> State:
        place = self.home.with_suffix(".json")
        wait(self.child(lambda: place.write_text(json.dumps(visible()))))
        return dict(json.loads(place.read_text()))

    def make(self, files: Path) -> None:
        """Begin anew with these files."""
        shutil.rmtree(self.home, ignore_errors=True)
        shutil.copytree(files, self.home)
        wait(self.child(_clear))
        self.run("init")

    def killed(self, after: float, *arguments: str) -> bool:
        """Run a command and kill it after so many seconds; False where it was quicker."""
        pid = self.child(lambda: command(*arguments))
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        if status not in (0, signal.SIGKILL):
            raise SystemExit(f"{arguments} ended with {status}")
        return status != 0


def _clear() -> None:
    """Empty the database, wherever it is: one that outlives its folder expects the lake that was there."""
    if connection.vendor != "sqlite":
        tables = connection.introspection.table_names()
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"DROP TABLE {connection.ops.quote_name(table)} CASCADE")
    else:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{connection.settings_dict['NAME']}{suffix}").unlink(missing_ok=True)


def command(*arguments: str) -> None:
    """What `python -m liwa` does, without the progress bars."""
    from liwa.cli import main
    from liwa.cli.output import errors

    sys.argv = ["liwa", *arguments, "--json"]
    said = errors.file = StringIO()
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        try:
            main()
        except SystemExit as ending:
            if ending.code:
                raise RuntimeError(f"{arguments} ended with {ending.code}: {said.getvalue()}") from None


def wait(pid: int) -> None:
    _, status = os.waitpid(pid, 0)
    if status:
        raise SystemExit(f"a child ended with {status}")


def imported(home: Path) -> None:
    """Import once what every child needs; nothing is opened or started."""
    os.environ |= {"DJANGO_SETTINGS_MODULE": "liwa.settings", "LIWA_HOME": str(home)}
    import sklearn.isotonic
    import sklearn.linear_model  # noqa: F401

    django.setup()
    # A model is named after the code that made it, and someone may be editing that while this runs.
    liwa.insight.risk.model.code_hash = lambda: "0" * 64
    for package in ("liwa.cli", "liwa.flows", "liwa.flows.refresh", "liwa.insight", "liwa.sources"):
        import_all(package)


def undisturbed(campus: Campus, files: Path) -> tuple[list[State], list[float]]:
    """What is visible before the first command and after each, and how long each takes."""
    campus.make(files)
    states, seconds = [campus.visible()], []
    for one in COMMANDS:
        seconds.append(campus.run(*one))
        states.append(campus.visible())
    if any(before == after for before, after in pairwise(states)):
        raise SystemExit("a command does nothing")
    different = [key for key in states[-1] if states[-1][key] != states[REFRESHED][key]]
    if different:
        raise SystemExit(f"a rebuild and a refresh change {different}")
    return states, seconds


def check(found: State, before: State, after: State) -> None:
    """Each part is as it was before the command or as it is after it."""
    for names in GROUPS:
        part = group(found, names)
        if part not in (group(before, names), group(after, names)):
            wrong = [key for key in part if part[key] not in (before[key], after[key])]
            raise SystemExit(f"{names}: neither the old state nor the new {wrong}")


def disturbed(
    campus: Campus, states: list[State], seconds: list[float], chance: random.Random
) -> Counter[str]:
    """Every command, killed until it is let through; gives the kills by command."""
    kills: Counter[str] = Counter()
    for place, one in enumerate(COMMANDS):
        while chance.random() < 0.6 and campus.killed(chance.uniform(0, 1.1) * seconds[place], *one):
            kills[one[0]] += 1
            check(campus.visible(), states[place], states[place + 1])
        campus.run(*one)
        check(campus.visible(), states[place + 1], states[place + 1])
    return kills


def main(folder: Path, students: int, basis: str, kills: int, seed: int) -> None:
    imported(folder)
    if basis == "rules":
        liwa.insight.risk.model.MIN_CLASSES = 1_000_000
    files = folder / "files"
    simulate(files, students=students, seed=5)
    states, seconds = undisturbed(Campus(folder / "undisturbed", ""), files)
    campus, chance = Campus(folder / "killed", os.environ["LIWA_DATABASE_URL"]), random.Random(seed)
    done: Counter[str] = Counter()
    rounds = 0
    while done.total() < kills:
        rounds += 1
        campus.make(files)
        check(campus.visible(), states[0], states[0])
        done += disturbed(campus, states, seconds, chance)
        # A rebuild killed after its change-over is run again, so the last one is lake-2 or later.
        lakes = list(campus.home.glob("lake*"))
        if len(lakes) != 1:
            raise SystemExit("folders of old lakes are left")
        if list((lakes[0] / ".work").glob("*")):
            raise SystemExit("temporary files are left")
    print(json.dumps({"killed": done, "rounds": rounds}))


if __name__ == "__main__":
    _, place, size, kind, *numbers = sys.argv
    main(Path(place), int(size), kind, *map(int, numbers))
