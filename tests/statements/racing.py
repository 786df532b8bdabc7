"""Many threads doing the same thing at once, each on its own connection to the database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


def at_once(number: int, work: Callable[[int], Any]) -> list[Any]:
    """What `work(0)` … `work(number - 1)` gave or raised, all begun at the same moment."""
    gate = Barrier(number)

    def one(place: int) -> Any:
        gate.wait()
        try:
            return work(place)
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))
