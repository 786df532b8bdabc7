"""How long does it take to move a campus that outgrew its file to PostgreSQL?

    .venv/bin/python -m bench.move [--statements 1000000] [--results 200000] [--json]

A SQLite database is filled with so many statements of 957 bytes and so many results, then `liwa db move` copies it to
a PostgreSQL server made for the occasion, with fsync on, on this machine; that includes making the tables, reading
every row again from the new database and comparing. The limit is three minutes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

LIMIT = 180.0
USERS, BATCH = 2_000, 5_000


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--statements", type=int, default=1_000_000)
    parser.add_argument("--results", type=int, default=200_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    import psycopg

    from tests.db.server import postgresql

    with tempfile.TemporaryDirectory(prefix="liwa-bench-") as temporary:
        home = Path(temporary)
        ours = {name: text for name, text in os.environ.items() if not name.startswith("LIWA_")}
        liwa = [sys.executable, "-m", "liwa"]
        environment = {**ours, "LIWA_HOME": str(home)}
        subprocess.run([*liwa, "init"], env=environment, check=True, capture_output=True)
        numbers = [str(given.statements), str(given.results)]
        subprocess.run([sys.executable, "-m", "bench.move", "--fill", *numbers], env=environment, check=True)
        size = (home / "liwa.sqlite3").stat().st_size
        with postgresql(home, settings=("max_wal_size = '4GB'",)) as url:
            with psycopg.connect(url.replace("/liwa?", "/postgres?"), autocommit=True) as server:
                server.execute("CREATE DATABASE liwa")
            began = time.perf_counter()
            command = [*liwa, "db", "move", "--to", url, "--json"]
            done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
            seconds = time.perf_counter() - began
    found = json.loads(done.stdout)
    figures = {
        "rows": found["rows"],
        "megabytes": round(size / 1e6),
        "seconds": round(seconds, 1),
        "rows/s": round(found["rows"] / seconds),
        "limit seconds": LIMIT,
        "ratio": round(seconds / LIMIT, 2),
    }
    if given.json:
        print(json.dumps(figures))
    else:
        print(f"{given.statements:,} statements, {given.results:,} results; {os.cpu_count()} processors\n")
        for name, value in figures.items():
            print(f"{name:16}{value:>14,}")
    return int(seconds > LIMIT)


def fill(statements: int, results: int) -> None:
    """Fill the database of LIWA_HOME."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "liwa.settings"
    import django

    django.setup()
    fill_statements(statements)
    fill_results(results)


def fill_statements(number: int) -> None:
    """Statements first, then their links in the order of their index, which is many times quicker."""
    import numpy as np
    from django.db import connection, transaction

    from bench.lrs import prepared
    from liwa.statements.bulk import bulk_of

    bulk = bulk_of(connection)
    first = int(datetime(2026, 9, 1, tzinfo=UTC).timestamp() * 1e6)
    terms: list[Any] = []
    seqs: list[Any] = []
    for some in prepared(number, 1, BATCH):
        rows = [(first + at, one, False) for at, one in enumerate(some)]
        first += 10 * len(some)
        with transaction.atomic():
            bulk.add_statements(connection, rows)
        terms.append(np.array([term for _, one, _ in rows for term in one.links], np.int64))
        seqs.append(np.array([seq for seq, one, _ in rows for _ in one.links], np.int64))
    term, seq = np.concatenate(terms), np.concatenate(seqs)
    order = np.lexsort((seq, term))
    for start in range(0, len(order), 200_000):
        some_rows = order[start : start + 200_000]
        with transaction.atomic():
            bulk.add_links(
                connection, list(zip(term[some_rows].tolist(), seq[some_rows].tolist(), strict=True))
            )


def fill_results(number: int) -> None:
    from django.db import transaction

    from liwa.db.write import columns_of, write_rows
    from liwa.records.models import Course, Klass, LineItem, Result, User

    items = -(-number // USERS)
    handed_in = datetime(2026, 9, 25, 2, tzinfo=UTC)
    with transaction.atomic():
        Course.objects.create(sourced_id="c", title="Rivers", feed="sis")
        Klass.objects.create(sourced_id="k", title="Rivers A", course_id="c", feed="sis")
        User.objects.bulk_create(
            User(sourced_id=f"u{at}", feed="sis", username=f"student{at}", family_name="江")
            for at in range(USERS)
        )
        LineItem.objects.bulk_create(
            LineItem(sourced_id=f"l{at}", title=f"Exercise {at}", klass_id="k", feed="sis")
            for at in range(items)
        )
    defaults = {"status": "active", "metadata": {}}
    names = ["sourced_id", "feed", *defaults, "line_item", "student", "score_status", "score", "text_score"]
    names += ["score_date", "submitted_at", "comment"]
    columns = columns_of(Result, names)
    rows = (
        (
            f"x-{at:08}",
            "sis",
            *defaults.values(),
            f"l{at // USERS}",
            f"u{at % USERS}",
            "fully graded",
            at % 101 / 7,
            "",
            handed_in.date(),
            handed_in + timedelta(seconds=at),
            "",
        )
        for at in range(number)
    )
    write_rows(Result._meta.db_table, columns, ["sourced_id"], rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--fill"]:
        fill(int(sys.argv[2]), int(sys.argv[3]))
    else:
        sys.exit(main())
