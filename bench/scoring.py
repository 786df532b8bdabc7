"""How long it takes, and how much memory, to score a campus of 40,000 active enrollments with 50 million events.

    .venv/bin/python bench/scoring.py [--folder DIR] [--students N] [--events N] [--json]

The campus is made once and kept in --folder (default: a temporary one, about 4 GB): simulated, loaded and mirrored by
Liwa's own commands; then every visit to the study platform is made a stream of clicks, written by the lake's own
writer, until there are as many events as asked for. Two of its three terms have ended: they are learned from.

Each measurement is a process of its own and begins with opening the lake:

train    the model, from the classes that had ended
score    features, risk and reasons of every active enrollment at the newest cut-off

The exit code is 1 where a limit is not met.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

STUDENTS = 9_800  # take a little over four classes each
EVENTS = 50_000_000
LIMITS = {"train": (300.0, 4096), "score": (60.0, 4096)}  # seconds, MB
FEED = "lms"
MONTH_EVENTS = """
SELECT row_number() OVER () AS place, event_id, occurred_at, known_at, "user", verb, object, object_type, klass
FROM read_parquet([{files}])
"""
# Clicks follow one another by 5 to 94 seconds; `thousandths` of one, on average, follow each visit.
CLICKS = """
CREATE TEMP TABLE accepted AS
SELECT place * 1000 + n AS line, event_id || '-' || n AS natural_key,
    occurred_at + to_seconds(after) AS occurred_at, known_at + to_seconds(after) AS known_at, "user", verb, object,
    object_type, klass, 1.0::DOUBLE AS amount, 'click' AS unit
