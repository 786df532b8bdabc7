"""Kills a loading process again and again, and checks each time what a reader would find.

Run as `python kills.py FOLDER KILLS SEED`; prints one JSON object. A process of its own, because children are
forked, which only a process without threads may do: nothing here opens the lake except in a child.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ibis.backends.duckdb  # noqa: F401  imported here once, not in every child
import pandas as pd  # noqa: F401

from liwa.core.ids import event_id
from liwa.lake.events import Lake
from liwa.lake.mirror import write_mirror
from liwa.lake.quality import compact
from liwa.lake.reader import open_lake
from tests.lake.made import data_files, event, live, mirror_rows, numbered

LOADS = 6
ROWS = 400
EMPTY: dict[str, Any] = {"loads": 0, "version": None, "mirror": {}}


class Database:
    """Stands for the operational database: one record, replaced at once."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "database.json"

    def read(self) -> dict[str, Any]:
        return json.loads(self.path.read_text()) if self.path.exists() else dict(EMPTY)

    def write(self, state: dict[str, Any]) -> None:
        beside = self.path.with_suffix(".new")
        beside.write_text(json.dumps(state))
        beside.rename(self.path)


def keys_of(load: int) -> list[str]:
    """The keys of one load; each load repeats half of the load before."""
    return [str(load * ROWS + n) for n in range(-ROWS // 2 if load else 0, ROWS)]


def expected(loads: int) -> list[str]:
    return sorted(event_id("lms", str(n), 1) for n in range(loads * ROWS))


def run(folder: Path) -> None:
    """Load what is not yet loaded, as `flows` would: the lake first, then the database."""
    database = Database(folder)
    lake = Lake(folder / "lake")
    while (state := database.read())["loads"] < LOADS:
        load = state["loads"]
        rows = numbered(event(key, day=int(key) % 90) for key in keys_of(load))
        with lake.writer("lms", state["version"]) as writer:
            writer.add_rows(0, rows)
            version = writer.commit().version
        database.write({**state, "loads": load + 1, "version": version})
        mirrored = write_mirror(lake.root, "org", mirror_rows("org", {"sourced_id": str(load)}))
        database.write({**database.read(), "mirror": {"org": mirrored, "load": load}})
    state = database.read()
    database.write({**state, "version": compact(lake.root, state["version"])})


def check(folder: Path) -> None:
    """What the database knows of is there, and nothing else."""
    state = Database(folder).read()
    load = state["mirror"].pop("load", None)
    with open_lake(
        folder / "lake", events_version=state["version"], mirror_versions=state["mirror"]
    ) as tables:
        found = sorted(tables.raw_events.select("event_id").to_pyarrow()["event_id"].to_pylist())
        mirrored = tables.org.select("sourced_id").to_pyarrow()["sourced_id"].to_pylist()
    assert found == expected(state["loads"]), "not the events of the recorded loads"
    assert mirrored == ([] if load is None else [str(load)]), "not the recorded mirror"


def finished(folder: Path) -> None:
    """The end is as if nothing had happened."""
    state = Database(folder).read()
    assert state["loads"] == LOADS
    check(folder)
    root = folder / "lake"
    log = "".join(path.read_text() for path in (root / "events" / "_delta_log").glob("*.json"))
    # A compaction that was killed leaves its files to `clean`.
    strays = [path for path in data_files(root) if path.name not in log and not path.name.startswith("part-")]
    assert not strays, "files that no log entry names"
    assert not list((root / ".work").iterdir()), "temporary files"
    assert live(root, state["version"]) <= data_files(root)


def child(work: Callable[[Path], None], folder: Path) -> int:
    """Fork a process that does the work and ends with 0, or shows its error and ends with 1."""
    pid = os.fork()
    if pid:
        return pid
    try:
        work(folder)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def wait(pid: int) -> None:
    _, status = os.waitpid(pid, 0)
    if status:
        raise SystemExit(f"a child ended with {status}")


def undisturbed(folder: Path) -> float:
    """Seconds that all loads take."""
    folder.mkdir()
    started = time.monotonic()
    wait(child(run, folder))
    wait(child(finished, folder))
    return time.monotonic() - started


def main(folder: Path, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    span = undisturbed(folder / "undisturbed") / LOADS
    killed = rounds = 0
    while killed < kills:
        rounds += 1
        place = folder / str(rounds)
        place.mkdir()
        while Database(place).read() == EMPTY or Database(place).read()["loads"] < LOADS:
            pid = child(run, place)
            time.sleep(chance.uniform(0, 1.5 * span))
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
            killed += status == signal.SIGKILL
            wait(child(check, place))
            if killed >= kills:
                break
        wait(child(run, place))
        wait(child(finished, place))
    print(json.dumps({"killed": killed, "rounds": rounds}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
