"""`liwa evaluate`"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

from liwa.cli import app
from liwa.cli.output import print_json, print_table, say

COLUMNS = ("term", "week", "n", "failed", "auc", "auc_low", "auc_high", "pr_auc", "brier", "ece", "slope")
LISTS = (
    "term",
    "week",
    "list",
    "listed",
    "precision",
    "precision_low",
    "precision_high",
    "recall",
    "recall_low",
    "recall_high",
)
BESIDE = ("term", "week", "name", "n", "auc", "auc_low", "auc_high", "gain", "gain_low", "gain_high")
BY_COURSE = ("term", "course", "week", "n", "failed", "risk", "auc", "auc_low", "auc_high")
NOTHING = "There is no term to test yet: it takes ended classes to learn from, and a later term's outcomes."

Rows = Sequence[Mapping[str, Any]]


@app.command("evaluate")
def evaluate(
    terms: Annotated[list[str] | None, typer.Argument(help="Terms to test; by default the latest.")] = None,
    weeks: Annotated[str, typer.Option(help="Weeks of the term, comma-separated.")] = "2,4,6,8,10",
    last: Annotated[int, typer.Option(min=1, help="Test so many of the latest terms.")] = 1,
    gaps: Annotated[bool, typer.Option(help="Gaps between groups of students instead.")] = False,
    unseen: Annotated[bool, typer.Option(help="Each course left out of training instead.")] = False,
    activity: Annotated[bool, typer.Option(help="What clicks bring, on OULAD, instead.")] = False,
    published: Annotated[bool, typer.Option(help="Others' settings on OULAD instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """What the risk is worth: trained on classes that had ended, tested on a later term.

    Intervals are 95 %, bootstrapped by student. Baselines are measured on the same rows.

    [bold]Example[/]: liwa evaluate --weeks 2,4,6,8,12
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.flows import evaluate as flow
    from liwa.flows.home import Home

    chosen, named = _weeks(weeks), terms or []
    if published:
        _show_published(flow.published(Home()), as_json)
    elif gaps:
        _show("gaps", "Gaps between groups", flow.gaps(Home(), weeks=chosen, terms=named), as_json)
    elif unseen:
        _show(
            "unseen",
            "Courses never seen in training",
            flow.unseen(Home(), weeks=chosen, terms=named),
            as_json,
        )
    elif activity:
        _show("activity", "What activity features bring", flow.activity(Home()), as_json)
    else:
        _show_all(flow.evaluate(Home(), weeks=chosen, terms=named, last=last), as_json)


def _show_all(found: Sequence[Any], as_json: bool) -> None:
    """The term's figures, lists, baselines and courses."""
    records = [record for one in found for record in one.records]
    baselines = [record for one in found for record in one.baselines]
    courses = [record for one in found for record in one.courses]
    if as_json:
        print_json({"evaluation": records, "baselines": baselines, "courses": courses})
        return
    if not found:
        say(NOTHING)
        return
    _print("Risk of not completing", COLUMNS, records)
    _print("What a list finds", LISTS, [row for record in records for row in _lists(record)])
    _print("Baselines on the same rows (gain: the risk's AUC less theirs)", BESIDE, baselines)
    _print("By course", BY_COURSE, courses)


def _lists(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    about = {"term": record["term"], "week": record["week"]}
    rows: list[Mapping[str, Any]] = [
        {**about, "list": f"top {top['share']:.0%}", **top} for top in record["tops"]
    ]
    if record["advisers"]:
        rows.append({**about, "list": "advisers' own", **record["advisers"]})
    return rows


def _show(name: str, title: str, records: Rows, as_json: bool) -> None:
    """One table of records that all have the same columns."""
    if as_json:
        print_json({name: records})
    elif not records:
        say(NOTHING)
    else:
        _print(title, list(dict.fromkeys(column for row in records for column in row)), records)


def _show_published(settings: Rows, as_json: bool) -> None:
    if as_json:
        print_json({"published": settings})
        return
    for one in settings:
        rows = [*one["theirs"], *one["ours"]]
        print_table(
            f"{one['name']}: {one['says']}",
            ("source", "what differs"),
            [[one["source"], "\n".join(one["differs"])]],
        )
        _print("", list(dict.fromkeys(column for row in rows for column in row)), rows)


def _print(title: str, columns: Sequence[str], records: Rows) -> None:
    print_table(title, columns, [[row.get(name) for name in columns] for row in records])


def _weeks(text: str) -> list[int]:
    from liwa.core.errors import LiwaError

    try:
        weeks = [int(word) for word in text.split(",")]
    except ValueError:
        raise LiwaError(f"--weeks {text!r} is not a list of numbers.", remedy="Write 2,4,6,8.") from None
    if any(week < 0 for week in weeks):
        raise LiwaError("--weeks cannot be negative.")
    return weeks
