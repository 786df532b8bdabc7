"""`liwa bench`"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from liwa.cli import app
from liwa.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from liwa.bench.campus import Size

bench = typer.Typer(help="Measurements to compare with one another.", no_args_is_help=True)
app.add_typer(bench, name="bench")


@bench.callback()
def _bench() -> None:
    """Measurements to compare with one another."""


@bench.command("db")
def db(
    url: Annotated[
        list[str],
        typer.Option(
            help="An EMPTY database, as in LIWA_DATABASE_URL, or NAME=URL to give it a name in the tables;"
            " several times to compare. A relative SQLite file is a throw-away one."
        ),
    ],
    enrollments: Annotated[int, typer.Option(min=100, help="Enrollments of the campus.")] = 200_000,
    statements: Annotated[int, typer.Option(min=100, help="Statements that come in.")] = 20_000,
    questions: Annotated[int, typer.Option(min=1, help="How often each question is asked.")] = 200,
    only: Annotated[
        list[str] | None, typer.Option(help="A workload to run, with those that it needs; several times.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Makes another campus.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """The same campus work on each database: throughput, p50, p99, ratios, and whether all answer alike.

    Exit code 1 where their answers differ.

    [bold]Example[/]: liwa bench db --url sqlite:///bench.sqlite3 --url postgresql://liwa@localhost/empty
    """
    from liwa.bench import compare
    from liwa.bench.campus import Size
    from liwa.core.errors import FAILED

    size = Size(enrollments, statements, questions, seed)
    found = compare.measure(compare.engines(url), size, only or [], say)
    if as_json:
        print_json(found)
    else:
        _show(found, size)
    if found["differences"]:
        raise typer.Exit(FAILED)


def _show(found: dict[str, Any], size: "Size") -> None:
    from liwa.bench import compare

    measured = found["engines"]
    for engine in measured:
        settings = ", ".join(f"{name} {value}" for name, value in engine["settings"].items())
        say(f"{engine['name']}: {engine['server']}; {settings}")
    for title, figure in compare.TABLES:
        columns, rows = compare.table(measured, figure)
        if rows:
            print_table(title, columns, rows)
    if found["differences"]:
        rows = [[name, ", ".join(engines)] for name, engines in found["differences"].items()]
        print_table(f"Answers that differ from those of {measured[0]['name']}", ["answer", "engine"], rows)
    elif len(measured) > 1:
        say(f"All {len(measured[0]['answers'])} answers are the same on every engine.")
