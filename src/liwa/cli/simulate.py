"""`liwa simulate`"""

from pathlib import Path
from typing import Annotated

import typer

from liwa.cli import app
from liwa.cli.output import print_json, print_table, progress, say


@app.command("simulate")
def simulate(
    out: Annotated[Path, typer.Option(help="Folder for the files; must be empty or not yet there.")],
    students: Annotated[int, typer.Option(min=20, max=1_000_000, help="How many students.")] = 5000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same files.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Write the files of a make-believe campus: the same kinds that a real one would export.

    [bold]Example[/]: liwa simulate --students 5000 --seed 1 --out campus
    """
    from dataclasses import asdict

    from liwa.core.errors import LiwaError
    from liwa.simulate.campus import simulate as write

    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise LiwaError(f"{out} is not an empty folder.", remedy="Name a new one with --out.")
    with progress() as show:
        summary = write(out, students=students, seed=seed, progress=show)
    if as_json:
        print_json(asdict(summary))
        return
    print_table(f"Simulated campus in {out}", ["file", "rows"], list(summary.rows.items()))
    say(f"To load it: LIWA_HOME={out} liwa init, then liwa load and liwa refresh.")
