"""`liwa user`"""

from typing import Annotated

import typer

from liwa.cli import app
from liwa.cli.output import print_json, print_table, say

user = typer.Typer(help="Who can sign in.", no_args_is_help=True)
app.add_typer(user, name="user")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@user.command("add")
def add(
    name: Annotated[str, typer.Argument(help="User name to sign in with.")],
    person: Annotated[str | None, typer.Option(help="sourcedId of who this is in the records.")] = None,
    duty: Annotated[
        list[str] | None, typer.Option(help="data_office, leadership, registrar, researcher.")
    ] = None,
    show_name: Annotated[str, typer.Option(help="Name shown on pages.")] = "",
    password_from: Annotated[
        str, typer.Option(help="`prompt`, `stdin`, or `generate` (printed once).")
    ] = "prompt",
    as_json: AsJson = False,
) -> None:
    """Let someone sign in. What a teacher, adviser or student sees follows from the records.

    [bold]Examples[/]: liwa user add wang --person T-1001 · liwa user add office --duty data_office
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.accounts.actions import add_account, check_account

    check_account(name, person=person, duties=duty or [], display_name=show_name)
    password = _password(password_from)
    add_account(name, password, person=person, duties=duty or [], display_name=show_name)
    shown = {"user": name, **({"password": password} if password_from == "generate" else {})}
    if as_json:
        print_json(shown)
        return
    say(f"{name} can sign in.")
    if password_from == "generate":
        say(f"Password, shown this once: {password}")


@user.command("password")
def password(
    name: Annotated[str, typer.Argument(help="User name.")],
    password_from: Annotated[
        str, typer.Option(help="`prompt`, `stdin`, or `generate` (printed once).")
    ] = "prompt",
) -> None:
    """Set a new password.

    [bold]Example[/]: liwa user password wang
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.accounts.actions import named, set_password

    named(name)
    fresh = _password(password_from)
    set_password(name, fresh)
    say(f"The password of {name} is changed." + (f" It is: {fresh}" if password_from == "generate" else ""))


@user.command("close")
def close(name: Annotated[str, typer.Argument(help="User name.")]) -> None:
    """Let someone no longer sign in; sessions end at once.

    [bold]Example[/]: liwa user close wang
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.accounts.actions import close_account

    close_account(name)
    say(f"{name} can no longer sign in.")


@user.command("list")
def list_(as_json: AsJson = False) -> None:
    """Who can sign in, and as what.

    [bold]Example[/]: liwa user list
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.accounts.questions import account_rows

    found = account_rows()
    if as_json:
        print_json({"users": found})
        return
    columns = ["user", "person", "duties", "active", "last_sign_in"]
    print_table("Users", columns, [[row[name] for name in columns] for row in found])


def _password(source: str) -> str:
    import secrets
    import sys

    from liwa.core.errors import LiwaError

    if source == "generate":
        return secrets.token_urlsafe(12)
    if source == "stdin":
        return sys.stdin.readline().rstrip("\n")
    if source == "prompt":
        if not sys.stdin.isatty():
            raise LiwaError(
                "There is no terminal to ask for the password.",
                remedy="Use --password-from stdin, with the password on one line, or --password-from generate.",
            )
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    raise LiwaError(f"--password-from is prompt, stdin or generate, not {source!r}.")
