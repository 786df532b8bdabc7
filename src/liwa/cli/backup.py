"""`liwa backup` and `liwa restore`"""

from pathlib import Path
from typing import Annotated, Any

import typer

from liwa.cli import app
from liwa.cli.output import print_json, progress, say


@app.command("backup")
def backup(
    to: Annotated[Path, typer.Argument(help="The file to write, such as campus-2026-11-23.zip.")],
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Write none: bring this one back for a trial, and compare everything."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Database, lake and kept files as they are at one moment, into one file. Liwa goes on working meanwhile.

    [bold]Example[/]: liwa backup campus.zip && liwa backup --verify campus.zip
    """
    from liwa.flows import setup

    if verify:
        setup.start()
        from liwa.flows.restore import verify as trial

        with progress() as show:
            done = trial(to, progress=show)
        _tell(done, f"{to} is sound", as_json)
        return
    setup.require_ready()
    from liwa.flows.backup import backup as flow
    from liwa.flows.home import Home

    with progress() as show:
        done = flow(Home(), to, progress=show)
    _tell(done, f"Wrote {to}", as_json)
    if not as_json:
        say(
            "It holds everything about everybody: keep it where nobody else can read it. Settings (liwa.toml) and the"
        )
        say("secret key are not in it.")


@app.command("restore")
def restore(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `liwa backup` wrote.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Bring a backup back into an empty LIWA_HOME and an empty database, of whatever kind, and compare everything.

    [bold]Example[/]: LIWA_HOME=/srv/liwa liwa restore campus.zip
    """
    from liwa.flows import setup

    setup.start()
    from liwa.flows.home import Home
    from liwa.flows.restore import restore as flow

    with progress() as show:
        done = flow(Home(), path, progress=show)
    _tell(done.manifest, f"Brought {path} back", as_json)
    if done.other_key and not as_json:
        say(
            "The secret key is another one than then: everybody has to sign in again, and forgetting that was not"
        )
        say("finished has to be begun anew.")


def _tell(manifest: Any, what: str, as_json: bool) -> None:
    rows, files = manifest.rows, len(manifest.files)
    size = sum(file.size for file in manifest.files.values())
    if as_json:
        tables = {name: {"rows": one.rows, "hash": one.digest} for name, one in manifest.tables.items()}
        told = {"moment": manifest.moment, "rows": rows, "files": files, "bytes": size, "tables": tables}
        print_json({**told, "lake": manifest.lake})
        return
    say(
        f"{what}: everything of {manifest.moment[:19].replace('T', ' ')} UTC, {rows:,} rows of {len(manifest.tables)}"
    )
    say(
        f"tables, {files:,} files of {size / 1e6:,.1f} MB; {manifest.lake.get('events', 0):,} events in the lake."
    )
