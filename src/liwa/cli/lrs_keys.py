"""`liwa lrs key`"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from liwa.cli.lrs import lrs
from liwa.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from liwa.statements.models import Credential

key = typer.Typer(help="Who may use the learning record store, and for what.", no_args_is_help=True)
lrs.add_typer(key, name="key")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@key.command("add")
def add(
    name: Annotated[str, typer.Argument(help="What will use it, such as the name of a tool.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="statements/write, statements/read/mine, statements/read, state, define, profile, all/read or all;"
            " may be given several times. Without it: statements/write and statements/read/mine."
        ),
    ] = None,
    feed: Annotated[str, typer.Option(help="The feed of feeds.toml to which its statements belong.")] = "",
    origin: Annotated[
        list[str] | None,
        typer.Option(
            help="A web site from whose pages scripts may use it (CORS); may be given several times."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Issue a key. Its secret is shown this once and kept nowhere.

    [bold]Examples[/]: liwa lrs key add moodle --scope all · liwa lrs key add quiz --scope statements/write --json
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.core.config import words
    from liwa.statements.credentials import issue

    made, secret = issue(name, words(",".join(scope or ())), feed, words(",".join(origin or ())))
    if as_json:
        print_json({**_shown(made), "secret": secret})
        return
    say(f"{made.name} may use the learning record store: {', '.join(made.scopes)}.")
    say(f"Key:    {made.key}")
    say(f"Secret: {secret}")
    say("The secret is shown this once.")


@key.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every key, what it allows and when it was last used.

    [bold]Example[/]: liwa lrs key list
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.statements.credentials import issued

    found = [_shown(one) for one in issued()]
    if as_json:
        print_json({"keys": found})
        return
    columns = {"key": "key", "name": "name", "scopes": "scopes", "feed": "feed"}
    columns |= {"last used": "last_used_at", "revoked": "revoked_at"}
    rows = [[_cell(one[name]) for name in columns.values()] for one in found]
    print_table("Keys", list(columns), rows, whole=["key"])


@key.command("revoke")
def revoke(key: Annotated[str, typer.Argument(help="The key, as `liwa lrs key list` shows it.")]) -> None:
    """End a key. Whoever uses it is refused within two seconds; what was stored with it stays.

    [bold]Example[/]: liwa lrs key revoke 3f6c0a9d2b5e417c8f01a2b3
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.statements import credentials

    made = credentials.revoke(key)
    say(f"The key of {made.name} is revoked.")


def _shown(one: "Credential") -> dict[str, Any]:
    names = ("key", "name", "scopes", "feed", "origins", "created_at", "last_used_at", "revoked_at")
    return {name: getattr(one, name) for name in names}


def _cell(value: object) -> object:
    return ", ".join(value) if isinstance(value, list) else value
