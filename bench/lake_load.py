"""How long loading `studentVle.csv` into the lake takes, beside what DuckDB alone takes to sort and write it.

    python bench/lake_load.py [FOLDER OR ZIP OF THE OULAD]

Without an argument it looks for `oulad/anonymisedData.zip` in LIWA_REAL_DATA or in `../shared/data`, else it makes
up files of the same shape. Each run is a process of its own; the table shows the median of three.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from liwa.core.feeds import Campus, Feed
from liwa.core.rows import BulkPart
from liwa.lake.events import Lake
from liwa.sources import sources

LIMIT = 5.0  # times DuckDB alone
MEMORY_LIMIT = 700  # MB
ROUNDS = 3
ROOT = Path(__file__).resolve().parents[1]

# About as many students, sites and repeats as in the first 1,048,575 rows of the real file, in the same order.
MADE_UP = """
COPY (
    WITH r AS (
        SELECT range % 959_046 AS n, hash(range % 959_046) AS h FROM range(1_048_575)
    )
    SELECT 'AAA' AS code_module, CASE h % 2 WHEN 0 THEN '2013J' ELSE '2014J' END AS code_presentation,
        20_000 + h % 4_126 AS id_student, 540_000 + (h >> 20) % 3_000 AS id_site,
        (h >> 40) % 290 - 20 AS date, 1 + ((h >> 50) % 40) * ((h >> 56) % 3) // 4 AS sum_click
    FROM r ORDER BY 2, 5, 3
) TO '{path}' (HEADER, FORCE_QUOTE *)
"""
HEADINGS = {
    "assessments": "code_module,code_presentation,id_assessment,assessment_type,date,weight",
    "vle": "id_site,code_module,code_presentation,activity_type,week_from,week_to",
    "studentInfo": "code_module,code_presentation,id_student,gender,region,highest_education,imd_band,age_band,"
    "num_of_prev_attempts,studied_credits,disability,final_result",
    "studentRegistration": "code_module,code_presentation,id_student,date_registration,date_unregistration",
    "studentAssessment": "id_assessment,id_student,date_submitted,is_banked,score",
}


def make_up(folder: Path) -> None:
    for name, heading in HEADINGS.items():
        (folder / f"{name}.csv").write_text(heading + "\n")
    courses = "code_module,code_presentation,module_presentation_length\nAAA,2013J,268\nAAA,2014J,269\n"
    (folder / "courses.csv").write_text(courses)
    duckdb.execute(MADE_UP.format(path=folder / "studentVle.csv"))


def real_data() -> Path | None:
    if len(sys.argv) > 1:
        return Path(sys.argv[1])
    folder = Path(os.environ.get("LIWA_REAL_DATA") or ROOT.parent / "shared" / "data")
    path = folder / "oulad" / "anonymisedData.zip"
    return path if path.exists() else None


def unpack(folder: Path) -> str:
    """Put the seven CSV files into the folder; gives what they are."""
    source = real_data()
    if source is None:
        make_up(folder)
        return "made-up data"
    if source.is_dir():
        for path in source.glob("*.csv"):
            (folder / path.name).symlink_to(path.resolve())
    else:
        with zipfile.ZipFile(source) as archive:
            archive.extractall(folder)
    return "OULAD"


def alone(folder: Path, out: Path) -> None:
    """DuckDB alone: read, sort, write."""
    table = f"read_csv('{folder / 'studentVle.csv'}')"
    duckdb.execute(f"COPY (SELECT * FROM {table} ORDER BY ALL) TO '{out}' (FORMAT parquet, COMPRESSION zstd)")


def load(folder: Path, out: Path) -> None:
    """Into a new lake: read, check, number, tell known from new, sort, write, commit, sync."""
    feed = Feed(name="oulad", source="oulad", path=folder)
    parts = sources["oulad"](feed, folder, Campus(timezone="Europe/London"))
    (clicks,) = (part for part in parts if isinstance(part, BulkPart))
    Lake(out).append("oulad", clicks.prepare, None)


RUNS = {"alone": alone, "load": load}


def once(name: str, folder: Path, out: Path) -> None:
    """Runs in a process of its own and prints seconds and megabytes."""
    assert "oulad" in sources  # modules are imported before the clock starts
    started = time.perf_counter()
    RUNS[name](folder, out)
    seconds = time.perf_counter() - started
    unit = 1024**2 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit]))


def size_of(path: Path) -> float:
    files = path.rglob("*.parquet") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files) / 1e6


def main() -> int:
    with TemporaryDirectory(prefix="liwa-bench-") as temporary:
        folder = Path(temporary) / "csv"
        folder.mkdir()
        what = unpack(folder)
        times: dict[str, list[float]] = {name: [] for name in RUNS}
        peaks = dict.fromkeys(RUNS, 0.0)
        sizes = dict.fromkeys(RUNS, 0.0)
        for number in range(ROUNDS):
            for name in RUNS:
                out = Path(temporary) / f"{name}-{number}"
                command = [sys.executable, __file__, "--once", name, str(folder), str(out)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                seconds, peak = json.loads(done.stdout)
                times[name].append(seconds)
                peaks[name] = max(peaks[name], peak)
                sizes[name] = size_of(out)
    print(f"studentVle.csv, {what}; {os.cpu_count()} processors; median of {ROUNDS}\n")
    print(f"{'':24}{'seconds':>10}{'peak MB':>10}{'MB written':>12}")
    for name, words in (("alone", "DuckDB alone"), ("load", "into the lake")):
        print(f"{words:24}{statistics.median(times[name]):10.2f}{peaks[name]:10.0f}{sizes[name]:12.1f}")
    ratio = statistics.median(times["load"]) / statistics.median(times["alone"])
    print(f"\nratio {ratio:.1f}, limit {LIMIT:.0f}; peak {peaks['load']:.0f} MB, limit {MEMORY_LIMIT} MB")
    return int(ratio > LIMIT or peaks["load"] > MEMORY_LIMIT)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        once(sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
    else:
        sys.exit(main())
