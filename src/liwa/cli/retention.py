"""`liwa retention`"""

from typing import Annotated

import typer

from liwa.cli import app
from liwa.cli.output import print_json, print_table, progress, say

retention = typer.Typer(
    help="What statements of closed months said: to the lake, and back.", no_args_is_help=True
)
app.add_typer(retention, name="retention")
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Compact = Annotated[
    bool,
    typer.Option("--compact", help="Give the room back to the disk; statements cannot be used meanwhile."),
]


@retention.command("list")
def show(as_json: Json = False) -> None:
    """The months of statements, and where what they said is.

    [bold]Example[/]: liwa retention list
    """
    from liwa.flows import setup

    setup.require_ready()
    from dataclasses import asdict

    from liwa.flows.retention import months

    found = months()
    if as_json:
        print_json({"months": [asdict(one) for one in found]})
        return
    rows = [
        [
            one.name,
            one.statements,
            one.moved,
            one.payload_bytes / 1e6,
            one.moved_bytes / 1e6,
            one.file_bytes / 1e6,
        ]
        for one in found
    ]
    columns = ["month", "statements", "of them moved", "MB in the database", "MB moved", "MB of the file"]
    print_table("Statements by month", columns, rows)


@retention.command("move")
def move(
    before: Annotated[str, typer.Option(help="All months before this one, such as 2026-09.")],
    compact: Compact = False,
    as_json: Json = False,
) -> None:
    """Move what statements of closed months said to the lake. Everything is found and answered as before.

    [bold]Example[/]: liwa retention move --before 2026-03
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.flows import retention as flow
    from liwa.flows.home import Home

    with progress() as bars:
        done = flow.move(Home(), before, progress=bars)
        (flow.compact if compact else flow.tidy)()
    if as_json:
        print_json({"months": [one.month for one in done], "statements": sum(one.statements for one in done)})
        return
    for one in done:
        size, kept = one.payload_bytes / 1e6, one.file_bytes / 1e6
        say(f"{one.month}: {one.statements:,} statements, {size:,.1f} MB, now {kept:,.1f} MB in the lake.")
    say(f"Moved {len(done)} months.")


@retention.command("return")
def bring_back(
    month: Annotated[
        list[str] | None, typer.Option(help="Such as 2026-01; several times. Without: all.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring what was moved back into the database.

    [bold]Example[/]: liwa retention return --month 2026-01
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.flows import retention as flow
    from liwa.flows.home import Home

    with progress() as bars:
        done = flow.bring_back(Home(), month or (), progress=bars)
    if as_json:
        print_json({"months": done})
        return
    say(f"Brought back: {', '.join(done) or 'nothing; all was there'}.")
