"""`liwa init`"""

import typer

from liwa.cli import app
from liwa.cli.output import print_json, say


@app.command("init")
def init(as_json: bool = typer.Option(False, "--json", help="Print one JSON object.")) -> None:
    """Set up this installation: folder, database tables, a feeds.toml to start from.

    Safe to repeat: after an update it brings the tables up to date.

    [bold]Example[/]: LIWA_HOME=/srv/liwa liwa init
    """
    from liwa.flows import setup
    from liwa.flows.home import Home
    from liwa.flows.starter import write_starter

    setup.start()
    setup.migrate()
    home = Home()
    made = write_starter(home.feeds_file)
    if as_json:
        print_json({"home": home.root, "feeds": home.feeds_file, "feeds_made": made})
        return
    say(f"Liwa keeps everything in {home.root}.")
    say(
        f"{'Wrote' if made else 'Kept'} {home.feeds_file}: name your feeds there, then try `liwa feed check`."
    )
    say("Next: `liwa user add NAME --duty data_office` for someone to sign in, `liwa load`, `liwa serve`.")
