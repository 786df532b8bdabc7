"""Kills the loading of statements, their way to the lake and the forgetting of them, again and again.

Run as `python -m tests.flows.river_kills FOLDER KILLS SEED` with LIWA_DATABASE_URL naming an empty database. Prints
one JSON object. A process of its own for the same reason as `kills`.
"""

import json
import os
import random
import sys
from collections import Counter
from pathlib import Path

from tests.flows.kills import Campus, imported, wait

STATEMENTS, ACTORS = 1_800, 30
GONE = "actor-7"
TOML = '[[feed]]\nname = "lrs"\nsource = "xapi"\n[feed.options]\nclass_pattern = "/course/(.+)$"\n'


def files(folder: Path) -> None:
    """Statements of thirty actors, in three files that overlap, and a feed for them."""
    from tests.flows.told import lines, statement

    told = [statement(number, f"actor-{number % ACTORS}") for number in range(STATEMENTS)]
    for part in range(3):
        some = told[part * STATEMENTS // 4 : (part + 2) * STATEMENTS // 4]
        (folder / f"{part}.jsonl").write_text(lines(*some), encoding="utf-8")
    (folder / "feeds.toml").write_text(TOML, encoding="utf-8")


def found() -> dict[str, int]:
    """What is there: statements, events and who they are of, as a reader would find them."""
    from liwa.flows.home import Home
    from liwa.flows.lakes import current_tables
    from liwa.flows.river import current
    from liwa.statements.models import Actor, Statement
    from tests.flows.told import key_of

    with current_tables(Home()) as tables:
        events = tables.raw_events
        counts = events.aggregate(
            n=events.count(), ids=events.event_id.nunique(), users=events.user.nunique()
        )
        (row,) = counts.to_pyarrow().to_pylist()
        gone = events.filter(events.user == key_of(GONE)).count().to_pyarrow().as_py()
    pump = current()
    return {
        "statements": Statement.objects.filter(voided=False).count(),
        "flowed": Statement.objects.filter(voided=False, seq__lte=pump.position).count(),
        "counted": sum(feed["events"] for feed in pump.feeds.values()),
        "seen": sum(Actor.objects.values_list("statements", flat=True)),
        "events": row["n"],
        "ids": row["ids"],
        "users": row["users"],
        "gone": gone,
    }


def look(campus: Campus) -> dict[str, int]:
    place = campus.home.with_suffix(".json")
    wait(campus.child(lambda: place.write_text(json.dumps(found()))))
    return dict(json.loads(place.read_text()))


def check(campus: Campus) -> dict[str, int]:
    """Every statement that has flowed is one event, whenever one looks."""
    state = look(campus)
    same = {state[name] for name in ("flowed", "events", "ids", "counted")}
    if len(same) != 1:
        raise SystemExit(f"not every statement is an event once: {state}")
    return state


def main(folder: Path, kills: int, seed: int) -> None:
    imported(folder)
    from tests.flows.told import account

    campus, chance = Campus(folder / "home", os.environ["LIWA_DATABASE_URL"]), random.Random(seed)
    source = folder / "files"
    source.mkdir()
    files(source)
    done: Counter[str] = Counter()
    rounds = 0
    while done.total() < kills:
        rounds += 1
        campus.make(source)
        for part in range(3):
            command = ("load", "xapi", str(source / f"{part}.jsonl"), "--again")
            while chance.random() < 0.7 and campus.killed(chance.uniform(0, 1.5), *command):
                done["load"] += 1
                check(campus)
            campus.run(*command)
            check(campus)
        state = check(campus)
        if (state["statements"], state["events"], state["seen"]) != (STATEMENTS, STATEMENTS, STATEMENTS):
            raise SystemExit(f"not all is there: {state}")
        forget = ("lrs", "forget", "--actor", json.dumps(account(GONE)))
        while chance.random() < 0.7 and campus.killed(chance.uniform(0, 1.5), *forget):
            done["forget"] += 1
            check(campus)
        campus.run(*forget)
        state = check(campus)
        if (state["events"], state["gone"], state["users"]) != (STATEMENTS * 29 // 30, 0, ACTORS - 1):
            raise SystemExit(f"not forgotten, or others are: {state}")
    print(json.dumps({"killed": done, "rounds": rounds}))


if __name__ == "__main__":
    _, place, *numbers = sys.argv
    main(Path(place), *map(int, numbers))
