"""Another process that stores statements: `python -m tests.statements.storing <requests> <shared id>`.

Half of the requests hold one statement, half five; each also tries the shared id, with a content of its own. Prints
the ids that were acknowledged, in their order, and whether the shared one was its own.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liwa.settings")
THREADS = 4


def store(place: int, requests: int) -> list[str]:
    """Store so many requests, one after the other."""
    from tests.statements.made import send, statement

    acknowledged = []
    for number in range(requests):
        some = [statement(f"p{os.getpid()}-{place}") for _ in range(5 if number % 2 else 1)]
        send(*some)
        acknowledged += [one["id"] for one in some]
    return acknowledged


def share(shared: str) -> bool:
    """Try to be the one whose statement has the shared id."""
    from liwa.statements.errors import Conflict
    from tests.statements.made import send, statement

    try:
        send(statement(f"p{os.getpid()}", id=shared))
    except Conflict:
        return False
    return True


def main() -> None:
    """Do it, and say what came of it."""
    requests, shared = int(sys.argv[1]), sys.argv[2]
    print("ready", flush=True)
    sys.stdin.readline()
    mine = share(shared)
    with ThreadPoolExecutor(THREADS) as pool:
        for acknowledged in pool.map(store, range(THREADS), [requests] * THREADS):
            print(*acknowledged)
    print("mine" if mine else "theirs")


if __name__ == "__main__":
    django.setup()
    main()
