"""`liwa db`"""

import sys
from typing import Annotated

import typer

from liwa.cli import app
from liwa.cli.output import print_json, print_table, progress, say

db = typer.Typer(help="The database as a whole: moving to another one.", no_args_is_help=True)
app.add_typer(db, name="db")


@db.callback()
def _group() -> None:
    """What can be done with the database as a whole."""


@db.command("move")
def move(
    to: Annotated[
        str,
        typer.Option(
            help="The URL of an empty database; - reads it from standard input, where nobody sees it."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Copy everything to another database, of any kind that Liwa knows, and compare both. Run again, it goes on.

    Stop `liwa serve` first: nobody can write to the database meanwhile.

    [bold]Example[/]: liwa db move --to postgresql://liwa:secret@db.example.edu/campus
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.flows.home import Home
    from liwa.flows.move import move as flow

    with progress() as show:
        done = flow(Home(), sys.stdin.readline().strip() if to == "-" else to, progress=show)
    if as_json:
        tables = {name: {"rows": one.rows, "hash": one.digest} for name, one in done.tables.items()}
        print_json({"rows": done.rows, "before": done.before, "anew": done.anew, "tables": tables})
        return
    shown = [[name, one.rows, one.digest[:16]] for name, one in done.tables.items() if one.rows]
    print_table("The same in both databases", ["table", "rows", "hash"], shown)
    if done.anew:
        say("The database had changed since the run that was broken off, so everything was copied once more.")
    if done.before:
        say("An earlier run had moved everything, and nothing has changed here since.")
    say(
        "Now set LIWA_DATABASE_URL to the new database, wherever it is set, and start Liwa again. Until then the old"
    )
    say("one is used as before; what it takes in from now on is not in the new one.")
