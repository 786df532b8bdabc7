"""Several engines, one after the other, each in a process of its own; then their answers and figures side by side."""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from liwa.bench.campus import Size
from liwa.core.errors import FAILED, LiwaError

Cell = str | int | float | None
# What a table shows of each line of work: its title, and the figure.
TABLES = (("Throughput, a second", "per_second"), ("p50, ms", "p50_ms"), ("p99, ms", "p99_ms"))


@dataclass(frozen=True)
class Engine:
    """A database to be measured, and what it is called in tables."""

    name: str
    url: str


def engines(given: Sequence[str]) -> list[Engine]:
    """Engines from `URL` or `NAME=URL`; without a name they are called by the scheme, numbered where it repeats."""
    found: list[Engine] = []
    used: Counter[str] = Counter()
    for text in given:
        head, mark, rest = text.partition("=")
        is_named = mark and "://" not in head
        url = rest if is_named else text
        name = head if is_named else url.partition("://")[0]
        if "://" not in url or not name:
            raise LiwaError(
                "A database is named by its URL, or by NAME=URL.",
                remedy="For example sqlite:///bench.sqlite3 or tuned=postgresql://user@host/empty.",
            )
        used[name] += 1
        found.append(Engine(name if used[name] == 1 else f"{name} {used[name]}", url))
    return found


def measure(
    chosen: Sequence[Engine], size: Size, only: Sequence[str], progress: Callable[[str], None]
) -> dict[str, Any]:
    """Everything as `--json` gives it. Raises LiwaError where an engine cannot be measured."""
    measured = []
    for engine in chosen:
        progress(engine.name)
        measured.append({"name": engine.name, **_in_process(engine, size, only)})
    return {"size": asdict(size), "engines": measured, "differences": differences(measured)}


def _in_process(engine: Engine, size: Size, only: Sequence[str]) -> dict[str, Any]:
    """What the engine's own process says; its folder, and a SQLite file in it, goes with it."""
    asked = {"url": engine.url, "size": asdict(size), "only": list(only)}
    with tempfile.TemporaryDirectory(prefix="liwa-bench-") as home:
        environment = {name: text for name, text in os.environ.items() if not name.startswith("LIWA_")}
        ran = subprocess.run(
            [sys.executable, "-m", "liwa.bench"],
            input=json.dumps(asked),
            stdout=subprocess.PIPE,
            env=environment | {"LIWA_HOME": home},
            check=False,
            text=True,
        )
    if ran.returncode:
        raise LiwaError(f"{engine.name}: the bench broke off; its own words are above.", exit_code=FAILED)
    answer: dict[str, Any] = json.loads(ran.stdout)
    if "refused" in answer:
        refused = answer["refused"]
        raise LiwaError(
            f"{engine.name}: {refused['message']}",
            remedy=refused["remedy"],
            exit_code=refused["exit_code"],
        )
    done: dict[str, Any] = answer["done"]
    return done


def differences(measured: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """For each answer that is not the same everywhere: the engines that differ from the first."""
    first, *others = (one["answers"] for one in measured)
    found: dict[str, list[str]] = {}
    for engine, answers in zip(measured[1:], others, strict=True):
        for name in sorted(first.keys() | answers.keys()):
            if first.get(name) != answers.get(name):
                found.setdefault(name, []).append(engine["name"])
    return found


def table(measured: Sequence[dict[str, Any]], figure: str) -> tuple[list[str], list[list[Cell]]]:
    """Columns and rows of one figure: each engine's, and its ratio to the first one's."""
    names = [one["name"] for one in measured]
    columns = ["work", "unit", *names, *(f"{name} / {names[0]}" for name in names[1:])]
    rows: list[list[Cell]] = []
    for name, first in measured[0]["series"].items():
        values = [one["series"][name][figure] for one in measured]
        ratios = [value / values[0] if value is not None else None for value in values[1:]]
        if first[figure] is not None:
            rows.append([name, first["unit"], *values, *ratios])
    return columns, rows
