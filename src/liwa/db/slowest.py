"""Which statements this process's databases took longest over; without values, which may be somebody's."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

MOST = 1_000  # statements that are told apart
_LONGEST = 2_000  # characters of one
_LISTS = re.compile(r"\((?:%s(?:, )?)+\)(?:, \((?:%s(?:, )?)+\))*")
_BLANK = re.compile(r"\s+")


@dataclass
class Taken:
    """How often a statement ran, its seconds together, and the longest."""

    sql: str
    runs: int = 0
    seconds: float = 0.0
    longest: float = 0.0


class Slowest:
    """Counts what runs on the connections it watches."""

    def __init__(self) -> None:
        self.since = datetime.now(UTC)
        self._known: dict[str, Taken] = {}
        self._lock = Lock()

    def watch(self, connection: BaseDatabaseWrapper, **_: Any) -> None:
        """Count what runs on this connection; a receiver of `connection_created`."""
        if self not in connection.execute_wrappers:
            connection.execute_wrappers.append(self)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.note(sql, time.perf_counter() - began)

    def note(self, sql: str, seconds: float) -> None:
        """Count one run."""
        with self._lock:
            found = self._known.get(sql)
            if found is None:
                if len(self._known) >= MOST:
                    self._drop()
                found = self._known[sql] = Taken(sql)
            found.runs += 1
            found.seconds += seconds
            found.longest = max(found.longest, seconds)

    def _drop(self) -> None:
        """Forget the half that took least."""
        kept = sorted(self._known.values(), key=lambda one: -one.seconds)[: MOST // 2]
        self._known = {one.sql: one for one in kept}

    def top(self, most: int) -> list[Taken]:
        """Those that took longest together, the slowest first; lists of values count as one, however long."""
        with self._lock:
            every = [(one.sql, one.runs, one.seconds, one.longest) for one in self._known.values()]
        found: dict[str, Taken] = {}
        for sql, runs, seconds, longest in every:
            text = _shortened(sql)
            one = found.setdefault(text, Taken(text))
            one.runs += runs
            one.seconds += seconds
            one.longest = max(one.longest, longest)
        return sorted(found.values(), key=lambda one: -one.seconds)[:most]


def _shortened(sql: str) -> str:
    return _LISTS.sub("(…)", _BLANK.sub(" ", sql[:_LONGEST]).strip())


slowest = Slowest()
