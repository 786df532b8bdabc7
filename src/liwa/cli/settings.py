"""`liwa settings`"""

from typing import Annotated

import typer

from liwa.cli import app
from liwa.cli.output import print_json, print_table


@app.command("settings")
def settings(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Every setting, its value and what it means. Set one in the environment or in liwa.toml in LIWA_HOME.

    [bold]Example[/]: LIWA_LANGUAGE=zh-hans liwa settings
    """
    from liwa.core.config import config, declared

    values = config()
    shown = [
        {
            "name": name,
            "value": "(secret)" if one.secret and values[name] else _shown(values[name]),
            "help": one.help,
        }
        for name, one in declared().items()
    ]
    if as_json:
        print_json({"settings": shown})
        return
    print_table("Settings", ["name", "value", "help"], [list(one.values()) for one in shown])


def _shown(value: object) -> object:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
