"""Features, training, scoring and evaluation on OULAD: seconds, memory, and how good the risk is.

    .venv/bin/python bench/insight.py [path of anonymisedData.zip or its folder] [--marking-days 14] [--term 2014J]

Limits: 25 s for everything after the tables are there, 1.2 GB; AUC at weeks 2, 4, 6, 8, 10 at least 0.650, 0.730, 0.760,
0.798, 0.828 and calibration error at most 0.03 where marks are known at hand-in.
"""

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1])]

from liwa.core.clock import cutoff  # noqa: E402
from liwa.insight.evaluation import WEEKS, by_term, evaluate  # noqa: E402
from liwa.insight.risk import predict, train  # noqa: E402
from liwa.insight.tables import Campus  # noqa: E402
from tests.insight.oulad import ARCHIVE, ZONE, oulad_tables  # noqa: E402

SECONDS = 25.0
MEGABYTES = 1200
AUC = {2: 0.650, 4: 0.730, 6: 0.760, 8: 0.798, 10: 0.828}
ECE = 0.03
SHOWN = ("week", "n", "failed", "auc", "auc_low", "auc_high", "pr_auc", "brier", "ece", "slope")
spent: dict[str, tuple[float, float]] = {}


@contextmanager
def timed(step: str) -> Iterator[None]:
    begun, worked = time.perf_counter(), time.process_time()
    yield
    spent[step] = time.perf_counter() - begun, time.process_time() - worked


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("source", nargs="?", type=Path, default=ARCHIVE)
    ask.add_argument("--marking-days", type=int, default=0)
    ask.add_argument("--term", default="2014J")
    given = ask.parse_args()
    with timed("tables from CSV (not counted)"):
        campus = Campus(oulad_tables(given.source, given.marking_days), ZONE)
    first = min(run.starts_on for run in by_term(campus)[given.term])
    as_of = cutoff(first, 8, ZONE) + timedelta(seconds=1)
    with timed("features and training as of week 8"):
        model = train(campus, as_of, ZONE)
    with timed("scoring with reasons as of week 8"):
        found = predict(model, campus, as_of, ZONE)
    with timed("evaluation at four weeks"):
        (result,) = evaluate(campus, ZONE, weeks=WEEKS, terms=[given.term], model=model)
    show(given, len(found), result.records, result.baselines)


def show(given: argparse.Namespace, scored: int, records: list[dict], baselines: list[dict]) -> None:
    print(
        f"OULAD {given.term}, marks known {given.marking_days} days after hand-in; {scored} enrollments scored\n"
    )
    print("  ".join(f"{name:>8}" for name in SHOWN))
    for record in records:
        print(
            "  ".join(
                f"{record[name]:8.4f}" if isinstance(record[name], float) else f"{record[name]:8}"
                for name in SHOWN
            )
        )
    print()
    for record in baselines:
        value = "unknown" if record["auc"] is None else f"{record['auc']:.4f}"
        print(f"week {record['week']}  {record['name']:<22} n {record['n']:>5}  auc {value}")
    print()
    for step, (seconds, work) in spent.items():
        print(f"{step:<40} {seconds:7.2f} s  {work:7.2f} s of processor")
    total = sum(seconds for step, (seconds, _) in spent.items() if "not counted" not in step)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'total':<40} {total:7.2f} s  ratio to the limit {total / SECONDS:.2f}")
    print(f"{'peak memory':<40} {memory:7.0f} MB ratio to the limit {memory / MEGABYTES:.2f}")
    if given.term == "2014J" and not given.marking_days:
        margins = [f"week {one['week']} {one['auc'] - AUC[one['week']]:+.4f}" for one in records]
        print(f"{'AUC above the limit':<40} {', '.join(margins)}")
        margins = [f"week {one['week']} {one['ece'] / ECE:.2f}" for one in records]
        print(f"{'ratio of calibration error to the limit':<40} {', '.join(margins)}")


if __name__ == "__main__":
    main()
