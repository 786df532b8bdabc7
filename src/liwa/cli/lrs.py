"""`liwa lrs`"""

import typer

from liwa.cli import app

lrs = typer.Typer(help="The learning record store: its keys, its statements.", no_args_is_help=True)
app.add_typer(lrs, name="lrs")
