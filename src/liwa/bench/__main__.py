"""One engine in a process of its own: reads what to do from standard input, writes what came of it as JSON.

    {"url": …, "size": {…}, "only": […]}  ->  {"done": {…}} or {"refused": {"message", "remedy", "exit_code"}}

The URL may hold a password, so it is in no command line.
"""

import json
import os
import sys
from typing import Any

from liwa.bench.campus import Size
from liwa.core.errors import LiwaError, Unavailable


def main() -> None:
    """Do what standard input asks for."""
    asked = json.load(sys.stdin)
    os.environ |= {"LIWA_DATABASE_URL": asked["url"], "DJANGO_SETTINGS_MODULE": "liwa.settings"}
    try:
        answer: dict[str, Any] = {"done": _measured(Size(**asked["size"]), asked["only"])}
    except LiwaError as error:
        answer = {"refused": vars(error)}
    json.dump(answer, sys.stdout)


def _measured(size: Size, only: list[str]) -> dict[str, Any]:
    from django.db import Error

    from liwa.bench.engine import measured
    from liwa.db.errors import explain

    try:
        return measured(size, only, lambda name: print(f"  {name}", file=sys.stderr, flush=True))
    except Error as error:
        said = explain(error)
        if said is None:
            raise
        raise said from error
    except OSError as error:
        raise Unavailable(f"{error.strerror or error}.") from error


if __name__ == "__main__":
    main()
