"""How quick is the learning record store, beside the quickest way each database has of taking its rows?

    .venv/bin/python -m bench.lrs [--engine sqlite|postgresql] [--database URL] [--fill 1000000] [--json]

Statements of 957 bytes go to `liwa serve` over HTTP: one in each request on 32 connections, 100 and 1,000 in each.
The ceiling is the same prepared rows put into the same tables and indexes by the same driver, without HTTP and
validation. Everything is durable: a statement is acknowledged once it is committed and synced. Then the store is
filled to `--fill` statements, and reading and writing are measured there. The load generator shares the machine; the
server has `--workers` processes, 2 if not told otherwise.

`--database` names an empty database to use; else one is made, with fsync on.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench import lrs_load
from bench.lrs_load import Target
from tests.api.served import Served
from tests.db.server import SERVERS, postgresql

SINGLE, SMALL, LARGE = "1", "100", "1000"
# (statements in a request, connections, statements in a round)
WRITES = {SINGLE: (1, 32, 7_000), SMALL: (100, 16, 16_000), LARGE: (1000, 16, 32_000)}
ROUNDS = 3
# What docs/lrs.md recommends for a database that takes many statements: checkpoints far between.
SETTINGS = ("shared_buffers = '2GB'", "max_wal_size = '8GB'", "checkpoint_timeout = '30min'")
RAW = {SMALL: 40_000, LARGE: 40_000}
READS = 400
# Figures to be reached: (least or most, figure).
LIMITS = {
    "postgresql": {SINGLE: 1200, SMALL: 7000, LARGE: 9000},
    "sqlite": {SINGLE: 900, SMALL: 5250, LARGE: 6750},
}
SHARE_OF_RAW, P99_MS, MEMORY_MB, KEPT = 0.5, 15.0, 250.0, 0.85


class Bench:
    """One engine being measured."""

    def __init__(self, engine: str, served: Served, workers: int) -> None:
        self.engine = engine
        self.served = served
        self.workers = workers
        self.target = Target(served.port, served.key, served.secret)
        self.figures: dict[str, float] = {}
        self._seeds = iter(range(1, 1_000_000))

    # Writing

    def write(self, size: str, name: str, rounds: int = ROUNDS) -> float:
        """Statements a second over HTTP: the middle of some rounds, since each lasts only seconds."""
        batch, connections, number = WRITES[size]
        made = [
            lrs_load.write(self.target, number, batch, connections, next(self._seeds)) for _ in range(rounds)
        ]
        found = sorted(made, key=lambda one: one.seconds)[rounds // 2]
        self.figures[f"{name}/s"] = number / found.seconds
        self.figures[f"{name} p99 ms"] = found.milliseconds(0.99)
        return number / found.seconds

    def raw(self, size: str) -> None:
        """Statements a second that the driver takes, prepared beforehand."""
        number, batch = RAW[size], WRITES[size][0]
        made = list(prepared(number, next(self._seeds), batch))
        began = time.perf_counter()
        for some in made:
            insert(some)
        self.figures[f"raw, batches of {size}/s"] = number / (time.perf_counter() - began)

    def store(self, size: str) -> None:
        """Statements a second through preparation and store, without HTTP."""
        from liwa.statements import commit

        number, batch = RAW[size], WRITES[size][0]
        made = list(bodies(number, next(self._seeds), batch))
        began = time.perf_counter()
        for body in made:
            commit.submit(prepare(body))
        self.figures[f"store alone, batches of {size}/s"] = number / (time.perf_counter() - began)

    def fill(self, total: int) -> None:
        """Add statements until there are so many."""
        from liwa.statements.models import Statement

        missing = max(0, total - Statement.objects.count())
        began = time.perf_counter()
        for some in prepared(missing, next(self._seeds), 5000):
            insert(some)
        if missing:
            self.figures[f"filling to {total:,}/s"] = missing / (time.perf_counter() - began)
        if self.engine == "postgresql":
            # What the server would do by itself within a minute, in the midst of what is measured.
            execute("VACUUM (ANALYZE) statements_statement")
            execute("VACUUM (ANALYZE) statements_link")

    # Reading

    def read(self) -> None:
        """Milliseconds of each kind of question, asked one after the other for things chosen at random."""
        chance = random.Random(7)
        for name, question in QUESTIONS.items():
            queries = [question(chance) for _ in range(READS)]
            lrs_load.read(self.target, queries[: READS // 10])
            found = lrs_load.read(self.target, queries)
            self.figures[f"{name} p50 ms"] = found.milliseconds(0.5)
            self.figures[f"{name} p99 ms"] = found.milliseconds(0.99)

    # Memory

    def memory(self) -> None:
        """The most memory that a process of the server has had so far, in MB."""
        pids = children_of(self.served.process.pid) if self.served.process else []
        self.figures["memory of a worker, MB"] = max(map(peak_memory, pids), default=0.0)
        self.figures["of it anonymous now, MB"] = max(map(anonymous_memory, pids), default=0.0)


def _agent_and_verb(chance: random.Random) -> str:
    agent = json.dumps(lrs_load.agent(int(lrs_load.STUDENTS * chance.random() ** 1.5)))
    return f"agent={quote(agent)}&verb={quote(chance.choice(lrs_load.VERBS))}&limit=10"


def _course(chance: random.Random) -> str:
    number = int(lrs_load.COURSES * chance.random() ** 1.5)
    return f"activity={quote(lrs_load.course(number))}&related_activities=true"


def _registration(chance: random.Random) -> str:
    student = int(lrs_load.STUDENTS * chance.random() ** 1.5)
    number = int(lrs_load.COURSES * chance.random() ** 1.5)
    return f"registration={lrs_load.registration(student, number)}"


QUESTIONS: dict[str, Callable[[random.Random], str]] = {
    "agent+verb, limit 10": _agent_and_verb,
    "related activity, limit 10": lambda chance: _course(chance) + "&limit=10",
    "related activity, limit 100": lambda chance: _course(chance) + "&limit=100",
    "related activity, a page of 500": _course,
    "registration": _registration,
    "agent and activity, limit 10": lambda chance: f"{_agent_and_verb(chance)}&{_course(chance)}",
}


# Rows


def bodies(number: int, seed: int, batch: int) -> Iterator[bytes]:
    """Requests' bodies."""
    waiting: list[bytes] = []
    for one in lrs_load.statements(number, seed):
        waiting.append(one)
        if len(waiting) == batch:
            yield b"[%b]" % b",".join(waiting)
            waiting = []
    if waiting:
        yield b"[%b]" % b",".join(waiting)


