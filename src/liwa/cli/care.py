"""`liwa care`"""

from typing import Annotated

import typer

from liwa.cli import app
from liwa.cli.output import print_json, print_table, say

care = typer.Typer(help="Cases, advisers' capacities, heads, letters.", no_args_is_help=True)
capacity = typer.Typer(help="How many students advisers can take on in a week.", no_args_is_help=True)
head = typer.Typer(help="Who answers for overdue cases of an org.", no_args_is_help=True)
app.add_typer(care, name="care")
care.add_typer(capacity, name="capacity")
care.add_typer(head, name="head")

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
UserName = Annotated[str, typer.Argument(help="User name the head signs in with.")]
OrgId = Annotated[str, typer.Argument(help="sourcedId of the org; those below it come with it.")]


@care.command("cases")
def cases(as_json: AsJson = False) -> None:
    """How many cases there are, by state. Nobody is named.

    [bold]Example[/]: liwa care cases --json
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.care.weekly import counts

    found = counts()
    if as_json:
        print_json(found)
        return
    print_table("Cases", ["state", "cases"], [[name.replace("_", " "), n] for name, n in found.items()])


@care.command("letters")
def letters(
    send: Annotated[bool, typer.Option("--send", help="Send them; each goes out once a week.")] = False,
    as_json: AsJson = False,
) -> None:
    """This week's letters to advisers and heads: how many wait, never who. Without --send nothing leaves.

    [bold]Examples[/]: liwa care letters · liwa care letters --send
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.care import letters as made
    from liwa.records.campus import profile

    if send:
        from liwa.flows.home import Home

        with Home().alone("letters.lock", "Another process is sending the letters."):
            done = vars(made.send(profile()))
        if as_json:
            print_json(done)
        else:
            print_table("Letters", list(done), [list(done.values())])
        return
    found = made.compose(profile())
    rows = [{"recipient": one.recipient_id, "subject": one.subject, "body": one.body} for one in found]
    if as_json:
        print_json({"letters": rows})
        return
    for row in rows:
        say(f"To {row['recipient']}: {row['subject']}\n\n{row['body']}")
    say(f"{len(rows)} letters for this week; --send sends those that did not go out yet.")


@capacity.command("set")
def set_(
    adviser: Annotated[str, typer.Argument(help="The adviser's sourcedId.")],
    per_week: Annotated[int, typer.Argument(min=0, max=500, help="Students a week; 0: none.")],
    takes_unassigned: Annotated[
        bool, typer.Option("--takes-unassigned", help="Also students who have no adviser.")
    ] = False,
) -> None:
    """Say how many students an adviser can take on in a week.

    [bold]Example[/]: liwa care capacity set T-1001 12 --takes-unassigned
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.care.school import set_for

    set_for(adviser, per_week, takes_unassigned)
    say(f"{adviser} can take on {per_week} students a week.")


@capacity.command("list")
def list_(as_json: AsJson = False) -> None:
    """Every adviser's capacity, and how many students each has this week.

    [bold]Example[/]: liwa care capacity list
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.care.school import capacity_rows
    from liwa.records.campus import profile

    rows = capacity_rows(profile())
    if as_json:
        print_json({"advisers": rows})
        return
    columns = ["adviser", "per_week", "takes_unassigned", "this_week"]
    print_table("Capacities", columns, [[row[name] for name in columns] for row in rows])


@head.command("add")
def add(user: UserName, org: OrgId) -> None:
    """Let somebody see, and hand over, overdue cases of an org's students (never their notes).

    [bold]Example[/]: liwa care head add dean org-science
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.care.school import add_head

    add_head(user, org)
    say(f"{user} answers for overdue cases of {org}.")


@head.command("remove")
def remove(user: UserName, org: OrgId) -> None:
    """Take that back.

    [bold]Example[/]: liwa care head remove dean org-science
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.care.school import remove_head

    remove_head(user, org)
    say(f"{user} no longer answers for {org}.")