FROM (
    SELECT *, n * (5 + hash(event_id) % 90) AS after
    FROM ({visits}), range(1, {most} + 1) AS r(n)
    WHERE n <= ({thousandths} + hash(event_id, 1) % 1000) // 1000
)
"""
REFUSED = 'CREATE TEMP TABLE refused (line BIGINT, field VARCHAR, "value" VARCHAR, reason VARCHAR)'


# Making the campus


def make(folder: Path, students: int, events: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """The campus in `folder`, made where it is not there yet; gives what it is."""
    note = folder / "campus.json"
    if note.exists():
        about: dict[str, Any] = json.loads(note.read_text())
        if (about["students"], about["wanted"]) != (students, events):
            sys.exit(f"{folder} holds another campus: {about}. Choose another folder.")
        return about
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "LIWA_HOME": str(folder),
        "LIWA_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "liwa.settings",
    }
    for command in (["init"], ["simulate", "--students", str(students), "--out", str(folder / "campus")]):
        tell("liwa " + " ".join(command[:1]))
        liwa(environment, *command)
    for file in (folder / "campus").iterdir():
        file.replace(folder / file.name)
    tell("liwa load")
    liwa(environment, "load")
    tell("mirror")
    once("mirror", folder, environment)
    about = {"students": students, "wanted": events, **multiply(folder, events, tell)}
    note.write_text(json.dumps(about))
    return about


def liwa(environment: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "-m", "liwa", *arguments, "--json"]
    subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)


def mirror(folder: Path) -> None:
    """The records into the lake, as a refresh does first."""
    from liwa.flows.setup import require_ready

    require_ready()
    from liwa.flows.home import Home
    from liwa.flows.refresh import Run, default_as_of
    from liwa.flows.refresh.mirror import mirror as step
    from liwa.records.campus import profile

    home, campus = Home(), profile()
    with home.writing():
        step(Run(home, campus, default_as_of(campus)))


def multiply(folder: Path, events: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """Clicks for every visit to the study platform, month by month, until there are `events` events."""
    from deltalake import DeltaTable

    from liwa.lake import log
    from liwa.lake.events import Lake

    lake = Lake(folder / "lake")
    version = DeltaTable(lake.events).version()
    files = log.live_files(lake.events, version)
    present = sum(file.rows for file in files)
    visits = [file for file in files if file.partition["source"] == FEED]
    thousandths = max(0, (events - present) * 1000 // sum(file.rows for file in visits))
    most = thousandths // 1000 + 1
    for month in sorted({file.partition["month"] for file in visits}):
        tell(f"clicks of {month}")
        paths = ", ".join(f"'{file.path}'" for file in visits if file.partition["month"] == month)
        query = CLICKS.format(visits=MONTH_EVENTS.format(files=paths), thousandths=thousandths, most=most)
        added = lake.append("clicks", lambda connection, query=query: prepare(connection, query), version)
        version, present = added.version, present + added.events
    return {"events": present, "version": version}


def prepare(connection: Any, query: str) -> None:
    connection.execute(REFUSED)
    connection.execute(query)


# Measuring


def campus_of(folder: Path, about: dict[str, Any]) -> tuple[Any, Any, Any]:
    """The campus, its newest cut-off and its time zone."""
    from liwa.core.clock import start_of
    from liwa.core.feeds import read_feeds
    from liwa.insight.tables import Campus
    from liwa.lake.reader import open_lake

    profile = read_feeds(folder / "feeds.toml").campus
    tables = open_lake(folder / "lake", events_version=about["version"])
    return Campus(tables, profile.zone), start_of(profile.as_of, profile.zone), profile.zone


def train(folder: Path, about: dict[str, Any]) -> dict[str, Any]:
    from liwa.insight.risk import save
    from liwa.insight.risk import train as trained

    campus, as_of, zone = campus_of(folder, about)
    model = trained(campus, as_of, zone)
    if model.parts:
        save(model, folder / "models")
    campus.tables.close()
    return {"basis": model.about.basis, "rows": model.about.rows, "enrollments": model.about.enrollments}


def score(folder: Path, about: dict[str, Any]) -> dict[str, Any]:
    from liwa.insight.risk import latest, only_rules, predict

    campus, as_of, zone = campus_of(folder, about)
    model = latest(folder / "models", as_of + timedelta(seconds=1)) or only_rules(
        as_of, "too little to learn from"
    )
    found = predict(model, campus, as_of, zone)
    campus.tables.close()
    return {"basis": model.about.basis, "enrollments": len(found)}


MEASURED: dict[str, Callable[[Path, dict[str, Any]], dict[str, Any]]] = {"train": train, "score": score}


def inside(name: str, folder: Path) -> None:
    """In a process of its own: does it and prints what it found, seconds and megabytes."""
    if name == "mirror":
        mirror(folder)
        return
    import liwa.insight.risk
    import liwa.lake.reader  # noqa: F401  (modules are imported before the clock starts)

    about = json.loads((folder / "campus.json").read_text())
    started, worked = time.perf_counter(), time.process_time()
    found = MEASURED[name](folder, about)
    found["seconds"] = time.perf_counter() - started
    found["processor"] = time.process_time() - worked
    unit = 1024**2 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(json.dumps(found))


def once(name: str, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, __file__, "--once", name, "--folder", str(folder)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    result: dict[str, Any] = json.loads(done.stdout or "{}")
    return result


def met(name: str, found: dict[str, Any]) -> bool:
    seconds, megabytes = LIMITS[name]
    return bool(found["seconds"] <= seconds and found["peak"] <= megabytes)


def show(about: dict[str, Any], results: dict[str, dict[str, Any]]) -> None:
    print(
        f"{results['score']['enrollments']:,} active enrollments, {about['events']:,} events; "
        f"{os.cpu_count()} processors; scored by {results['score']['basis']}, "
        f"trained on {results['train']['rows']:,} rows of {results['train']['enrollments']:,} enrollments\n"
    )
    print(f"{'':8}{'seconds':>9}{'limit':>7}{'processor':>11}{'peak MB':>9}{'limit':>7}")
    for name, found in results.items():
        seconds, megabytes = LIMITS[name]
        print(
            f"{name:8}{found['seconds']:9.1f}{seconds:7.0f}{found['processor']:11.1f}{found['peak']:9.0f}"
            f"{megabytes:7.0f}  {'met' if met(name, found) else 'NOT MET'}"
        )


def main(given: argparse.Namespace, folder: Path) -> int:
    def tell(what: str) -> None:
        print(what, "…", file=sys.stderr, flush=True)

    about = make(folder, given.students, given.events, tell)
    results = {}
    for name in MEASURED:
        tell(name)
        results[name] = once(name, folder, dict(os.environ))
    if given.json:
        print(json.dumps({"campus": about, "limits": LIMITS, **results}))
    else:
        show(about, results)
    return int(not all(met(name, found) for name, found in results.items()))


def asked() -> argparse.Namespace:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--folder", type=Path, help="where the campus is, or is to be made and kept")
    ask.add_argument("--students", type=int, default=STUDENTS)
    ask.add_argument("--events", type=int, default=EVENTS)
    ask.add_argument("--json", action="store_true", help="print one JSON object")
    ask.add_argument("--once", help=argparse.SUPPRESS)
    return ask.parse_args()


if __name__ == "__main__":
    given = asked()
    if given.once:
        inside(given.once, given.folder)
    elif given.folder:
        sys.exit(main(given, given.folder.absolute()))
    else:
        with TemporaryDirectory(prefix="liwa-bench-") as temporary:
            sys.exit(main(given, Path(temporary) / "campus"))