def prepare(body: bytes) -> list[Any]:
    """The statements of a body, as the store takes them."""
    from liwa.statements.models import Credential
    from liwa.statements.prepare import prepare as prepare_body
    from liwa.statements.versions import Version

    return prepare_body(body, Version.V1, Credential(key="bench", scopes=["all"]))


def prepared(number: int, seed: int, batch: int) -> Iterator[list[Any]]:
    """The same, prepared."""
    return map(prepare, bodies(number, seed, batch))


def insert(some: list[Any]) -> None:
    """Put prepared rows into the tables, in a transaction: what nothing can do without."""
    from django.db import connection, transaction

    from liwa.core import clock
    from liwa.statements.bulk import bulk_of
    from liwa.statements.store import seq_of
    from liwa.statements.tables import Tables

    with transaction.atomic(), connection.cursor() as cursor:
        tables = Tables(cursor)
        first = max(tables.lock() + 1, seq_of(clock.now()))
        tables.advance(first + len(some) - 1)
        bulk = bulk_of(connection)
        bulk.add_statements(connection, [(first + at, one, False) for at, one in enumerate(some)])
        bulk.add_links(connection, sorted((t, first + at) for at, one in enumerate(some) for t in one.links))


def execute(sql: str) -> None:
    """Run a statement."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)


# Processes


def children_of(pid: int) -> list[int]:
    """The process and all that it started."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += children_of(int(child))
    return found


def _status(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    return 0.0


def peak_memory(pid: int) -> float:
    """Megabytes that a process has had in memory at most, files that it maps among them."""
    return _status(pid, "VmHWM")


def anonymous_memory(pid: int) -> float:
    """Megabytes that a process has now for itself."""
    return _status(pid, "RssAnon")


# Running


def run(engine: str, given: str, fill: int, workers: int) -> dict[str, float]:
    """Every figure of one engine."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="liwa-bench-")))
        url = given or _database(engine, folder, stack)
        os.environ.update(
            LIWA_HOME=str(folder), LIWA_DATABASE_URL=url, DJANGO_SETTINGS_MODULE="liwa.settings"
        )
        served = Served(folder, url)
        import django
        from django.db import connections

        django.setup()
        served.start("--workers", str(workers))
        stack.callback(served.end)
        bench = Bench(engine, served, workers)
        try:
            measure(bench, fill)
        finally:
            from liwa.statements import commit

            commit.stop()
            connections.close_all()
            if engine == "postgresql":
                connections["default"].close_pool()
        return bench.figures


def _database(engine: str, folder: Path, stack: ExitStack) -> str:
    if engine == "postgresql":
        url = stack.enter_context(postgresql(folder, settings=SETTINGS))
        return url.replace("/liwa?", "/postgres?")
    return stack.enter_context(SERVERS[engine](folder))


def measure(bench: Bench, fill: int) -> None:
    """All measurements, in their order."""
    bench.write(LARGE, "warming up", 1)
    bench.fill(10_000)
    few: dict[str, float] = {}
    for size in (SINGLE, SMALL, LARGE):
        name = "single POSTs" if size == SINGLE else f"batches of {size}"
        few[size] = bench.write(size, name)
        if size != SINGLE:
            bench.raw(size)
            bench.store(size)
            bench.figures[f"{name}, of raw"] = few[size] / bench.figures[f"raw, batches of {size}/s"]
    bench.memory()
    if fill:
        bench.fill(fill)
        bench.read()
        for size in (SINGLE, SMALL):
            name = f"{size} in a request at {fill:,}"
            bench.figures[f"{name}, of few"] = bench.write(size, name) / few[size]
        bench.memory()


def show(engine: str, figures: dict[str, float]) -> None:
    """Print one engine's table."""
    print(f"\n{engine}")
    for name, figure in figures.items():
        shown = f"{figure:,.2f}" if figure < 100 else f"{figure:,.0f}"
        print(f"{name:45}{shown:>12}")


def main() -> int:
    """Measure one engine, or each in turn in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", choices=list(SERVERS))
    parser.add_argument("--database", default="", help="URL of an empty database")
    parser.add_argument("--fill", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    if chosen.database and not chosen.engine:
        chosen.engine = "sqlite" if chosen.database.startswith("sqlite") else "postgresql"
    if chosen.engine:
        figures = run(chosen.engine, chosen.database, chosen.fill, chosen.workers)
        if chosen.json:
            print(json.dumps({chosen.engine: figures}))
        else:
            show(chosen.engine, figures)
        return 0
    import subprocess

    command = [sys.executable, "-m", "bench.lrs", *sys.argv[1:]]
    return max(subprocess.run([*command, "--engine", engine], check=False).returncode for engine in SERVERS)


if __name__ == "__main__":
    sys.exit(main())
