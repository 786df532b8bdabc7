"""Where requests wait for clients: few enough at once, and few enough of one key, that threads are left for others."""

import threading
from collections import Counter
from collections.abc import Generator, Iterator

from liwa.core.errors import Busy

PATIENCE_SECONDS = 1.0


class Room:
    """Has `most` places, of which one key may take `each`."""

    def __init__(self, most: int, each: int) -> None:
        self._most = most
        self._each = each
        self._taken: Counter[str] = Counter()
        self._total = 0
        self._changed = threading.Condition()

    def enter(self, who: str) -> int:
        """Take a place; gives how many are taken now. Raises Busy where none becomes free in a second."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._has_place(who), PATIENCE_SECONDS):
                raise Busy("Too many requests wait for what their clients send or read.")
            self._taken[who] += 1
            self._total += 1
            return self._total

    def leave(self, who: str) -> None:
        """Give a place back."""
        with self._changed:
            self._total -= 1
            self._taken[who] -= 1
            if not self._taken[who]:
                del self._taken[who]
            self._changed.notify_all()

    def _has_place(self, who: str) -> bool:
        return self._total < self._most and self._taken[who] < self._each


# Together with forms of strangers these are fewer than the threads of the server (flows/serve.py).
BODIES = Room(36, each=28)
ANSWERS = Room(12, each=8)


class Sent:
    """An answer that is made piece by piece as the client takes it, with a place in the room until that is over."""

    def __init__(self, pieces: Generator[bytes], who: str) -> None:
        ANSWERS.enter(who)
        self._pieces = pieces
        self._who = who
        self._is_over = False

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Nobody takes more of it."""
        self._pieces.close()
        if not self._is_over:
            self._is_over = True
            ANSWERS.leave(self._who)
