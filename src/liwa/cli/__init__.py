"""The `liwa` command. Each command is one module of this folder and adds itself to `app`."""

import os
import sys
from errno import ENOSPC
from typing import NoReturn

import typer
from django.db import Error

from liwa import __version__
from liwa.cli.output import complain
from liwa.core.errors import FAILED, LiwaError, Unavailable
from liwa.core.registry import import_all
from liwa.db.errors import explain

INTERRUPTED = 130
OWNER_ONLY = 0o077  # what Liwa writes is its owner's alone

app = typer.Typer(
    name="liwa",
    help="Liwa, an open smart-campus platform: from a school's own files to this week's list of students.",
    epilog="Exit codes: 0 done, 1 failed, 2 wrong use or input, 3 stopped for consent, 4 busy, 5 unavailable.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"liwa {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version."
    ),
) -> None:
    """Options of `liwa` itself."""


def main() -> NoReturn:
    """Run the command line; what a person can mend is said plainly, without a traceback."""
    os.umask(OWNER_ONLY)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liwa.settings")
    import_all("liwa.cli")
    sys.exit(_run())


def _run() -> int:
    try:
        app(prog_name="liwa")
        return 0
    except KeyboardInterrupt:
        complain("Interrupted.", "What was acknowledged is kept; run the command again to go on.")
        return INTERRUPTED
    except LiwaError as error:
        complain(error.message, error.remedy)
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        return _system(error)
    except Error as error:
        return _database(error)


def _database(error: Error) -> int:
    """What a database says outside a retried transaction. Raises the error where no person can mend it."""
    said = explain(error)
    if said is None:
        raise error
    complain(said.message, said.remedy)
    return said.exit_code


def _system(error: OSError) -> int:
    if error.errno == ENOSPC:
        complain(
            "The disk is full.", "Free some space and run the command again; nothing acknowledged is lost."
        )
    else:
        complain(f"{error.strerror or error}: {error.filename or ''}".rstrip(": ") + ".", "")
    return Unavailable("").exit_code
