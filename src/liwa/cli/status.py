"""`liwa status`"""

from typing import Annotated

import typer

from liwa.cli import app
from liwa.cli.output import print_json, print_table, say


@app.command("status")
def status(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """What is there: rows, events, refused rows, the last load and refresh.

    [bold]Example[/]: liwa status --json
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.flows import status as flow
    from liwa.flows.home import Home

    found = flow.status(Home())
    if as_json:
        print_json(found)
        return
    say(f"Everything is in {found['home']}.")
    print_table("Records", ["table", "rows"], list(found["records"].items()))
    events = [[feed, count, found["unmatched"].get(feed, 0)] for feed, count in found["events"].items()]
    print_table("Events at the last refresh", ["feed", "events", "matching nobody yet"], events)
    if found["statements"]:
        rows = [[feed, one["events"], one["no_class"]] for feed, one in found["statements"].items()]
        print_table("Events of statements", ["feed", "events", "of no class"], rows)
    for name in ("last_load", "last_refresh"):
        shown = found[name]
        print_table(
            name.replace("_", " ").capitalize(), list(shown), [list(shown.values())]
        ) if shown else None
    say(f"Refused rows waiting: {found['quarantine']:,}.")
