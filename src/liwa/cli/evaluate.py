"""`liwa evaluate`"""

from typing import Annotated

import typer

from liwa.cli import app
from liwa.cli.output import print_json, print_table, say

COLUMNS = ("term", "week", "n", "failed", "auc", "auc_low", "auc_high", "pr_auc", "brier", "ece", "slope")


@app.command("evaluate")
def evaluate(
    terms: Annotated[list[str] | None, typer.Argument(help="Terms to test; by default the latest.")] = None,
    weeks: Annotated[str, typer.Option(help="Weeks of the term, comma-separated.")] = "2,4,6,8",
    last: Annotated[int, typer.Option(min=1, help="Test so many of the latest terms.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """What the risk is worth: trained on classes that had ended, tested on a later term.

    Intervals are 95 %, bootstrapped by student. Baselines are measured on the same rows.

    [bold]Example[/]: liwa evaluate --weeks 2,4,6,8,12
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.flows.evaluate import evaluate as flow
    from liwa.flows.evaluate import figures
    from liwa.flows.home import Home

    found = flow(Home(), weeks=_weeks(weeks), terms=terms or [], last=last)
    baselines = [record for evaluation in found for record in evaluation.baselines]
    if as_json:
        print_json({"evaluation": figures(found), "baselines": baselines})
        return
    if not found:
        say(
            "There is no term to test yet: it takes ended classes to learn from, and a later term's outcomes."
        )
        return
    print_table(
        "Risk of not completing", COLUMNS, [[row[name] for name in COLUMNS] for row in figures(found)]
    )
    columns = ("term", "week", "name", "n", "auc")
    print_table("Baselines on the same rows", columns, [[row[name] for name in columns] for row in baselines])


def _weeks(text: str) -> list[int]:
    from liwa.core.errors import LiwaError

    try:
        weeks = [int(word) for word in text.split(",")]
    except ValueError:
        raise LiwaError(f"--weeks {text!r} is not a list of numbers.", remedy="Write 2,4,6,8.") from None
    if any(week < 0 for week in weeks):
        raise LiwaError("--weeks cannot be negative.")
    return weeks
