"""`liwa lrs forget`"""

from datetime import datetime
from typing import Annotated

import typer

from liwa.cli.lrs import lrs
from liwa.cli.output import print_json, print_table, progress, say


@lrs.command("forget")
def forget(
    actor: Annotated[
        list[str] | None,
        typer.Option(
            help="account:HOMEPAGE|NAME, mbox:mailto:…, an address, or an agent as JSON; several times."
        ),
    ] = None,
    user: Annotated[str, typer.Option(help="A user's sourcedId: every name Liwa knows of that user.")] = "",
    before: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="All that happened before this day on campus."),
    ] = None,
    pseudonymise: Annotated[
        bool, typer.Option("--pseudonymise", help="Keep the statements, of nobody who can be told.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count; change nothing.")] = False,
    records: Annotated[bool, typer.Option("--records", help="Show what was forgotten, and when.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Forget somebody, or what is old: statements, documents, files, events, names. It cannot be undone.

    [bold]Examples[/]: liwa lrs forget --actor ada@example.edu --dry-run · liwa lrs forget --user s1001
    --pseudonymise · liwa lrs forget --before 2021-09-01
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.core.clock import start_of
    from liwa.flows import forget as flow
    from liwa.flows.home import Home
    from liwa.records.campus import profile

    if records:
        found = [flow.told(one) for one in flow.records()]
        if as_json:
            print_json({"records": found})
            return
        columns = ["began_at", "finished_at", "subject", "before", "pseudonymised", "requested_by"]
        print_table("Forgotten", columns, [[row[name] for name in columns] for row in found])
        return
    with progress() as show:
        done = flow.forget(
            Home(),
            actors=actor or (),
            user=user,
            before=start_of(before.date(), profile().zone) if before else None,
            pseudonymise=pseudonymise,
            dry_run=dry_run,
            requested_by="",
            progress=show,
        )
    if as_json:
        print_json({"dry_run": dry_run, "counts": done})
        return
    print_table("Would be forgotten" if dry_run else "Forgotten", ["what", "number"], list(done.items()))
    if not dry_run:
        say("Backups, and whoever statements were sent on to, still have them.")
