"""`liwa rebuild`"""

from typing import Annotated

import typer

from liwa.cli import app
from liwa.cli.output import print_json, progress, say


@app.command("rebuild")
def rebuild(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Remake the lake from the kept inputs; pages go on showing the old one until it is done.

    [bold]Example[/]: liwa rebuild && liwa refresh
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.flows.home import Home
    from liwa.flows.rebuild import rebuild as flow

    with progress() as show:
        done = flow(Home(), progress=show)
    if as_json:
        print_json({"loads": done.loads, "events": done.events, "lake": done.root})
        return
    say(f"Remade the lake from {done.loads:,} loads: {done.events:,} events. Now run `liwa refresh`.")
