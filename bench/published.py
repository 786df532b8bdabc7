"""The risk on OULAD beside what others published for it, what activity brings, courses never seen, gaps.

    .venv/bin/python -m bench.published [path of anonymisedData.zip or its folder] [--only settings,activity,unseen,gaps]

Every table is learned from what had ended before the tested presentations began and is tested on them once.
"""

import argparse
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from liwa.insight.evaluation import by_term, evaluate
from liwa.insight.evaluation.activity import activity_gain, with_clicks
from liwa.insight.evaluation.gaps import gaps
from liwa.insight.evaluation.published import published
from liwa.insight.evaluation.unseen import unseen_courses
from liwa.insight.tables import Campus
from tests.insight.oulad import ARCHIVE, ZONE, oulad_tables

PARTS = ("settings", "activity", "unseen", "gaps")


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("source", nargs="?", type=Path, default=ARCHIVE)
    ask.add_argument("--only", default=",".join(PARTS))
    given = ask.parse_args()
    campus = Campus(oulad_tables(given.source), ZONE)
    for part in given.only.split(","):
        begun = time.perf_counter()
        TABLES[part](campus)
        print(f"({time.perf_counter() - begun:.0f} s)\n")


def settings(campus: Campus) -> None:
    for one in published(campus):
        print(f"{one.name}: {one.says}\n  source: {one.source}")
        for text in one.differs:
            print(f"  differs: {text}")
        show([*one.theirs, *one.ours])
        print()


def activity(campus: Campus) -> None:
    learn, test = with_clicks([run for group in by_term(campus).values() for run in group])
    show(activity_gain(campus, learn, test))


def unseen(campus: Campus) -> None:
    show(unseen_courses(campus, "2014J", (2, 4, 6, 8, 10)))


def of_groups(campus: Campus) -> None:
    (found,) = evaluate(campus, ZONE, terms=["2014J"], baselines=False)
    show(
        {name: value for name, value in one.items() if name not in ("tops", "advisers")}
        for one in found.records
    )
    show({"week": one["week"], **top} for one in found.records for top in one["tops"])
    show(found.courses)
    assert found.tested is not None
    show(gaps(campus, found.tested, (4, 8), shuffles=200))


TABLES = {"settings": settings, "activity": activity, "unseen": unseen, "gaps": of_groups}


def show(records: Iterable[Mapping[str, Any]]) -> None:
    """A table with the interval in the cell of its value."""
    rows = list(records)
    names = [
        name for name in dict.fromkeys(n for row in rows for n in row) if not name.endswith(("_low", "_high"))
    ]
    cells = [names, *([_cell(row, name) for name in names] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(names))]
    for row in cells:
        print("  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def _cell(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, float):
        return str(value)
    if row.get(f"{name}_low") is None:
        return f"{value:.3f}"
    return f"{value:.3f} ({row[f'{name}_low']:.3f}–{row[f'{name}_high']:.3f})"


if __name__ == "__main__":
    main()
