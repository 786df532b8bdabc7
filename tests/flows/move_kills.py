"""Kills a move from SQLite again and again, runs it to its end, and compares every row of both databases.

Run as `python -m tests.flows.move_kills FOLDER KILLS SEED` with LIWA_DATABASE_URL naming an empty database, to which
is moved. Prints one JSON object. Every command runs in a forked child, as in `kills`.
"""

import json
import os
import pickle
import random
import sys
from pathlib import Path

from liwa.simulate.campus import simulate
from tests.flows.kills import Campus, imported, wait

STUDENTS = 50
ROWS = 300  # of a block, so that there are many


def prepare(campus: Campus) -> None:
    """A demo campus with statements, documents, accounts."""
    simulate(campus.home, students=STUDENTS, seed=7)
    campus.run("init")
    campus.run("load")
    campus.run("refresh")
    wait(campus.child(fill))


def fill() -> None:
    from tests.flows.everything import some_of_everything

    some_of_everything()


def rows(campus: Campus, url: str) -> dict[str, list[object]]:
    """Everything in a database, read by a child."""
    place = campus.home.with_suffix(".rows")
    other = Campus(campus.home, url)

    def read() -> None:
        from tests.flows.everything import everything

        place.write_bytes(pickle.dumps(everything()))

    wait(other.child(read))
    return dict(pickle.loads(place.read_bytes()))


def main(folder: Path, kills: int, seed: int) -> None:
    to = os.environ["LIWA_DATABASE_URL"]
    imported(folder)
    import liwa.flows.tables.lines

    liwa.flows.tables.lines.BLOCK_ROWS = ROWS
    here = f"sqlite:///{folder}/here.sqlite3"
    campus, chance = Campus(folder / "campus", here), random.Random(seed)
    prepare(campus)
    before = rows(campus, here)
    killed, rounds = 0, 0
    while killed < kills:
        wait(Campus(campus.home, to).child(_empty))
        seconds = 4.0
        if rounds == 0:
            seconds = campus.run("db", "move", "--to", to)
            wait(Campus(campus.home, to).child(_empty))
        while killed < kills and chance.random() < 0.9:
            killed += campus.killed(chance.uniform(0, seconds), "db", "move", "--to", to)
        campus.run("db", "move", "--to", to)
        if rows(campus, to) != before or rows(campus, here) != before:
            raise SystemExit("the databases differ")
        rounds += 1
    print(json.dumps({"killed": killed, "rounds": rounds, "rows": sum(map(len, before.values()))}))


def _empty() -> None:
    """Empty the new database."""
    from tests.flows.kills import _clear

    _clear()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
