"""`liwa trial`"""

import getpass
import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liwa.cli import app
from liwa.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from liwa.care.trials.models import Look, Trial

trial = typer.Typer(help="Trials: does offering help help?", no_args_is_help=True)
app.add_typer(trial, name="trial")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Name = Annotated[str, typer.Argument(help="The trial's name, as `liwa trial list` shows it.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="The campus day, for replays of the past; today without it."),
]


@trial.command("create")
def create(  # noqa: PLR0913  each is an option of the command
    name: Annotated[str, typer.Argument(help="What to call it, such as autumn-2026.")],
    students: Annotated[int, typer.Option(help="How many students are to take part by the planned end.")],
    design: Annotated[
        str,
        typer.Option(
            help="encouragement: each student is offered a case or not; weeks: each has a week from which; classes: each"
            " class has."
        ),
    ] = "encouragement",
    outcome: Annotated[
        str, typer.Option(help="success: completes the class; stayed: still registered; contacted.")
    ] = "success",
    days: Annotated[int, typer.Option(help="After how many days stayed and contacted are looked at.")] = 0,
    share: Annotated[
        str,
        typer.Option(
            help="Of encouragement: the share offered a case, or `capacity`: what advisers have room for."
        ),
    ] = "0.5",
    steps: Annotated[int, typer.Option(help="Of a stepped roll-out: in how many steps.")] = 4,
    step_weeks: Annotated[int, typer.Option(help="Of a stepped roll-out: weeks from step to step.")] = 1,
    threshold: Annotated[float, typer.Option(help="The risk from which students take part.")] = 0.0,
    ceiling: Annotated[
        float, typer.Option(help="The risk from which students are offered a case whatever was drawn.")
    ] = 1.01,
    hold_days: Annotated[
        int, typer.Option(help="Nobody is held back for more days than this; 0: to the end.")
    ] = 0,
    base: Annotated[
        float,
        typer.Option(help="The share expected to have the outcome without help; 0.5 is the most cautious."),
    ] = 0.5,
    effect: Annotated[
        float,
        typer.Option(help="A difference worth finding, such as 0.1: says how many students that takes."),
    ] = 0.0,
    alpha: Annotated[float, typer.Option(help="How often a trial without effect may claim one.")] = 0.05,
    power: Annotated[float, typer.Option(help="How surely a true difference is to be found.")] = 0.8,
    as_json: AsJson = False,
) -> None:
    """Lay a trial down, for good: what is drawn is committed to by a hash now, and concealed until the end.

    [bold]Examples[/]: liwa trial create autumn --students 600 --share capacity --threshold 0.4 --effect 0.1 ·
    liwa trial create steps --design classes --students 900 --outcome stayed --days 28
    """
    _ready()
    from liwa.care.trials import actions
    from liwa.care.trials.terms import Terms
    from liwa.core.errors import LiwaError

    if not 0 <= effect <= 1:
        raise LiwaError(f"{effect} is no difference worth finding.", remedy="A share, such as --effect 0.1.")
    terms = Terms(
        design=design,
        outcome=outcome,
        students=students,
        horizon=days,
        share=_share(share, threshold, ceiling),
        steps=steps,
        step_weeks=step_weeks,
        threshold=threshold,
        ceiling=ceiling,
        hold_days=hold_days,
        base=base,
        alpha=alpha,
        power=power,
    )
    made = actions.create(name, terms, by=getpass.getuser())
    planned = _planned(made, effect)
    if as_json:
        print_json({**_shown(made), **planned})
        return
    _tell_plan(made, planned)


@trial.command("start")
def start(name: Name, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """Begin: from today on, cases are opened by risk only for those whose turn it is. One trial runs at a time.

    [bold]Example[/]: liwa trial start autumn
    """
    _ready()
    from liwa.care.trials import actions

    made = actions.start(name, by=getpass.getuser(), as_of=_instant(as_of))
    if as_json:
        print_json({**_shown(made), **_planned(made, 0.0)})
        return
    say(f"The trial {name} runs from {made.begins_at:%Y-%m-%d %H:%M} UTC.")
    _tell_plan(made, _planned(made, 0.0))


@trial.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every trial, with what its last look told.

    [bold]Example[/]: liwa trial list
    """
    _ready()
    from liwa.care.trials.models import Trial
    from liwa.care.trials.words import sentence

    found = list(Trial.objects.all())
    last = {one.pk: one.looks.order_by("as_of").last() for one in found}
    if as_json:
        print_json({"trials": [{**_shown(one), "look": _seen(last[one.pk])} for one in found]})
        return
    rows = [
        [one.name, one.laid_down.design, one.state, one.begins_at, sentence(one, last[one.pk])]
        for one in found
    ]
    print_table("Trials", ["name", "design", "state", "since", "last look"], rows, whole=["name"])


@trial.command("look")
def look(name: Name, as_of: AsOf = None, as_json: AsJson = False) -> None:
    """What can be told by now. Looking often is safe: the interval holds at all looks together.

    [bold]Examples[/]: liwa trial look autumn · liwa trial look autumn --json
    """
    _ready()
    from liwa.care import moment
    from liwa.care.trials import actions
    from liwa.care.trials.words import sentence
    from liwa.core.clock import day_of
    from liwa.records.campus import profile

    campus = profile()
    seen = actions.look(name, _instant(as_of) or moment.instant(campus))
    if as_json:
        print_json({"trial": name, **_seen(seen), "sentence": sentence(seen.trial, seen)})
        return
    rows = [[one, getattr(seen, one)] for one in _LOOK]
    print_table(f"{name}, {day_of(seen.as_of, campus.zone)}", ["figure", "value"], rows)
    say(sentence(seen.trial, seen))


@trial.command("stop")
def stop(
    name: Name,
    why: Annotated[str, typer.Option(help="Why it ends; kept with the trial.")],
    as_json: AsJson = False,
) -> None:
    """End a trial: nobody is held back any more, and the seed is shown so that everyone can check the draw.

    [bold]Example[/]: liwa trial stop autumn --why "all outcomes are in"
    """
    _ready()
    from liwa.care.trials import actions

    made = actions.stop(name, why, by=getpass.getuser())
    if as_json:
        print_json(_shown(made))
        return
    say(f"The trial {name} has ended. Its seed was {made.seed}.")


@trial.command("export")
def export(
    name: Name,
    out: Annotated[
        Path | None, typer.Option(help="A CSV file to write; standard output gets JSON without it.")
    ] = None,
    ids: Annotated[
        bool, typer.Option("--ids", help="With students' ids and the seed, to check the draw.")
    ] = False,
) -> None:
    """Who was drawn for what, and every look; only after the end. Without --ids no student is named.

    [bold]Example[/]: liwa trial export autumn --out autumn.csv
    """
    _ready()
    from liwa.care.trials import actions

    made = actions.named(name)
    hidden = () if ids else ("student",)
    rows = [{key: value for key, value in row.items() if key not in hidden} for row in actions.export(made)]
    for problem in actions.verify(made):
        say(f"Cannot be trusted: {problem}")
    if out is None:
        looks = [_seen(one) for one in made.looks.order_by("as_of")]
        kept = _shown(made) if ids else {**_shown(made), "seed": None}
        print_json({**kept, "verified": not actions.verify(made), "assignments": rows, "looks": looks})
        return
    _write(out, rows)
    say(f"{len(rows)} assignments written to {out}.")


@trial.command("compare")
def compare(
    table: Annotated[Path, typer.Argument(help="A CSV file with a row for each student.")],
    helped: Annotated[str, typer.Option(help="The column that says who got help: 0 or 1.")] = "helped",
    outcome: Annotated[str, typer.Option(help="The column with the outcome: 0 or 1.")] = "outcome",
    as_json: AsJson = False,
) -> None:
    """Compare without a trial, with a warning: all other columns are matched on, so they must be from before help.

    [bold]Example[/]: liwa trial compare students.csv --helped contacted --outcome completed
    """
    from liwa.care.trials.observational import WARNING
    from liwa.care.trials.observational import compare as matched

    found = matched(*_columns(table, helped, outcome))
    if as_json:
        print_json(found.as_json())
        return
    say(f"Warning: {WARNING}")
    rows = [[name, *values] for name, values in found.balance.items()]
    print_table("Standardised mean differences", ["column", "before", "after"], rows)
    names = ("helped", "others", "pairs", "difference", "low", "high", "ratio", "ratio_low", "ratio_high")
    rows = [[one, getattr(found, one)] for one in (*names, "e_value", "e_value_limit")]
    print_table("Matched pairs", ["figure", "value"], rows)
    rows = [[f"{at / 10:.1f}–{(at + 1) / 10:.1f}", *counts] for at, counts in enumerate(found.overlap)]
    print_table("Overlap: students by their chance of help", ["chance", "helped", "others"], rows)
    if not found.balanced:
        say(
            "The groups still differ in what was measured (0.1 is the usual limit): do not read this as an effect."
        )


_LOOK = (
    "assigned", "offered", "others", "missing", "share_offered", "share_others", "contacted_offered",
    "contacted_others", "effect", "se", "low", "high", "fraction",
)  # fmt: skip


def _ready() -> None:
    from liwa.flows import setup

    setup.require_ready()


def _share(given: str, threshold: float, ceiling: float) -> float:
    from liwa.care.trials import actions
    from liwa.core.errors import LiwaError

    if given == "capacity":
        return actions.share_of_capacity(threshold, ceiling)
    try:
        return float(given)
    except ValueError:
        raise LiwaError(f"{given!r} is no share.", remedy="--share 0.5, or --share capacity") from None


def _instant(day: datetime | None) -> datetime | None:
    from liwa.core.clock import start_of
    from liwa.records.campus import profile

    return None if day is None else start_of(day.date(), profile().zone)


def _planned(made: "Trial", effect: float) -> dict[str, Any]:
    """What the trial can show: for classes as of today, until it has started."""
    from liwa.care import moment
    from liwa.care.trials.actions import running_classes
    from liwa.care.trials.terms import CLASSES, ENCOURAGEMENT
    from liwa.records.campus import profile

    terms = made.laid_down
    classes = len(made.classes) if made.begins_at else len(running_classes(moment.instant(profile())))
    if terms.design == CLASSES and not classes:
        return {"plan": None}
    plan = terms.plan(classes)
    said: dict[str, Any] = {"plan": {**plan._asdict(), "effect_at_one_look": plan.effect}}
    if effect > 0:
        # Of a stepped roll-out by class more students help little beyond the classes there are.
        needed = plan.students * (plan.always / effect) ** 2
        said["students_needed"] = round(needed) if terms.design in (ENCOURAGEMENT, "weeks") else None
    return said


def _tell_plan(made: "Trial", planned: dict[str, Any]) -> None:
    say(f"Trial {made.name}: {made.laid_down.design}, outcome {made.laid_down.outcome}.")
    say(f"Commitment (SHA-256 of seed and terms): {made.commitment}")
    plan = planned["plan"]
    if plan is None:
        say("What it can show is known when it starts: no class is running yet.")
        return
    if plan["always"] >= 1:
        say(f"With {plan['students']} students nothing can be told, however much the help does: too few.")
        return
    say(
        f"With {plan['students']} students it finds a true difference of {plan['always']:.1%} by its planned end"
        f" (a single look would find {plan['effect']:.1%}), with a chance of {made.laid_down.power:.0%}."
    )
    if planned.get("students_needed"):
        say(f"For the difference asked for it takes {planned['students_needed']} students.")


def _shown(one: "Trial") -> dict[str, Any]:
    names = ("name", "state", "commitment", "begins_at", "ended_at", "why_ended")
    said = {name: getattr(one, name) for name in names}
    return {**said, "terms": one.laid_down.as_dict(), "seed": one.seed if one.state == "ended" else None}


def _seen(one: "Look | None") -> dict[str, Any]:
    if one is None:
        return {}
    return {
        "as_of": one.as_of,
        "why": one.why,
        "tells": one.tells,
        **{name: getattr(one, name) for name in _LOOK},
    }


def _write(out: Path, rows: list[dict[str, Any]]) -> None:
    import csv

    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]) if rows else ["number"])
        writer.writeheader()
        writer.writerows(rows)


def _columns(table: Path, helped: str, outcome: str) -> tuple[Any, Any, Any, list[str]]:
    """Two columns of 0 and 1, the matrix of the others, and their names."""
    import csv

    import numpy as np

    from liwa.core.errors import LiwaError

    if not table.is_file():
        raise LiwaError(f"There is no file {table}.")
    with table.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        names = list(reader.fieldnames or ())
        rows = list(reader)
    for name in (helped, outcome):
        if name not in names:
            raise LiwaError(f"{table.name} has no column {name}.", remedy=f"It has: {json.dumps(names)}.")
    try:
        values = np.array([[float(row[name]) for name in names] for row in rows])
    except (TypeError, ValueError):
        raise LiwaError(
            f"{table.name} has cells that are not numbers.",
            remedy="Leave out ids and names; code groups as 0 and 1.",
        ) from None
    if not len(values):
        raise LiwaError(f"{table.name} has no rows.")
    others = [name for name in names if name not in (helped, outcome)]
    return (
        values[:, names.index(helped)],
        values[:, names.index(outcome)],
        values[:, [names.index(name) for name in others]],
        others,
    )
