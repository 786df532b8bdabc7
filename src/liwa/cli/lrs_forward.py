"""`liwa lrs forward`"""

from typing import Annotated

import typer

from liwa.cli.lrs import lrs
from liwa.cli.output import print_json, print_table, progress, say

forward = typer.Typer(
    help="Send statements on to another learning record store, which LIWA_FORWARD_URL names.",
    invoke_without_command=True,
)
lrs.add_typer(forward, name="forward")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Statements = Annotated[list[str] | None, typer.Argument(help="Ids of statements; all by default.")]


@forward.callback()
def send(
    context: typer.Context,
    follow: Annotated[bool, typer.Option("--follow", help="Go on as statements come.")] = False,
    from_now: Annotated[
        bool, typer.Option("--from-now", help="The first time, leave out what is there already.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Send on what has come since the last time. What is refused for good is kept as a dead letter.

    [bold]Examples[/]: liwa lrs forward · liwa lrs forward --follow · liwa lrs forward dead
    """
    if context.invoked_subcommand:
        return
    from liwa.flows import setup

    setup.require_ready()
    from liwa.flows.forward import forward as flow
    from liwa.flows.home import Home

    with progress() as show:
        done = flow(Home(), follow=follow, from_now=from_now, sent=lambda number: show("Sent", number))
    if as_json:
        print_json({"sent": done.sent, "dead": done.dead})
        return
    say(f"Sent {done.sent:,} statements.")
    if done.dead:
        say(f"{done.dead:,} were refused: `liwa lrs forward dead` shows them.")


@forward.command("status")
def status(as_json: AsJson = False) -> None:
    """How far statements were sent on, and what waits.

    [bold]Example[/]: liwa lrs forward status
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.flows.forward import status as flow

    found = flow()
    if as_json:
        print_json(found)
        return
    print_table("", list(found), [list(found.values())])


@forward.command("dead")
def dead(as_json: AsJson = False) -> None:
    """The statements that the other store refused, with what it said.

    [bold]Example[/]: liwa lrs forward dead
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.flows.forward import dead as flow

    columns = ["statement", "status", "reason", "tried_at"]
    rows = [[str(one.statement), one.status, one.reason, one.tried_at] for one in flow()]
    if as_json:
        print_json({"dead": [dict(zip(columns, row, strict=True)) for row in rows]})
        return
    print_table("Dead letters", columns, rows)


@forward.command("resend")
def resend(statements: Statements = None, as_json: AsJson = False) -> None:
    """Send dead letters again; those that are taken leave the list.

    [bold]Example[/]: liwa lrs forward resend
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.flows.forward import resend as flow
    from liwa.flows.home import Home

    done = flow(Home(), statements or [])
    if as_json:
        print_json({"sent": done.sent, "dead": done.dead})
        return
    say(f"Sent {done.sent:,} statements; {done.dead:,} were refused again.")
