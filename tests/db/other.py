"""Another process at work on the same database: `python -m tests.db.other <task>`.

It answers on standard output and goes on when it is written a line on standard input.
"""

import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liwa.settings")


def say(word: str) -> None:
    print(word, flush=True)


def hold() -> None:
    """Change a row and hold the lock until told to commit."""
    from django.db import transaction

    from tests.db.sample import Sample

    with transaction.atomic():
        Sample.objects.update_or_create(key="a", defaults={"text": "theirs"})
        say("held")
        sys.stdin.readline()
    say("done")


def write(first: int, last: int, text: str) -> None:
    """Write the rows first … last in one go and print what came of it."""
    from liwa.db.retrying import retrying
    from liwa.db.write import write_rows
    from tests.db.sample import EMPTY, TABLE, columns

    rows = [(f"{number:06}", text, *EMPTY) for number in range(first, last)]
    say("ready")
    sys.stdin.readline()
    written = retrying(write_rows, TABLE, columns(), ["key"], rows)
    say(f"{written.inserted} {written.updated} {written.unchanged}")


def endless(seconds: float) -> None:
    """Replace all rows by rows of the next number, again and again, until killed."""
    from liwa.db.retrying import retrying
    from liwa.db.write import write_rows
    from tests.db.sample import EMPTY, TABLE, columns

    def slowly(generation: int) -> Iterator[tuple[Any, ...]]:
        for number in range(3000):
            if number % 1000 == 0:
                time.sleep(seconds)
            yield (f"{number:06}", str(generation), *EMPTY)

    for generation in range(1, 10_000):
        retrying(write_rows, TABLE, columns(), ["key"], slowly(generation))
        say(str(generation))


def main() -> None:
    django.setup()
    task, *arguments = sys.argv[1:]
    if task == "hold":
        hold()
    elif task == "write":
        write(int(arguments[0]), int(arguments[1]), arguments[2])
    elif task == "endless":
        endless(float(arguments[0]))


if __name__ == "__main__":
    main()
