"""How quick is `write_rows`, beside the quickest way each engine has of taking rows?

    .venv/bin/python -m bench.write_rows [--rows 200000] [--engine sqlite|postgresql]

The limit is raw COPY into the same table on PostgreSQL, and one `executemany` in one transaction on SQLite: both
without checks, comparison or counting. Servers are made for the occasion, with fsync on; each figure is the best
of three.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.db.server import SERVERS, NoServerError, postgresql

Row = tuple[Any, ...]
REPEATS = 3


def rows(number: int, text: str) -> list[Row]:
    """Rows like results of a line item: ids, texts, a float, a day, an instant."""
    start = datetime(2026, 9, 1, tzinfo=UTC)
    return [
        (
            f"result-{i:08}",
            f"{text} {i % 1000}",
            None if i % 3 else "成绩 with a comment",
            i,
            i % 100,
            i % 101 / 7,
            i % 2 == 0,
            date(2026, 9, 1) + timedelta(days=i % 90),
            start + timedelta(seconds=i),
            {},
        )
        for i in range(number)
    ]


def raw_sqlite(made: list[Row]) -> None:
    """One executemany in one transaction, values ready for the driver."""
    from django.db import connection, transaction

    from tests.db.sample import NAMES, TABLE

    sql = f'INSERT INTO "{TABLE}" ({", ".join(NAMES)}) VALUES ({", ".join("?" * len(NAMES))})'
    with transaction.atomic():
        connection.connection.executemany(sql, made)


def raw_postgresql(made: list[Row]) -> None:
    """One COPY in one transaction."""
    from django.db import connection, transaction

    from tests.db.sample import NAMES, TABLE

    sql = f'COPY "{TABLE}" ({", ".join(NAMES)}) FROM STDIN'
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(sql) as copy:
        for row in made:
            copy.write_row(row)


def ready(engine: str, made: list[Row]) -> list[Row]:
    """The rows as the driver takes them."""
    if engine == "postgresql":
        return [(*row[:9], "{}") for row in made]
    return [(*row[:7], str(row[7]), str(row[8].replace(tzinfo=None)), "{}") for row in made]


def best(prepare: Callable[[], None], work: Callable[[], object]) -> float:
    """Seconds of the quickest run; `prepare` is not counted."""
    seconds = []
    for _ in range(REPEATS):
        prepare()
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def measure(engine: str, number: int) -> list[tuple[str, float]]:
    """(what, seconds) for one engine, the limit first."""
    from liwa.db.write import write_rows
    from tests.db import sample

    first, second = rows(number, "first"), rows(number, "second")
    tenth = [*first[: number - number // 10], *second[number - number // 10 :]]
    driver_rows = ready(engine, first)
    raw = raw_sqlite if engine == "sqlite" else raw_postgresql

    def empty() -> None:
        sample.drop()
        sample.create()

    def write(some: list[Row]) -> object:
        return write_rows(sample.TABLE, sample.columns(), ["key"], some)

    def full() -> None:
        empty()
        write(first)

    sample.create()
    return [
        ("raw insert (the limit)", best(empty, lambda: raw(driver_rows))),
        ("write_rows, all new", best(empty, lambda: write(first))),
        ("write_rows, all the same", best(full, lambda: write(first))),
        ("write_rows, a tenth changed", best(full, lambda: write(tenth))),
        ("write_rows, all changed", best(full, lambda: write(second))),
    ]


def show(engine: str, number: int, figures: list[tuple[str, float]]) -> None:
    """Print one engine's table."""
    limit = figures[0][1]
    print(f"\n{engine}, {number:,} rows of 10 columns")
    print(f"{'':30}{'seconds':>9}{'rows/s':>12}{'x limit':>9}")
    for what, seconds in figures:
        print(f"{what:30}{seconds:9.2f}{number / seconds:12,.0f}{seconds / limit:9.2f}")


def run(engine: str, number: int) -> None:
    """Measure in a process of its own: Django's settings are read once."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "liwa.settings"
    with tempfile.TemporaryDirectory(prefix="liwa-bench-") as folder:
        server = (
            postgresql(Path(folder), settings=()) if engine == "postgresql" else SERVERS[engine](Path(folder))
        )
        with server as url:
            url = url.replace("/liwa?", "/postgres?")
            os.environ.update(LIWA_HOME=folder, LIWA_DATABASE_URL=url)
            import django
            from django.db import connections

            django.setup()
            connections["default"].ensure_connection()
            show(engine, number, measure(engine, number))
            connections.close_all()
            if engine == "postgresql":
                connections["default"].close_pool()


def main() -> int:
    """Measure one engine, or each in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--engine", choices=list(SERVERS))
    chosen = parser.parse_args()
    if chosen.engine:
        try:
            run(chosen.engine, chosen.rows)
        except NoServerError as error:
            print(f"{chosen.engine}: {error}")
        return 0
    import subprocess

    command = [sys.executable, "-m", "bench.write_rows", "--rows", str(chosen.rows)]
    return max(subprocess.run([*command, "--engine", engine], check=False).returncode for engine in SERVERS)


if __name__ == "__main__":
    sys.exit(main())
