"""`liwa load`"""

from typing import TYPE_CHECKING, Annotated

import typer

from liwa.cli import app
from liwa.cli.output import print_json, print_table, progress, say

if TYPE_CHECKING:
    from liwa.records.models import Load


@app.command("load")
def load(
    feeds: Annotated[
        list[str] | None,
        typer.Argument(help="Feeds to load; all by default. Or the word xapi and files of xAPI statements."),
    ] = None,
    due: Annotated[bool, typer.Option("--due", help="Only feeds whose schedule says it is time.")] = False,
    accept_removals: Annotated[
        bool, typer.Option("--accept-removals", help="Consent to removing more than 10 % of a table.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Read a file even if it was read before.")] = False,
    feed: Annotated[str, typer.Option(help="The feed to which the statements of `xapi FILE` belong.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Load feeds as feeds.toml describes them. Loading twice changes nothing.

    [bold]Examples[/]: liwa load · liwa load sis lms · liwa load sis --accept-removals · liwa load --due ·
    liwa load xapi statements.jsonl.gz --feed lrs
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.core.errors import LiwaError
    from liwa.flows.feeds import load_feeds
    from liwa.flows.home import Home
    from liwa.flows.load import Consent
    from liwa.flows.statement_files import load_file, statement_files

    home, consent = Home(), Consent(removals=accept_removals, again=again)
    loads: list[Load] = []
    files = statement_files(home, feeds or [])
    if feed and not files:
        raise LiwaError(
            "--feed says whose statements files hold.", remedy="Use it with `liwa load xapi FILE`."
        )
    try:
        with progress() as show:
            if files:
                for file in files:
                    loads.append(load_file(home, file, feed, again=again, progress=show))
                return _show(loads, as_json)
            load_feeds(home, feeds or [], only_due=due, consent=consent, progress=show, finished=loads.append)
    except LiwaError:
        if loads:  # what went well beside what did not
            _show(loads, as_json)
        raise
    _show(loads, as_json)


def _show(loads: "list[Load]", as_json: bool) -> None:
    if as_json:
        print_json({"loads": [{"feed": load.feed, **file} for load in loads for file in load.files]})
        return
    if not loads:
        say("Nothing is due.")
        return
    columns = ["feed", "file", "in", "stored", "unchanged", "refused"]
    files = [(load.feed, file) for load in loads for file in load.files]
    print_table("Loaded, in source rows", columns, [[feed, *_figures(file)] for feed, file in files])
    if any(file["refused"] for _, file in files):
        say("`liwa quarantine list` shows what was refused and why.")


def _figures(file: dict[str, object]) -> list[object]:
    return [file[name] for name in ("file", "in", "stored", "unchanged", "refused")]
