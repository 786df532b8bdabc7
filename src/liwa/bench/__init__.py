"""A laboratory for databases: the same campus work on each engine, timed, and its answers compared.

A workload is a module of `workloads/` that registers one function under its name; nothing else has to know of it:

    @workload("roster load")
    def run(bench: Bench) -> None:
        with bench.timed("enrollments, all new", "rows", 200_000):
            ...
        bench.answer("enrollments", Enrollment.objects.order_by("pk").values_list())

What is timed is work of the database and of what Liwa does around it; rows are made before. What an engine answers
goes into hashes that have to be the same on all of them.
"""

import gc
import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import msgspec
from django.db import connection

from liwa.bench.campus import MadeCampus, Size
from liwa.core.errors import LiwaError
from liwa.core.registry import import_all

_encode = msgspec.json.Encoder(order="deterministic").encode

Progress = Callable[[str], None]


@dataclass
class Series:
    """Calls of one kind: how many `unit`s they dealt with, and the seconds of each."""

    unit: str
    units: int = 0
    seconds: list[float] = field(default_factory=list)


class Bench:
    """One engine being measured: the campus to work with, what was timed, what was answered."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.series: dict[str, Series] = {}
        self.answers: dict[str, str] = {}

    @cached_property
    def campus(self) -> MadeCampus:
        """The make-believe campus, the same for every engine."""
        return MadeCampus(self.size)

    @contextmanager
    def timed(self, name: str, unit: str, units: int = 1) -> Iterator[None]:
        """Time one call that deals with so many units; calls of one name make one line of the tables."""
        series = self.series.setdefault(name, Series(unit))
        began = time.perf_counter()
        yield
        series.seconds.append(time.perf_counter() - began)
        series.units += units

    def settle(self) -> None:
        """Call this when everything is made and nothing timed yet.

        What was made is no work of Python's collector; and servers look at what was written before, as they would by
        themselves within a minute, in the midst of what is timed.
        """
        gc.collect()
        gc.freeze()
        if connection.vendor != "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")

    def answer(self, name: str, rows: Iterable[Any]) -> None:
        """Note what the engine holds or says; the rows come in an order that every engine gives them."""
        digest = hashlib.sha256()
        for row in rows:
            digest.update(_encode(row))
            digest.update(b"\n")
        self.answers[name] = digest.hexdigest()


Work = Callable[[Bench], None]


@dataclass(frozen=True)
class _Registered:
    work: Work
    after: tuple[str, ...]


_workloads: dict[str, _Registered] = {}


def workload(name: str, *, after: tuple[str, ...] = ()) -> Callable[[Work], Work]:
    """Register a workload under its name; it needs what those named in `after` leave behind."""

    def keep(work: Work) -> Work:
        if name in _workloads:
            raise RuntimeError(f"two workloads are called {name!r}")
        _workloads[name] = _Registered(work, after)
        return work

    return keep


def ordered(only: Iterable[str] = ()) -> list[tuple[str, Work]]:
    """The workloads in the order in which they run; of those named in `only`, and what they need, if any are."""
    import_all("liwa.bench.workloads")
    found: dict[str, Work] = {}
    for name in list(only) or sorted(_workloads):
        _put(name, found)
    return list(found.items())


def _put(name: str, found: dict[str, Work]) -> None:
    """Put a workload after those it needs."""
    if name not in _workloads:
        known = ", ".join(sorted(_workloads))
        raise LiwaError(f"There is no workload called {name!r}.", remedy=f"Known: {known}.")
    for needed in _workloads[name].after:
        _put(needed, found)
    found.setdefault(name, _workloads[name].work)


def work_through(size: Size, only: Iterable[str], progress: Progress) -> Bench:
    """Run the workloads on the database of this process and give what was measured."""
    bench = Bench(size)
    for name, work in ordered(only):
        progress(name)
        work(bench)
    return bench
