"""`liwa serve`"""

from typing import Annotated

import typer

from liwa.cli import app
from liwa.cli.output import say


@app.command("serve")
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 1,
) -> None:
    """Serve the pages. Listens on this machine alone unless told otherwise.

    [bold]Example[/]: liwa serve --port 8080
    """
    from liwa.flows import setup

    setup.require_ready()
    from liwa.flows.serve import check_port, run

    check_port(host, port)
    say(f"Liwa is at http://{host}:{port}/ . Stop it with Ctrl-C.")
    run(host, port, workers)
