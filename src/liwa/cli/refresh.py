"""`liwa refresh`"""

from datetime import datetime
from typing import Annotated

import typer

from liwa.cli import app
from liwa.cli.output import print_json, print_table, progress


@app.command("refresh")
def refresh(
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Cut-off: the start of this campus day.")
    ] = None,
    retrain: Annotated[bool, typer.Option("--retrain", help="Train even if nothing new has ended.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Bring what pages show up to date: mirror the records, predict, write the digest.

    [bold]Examples[/]: liwa refresh · liwa refresh --as-of 2026-11-16
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.core.clock import start_of
    from liwa.flows import refresh as flow
    from liwa.flows.home import Home
    from liwa.records.campus import profile

    moment = start_of(as_of.date(), profile().zone) if as_of else None
    with progress() as show:
        run = flow.refresh(Home(), as_of=moment, retrain=retrain, progress=show)
    if as_json:
        print_json(
            {
                "as_of": run.as_of,
                "basis": run.basis,
                "predicted": len(run.predictions),
                "seconds": run.seconds,
            }
        )
        return
    title = (
        f"Refreshed as of {run.as_of:%Y-%m-%d %H:%M} UTC by {run.basis}, {len(run.predictions):,} enrollments"
    )
    print_table(title, ["step", "seconds"], [[name, seconds] for name, seconds in run.seconds.items()])
