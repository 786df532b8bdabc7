"""`liwa feed`"""

from typing import Annotated, Any

import typer

from liwa.cli import app
from liwa.cli.output import print_json, print_table, say

feed = typer.Typer(help="Look at the configured feeds.", no_args_is_help=True)
app.add_typer(feed, name="feed")


@feed.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """The feeds of feeds.toml and when each was last loaded.

    [bold]Example[/]: liwa feed list
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.flows.feeds import checked
    from liwa.flows.home import Home
    from liwa.flows.status import feed_rows

    found = feed_rows(checked(Home().feeds()))
    if as_json:
        print_json({"feeds": found})
        return
    columns = ["feed", "source", "path", "schedule", "last_loaded", "in", "refused"]
    print_table("Feeds", columns, [[row[name] for name in columns] for row in found])


@feed.command("check")
def check(
    name: Annotated[str | None, typer.Argument(help="The feed; all by default.")] = None,
    rows: Annotated[int, typer.Option(min=1, max=1000, help="How many rows to show of each file.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Show the first rows of a feed's files as they would be understood. Changes nothing.

    [bold]Example[/]: liwa feed check lms --rows 10
    """
    from liwa.flows import setup

    setup.start()
    from liwa.flows.checking import check as flow
    from liwa.flows.feeds import checked
    from liwa.flows.home import Home

    home = Home()
    feeds = checked(home.feeds())
    chosen = [feeds.named(name)] if name else list(feeds.feed)
    found = [part for one in chosen for part in flow(home, one, feeds.campus, rows)]
    if as_json:
        print_json({"parts": found})
        return
    for part in found:
        _show(part)
    if not found:
        say("feeds.toml names no feeds.")


def _show(part: dict[str, Any]) -> None:
    title = f"{part['feed']}: {part['file']} – {part['lines']:,} rows, {part['refused']:,} refused"
    columns = ("line", "what", "id", "says")
    print_table(title, columns, [[row[name] for name in columns] for row in part["rows"]])
    for refusal in part["refusals"]:
        say(
            f"refused: line {refusal['line']}, {refusal['field']} = {refusal['value']!r}: {refusal['reason']}"
        )
