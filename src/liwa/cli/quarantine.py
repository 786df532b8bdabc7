"""`liwa quarantine`"""

from pathlib import Path
from typing import Annotated

import typer

from liwa.cli import app
from liwa.cli.output import print_json, print_table, progress, say

quarantine = typer.Typer(
    help="Rows that were refused: see them, export them, send them in mended.", no_args_is_help=True
)
app.add_typer(quarantine, name="quarantine")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Feed = Annotated[str, typer.Option(help="Only this feed.")]


@quarantine.command("list")
def list_(
    feed: Feed = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Refused rows not yet mended, newest first.

    [bold]Example[/]: liwa quarantine list --feed sis
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.flows.quarantine import refused_rows

    rows = refused_rows(feed, limit)
    if as_json:
        print_json({"refused": rows})
        return
    columns = ["load", "feed", "file", "line", "field", "value", "reason"]
    print_table("Refused rows", columns, [[row[name] for name in columns] for row in rows])


@quarantine.command("export")
def export(
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    feed: Feed = "",
    as_json: AsJson = False,
) -> None:
    """Write refused rows as CSV files to mend: the original columns, with the reason before them.

    [bold]Example[/]: liwa quarantine export --out to-mend
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.flows.home import Home
    from liwa.flows.quarantine import export as flow

    files = flow(Home(), out, feed)
    if as_json:
        print_json({"files": files})
        return
    for file in files:
        say(f"Wrote {file}.")
    say(
        "Mend the rows, then `liwa quarantine resubmit " + str(out) + "`." if files else "Nothing is waiting."
    )


@quarantine.command("resubmit")
def resubmit(
    mended: Annotated[Path, typer.Argument(help="A mended file, or the folder of them.", exists=True)],
    as_json: AsJson = False,
) -> None:
    """Load mended rows. Rows that are still wrong are refused again, with the reason.

    [bold]Example[/]: liwa quarantine resubmit to-mend
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.flows.home import Home
    from liwa.flows.quarantine import refused_by
    from liwa.flows.quarantine import resubmit as flow

    with progress() as show:
        loads = flow(Home(), mended, requested_by="", progress=show)
    refused = refused_by(loads)
    if as_json:
        files = [{"feed": load.feed, **file} for load in loads for file in load.files]
        print_json({"loads": files, "refused": refused})
        return
    columns = ["feed", "in", "stored", "unchanged", "refused"]
    rows = [[load.feed, load.lines_in, load.stored, load.unchanged, load.refused] for load in loads]
    print_table("Resubmitted, in source rows", columns, rows)
    for row in refused:
        say(
            f"refused: {row['file']}, {row['key'] or 'line ' + str(row['line'])}: {row['field']} {row['reason']}"
        )
