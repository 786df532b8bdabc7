"""Refresh: from what the lake and the records hold now to what pages show.

A refresh is a row of steps, each in a module of this folder (or of another folder's `refresh.py`), registered
with its phase and, within it, the steps it comes after. A refresh that is killed has changed
nothing that pages show: the digest is written whole, in one transaction, by the phase `PUBLISH`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from functools import cached_property
from graphlib import TopologicalSorter
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any

from django.db.models import Min

import liwa
from liwa.core import clock
from liwa.core.errors import LiwaError
from liwa.core.feeds import Campus
from liwa.core.registry import import_all
from liwa.flows.home import Home
from liwa.flows.lakes import current_tables
from liwa.insight.risk import Model
from liwa.lake.reader import Tables
from liwa.records.campus import profile
from liwa.records.models import Klass

Progress = Callable[[str, int, int | None], None]


class Phase(IntEnum):
    """When a step runs."""

    INFLOW = 0  # what came in by other ways than a load
    MIRROR = 1  # records into the lake
    PREDICT = 2  # features, model, predictions
    DIGEST = 3  # what pages show, made in memory
    PUBLISH = 4  # written, in one transaction
    SERVE = 5  # services that work on the new digest
    UPKEEP = 6  # what nobody waits for


@dataclass
class Run:
    """One refresh under way. `digest` maps a digest model to its rows, filled by the DIGEST steps."""

    home: Home
    campus: Campus
    as_of: datetime
    retrain: bool = False
    basis: str = "rules"
    model: Model | None = None
    evaluation: list[dict[str, Any]] = field(default_factory=list)  # of the model, by term and week
    card: dict[str, Any] | None = None
    predictions: list[dict[str, Any]] = field(default_factory=list)
    digest: dict[type, list[dict[str, Any]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    shared: dict[str, Any] = field(default_factory=dict)  # what steps compute once for one another

    @cached_property
    def tables(self) -> Tables:
        """The lake as of the mirror step of this refresh."""
        return current_tables(self.home)

    def close(self) -> None:
        """Give back what reading the lake holds."""
        if "tables" in self.__dict__:
            self.tables.close()


Step = Callable[[Run], None]


@dataclass(frozen=True)
class _Registered:
    phase: Phase
    after: tuple[str, ...]
    function: Step


_steps: dict[str, _Registered] = {}


def step(name: str, phase: Phase, after: tuple[str, ...] = ()) -> Callable[[Step], Step]:
    """Register a step of every refresh; it runs after all earlier phases and after the steps named."""

    def keep(function: Step) -> Step:
        if name in _steps:
            raise RuntimeError(f"two steps are called {name!r}")
        _steps[name] = _Registered(phase, after, function)
        return function

    return keep


def steps() -> list[tuple[str, Step]]:
    """All steps, in the order in which they run."""
    import_all("liwa.flows.refresh")
    for folder in iter_modules(liwa.__path__):
        name = f"liwa.{folder.name}.refresh"
        if folder.ispkg and folder.name != "flows" and find_spec(name):
            import_module(name)
    return [(name, _steps[name].function) for phase in Phase for name in _in_phase(phase)]


def _in_phase(phase: Phase) -> list[str]:
    """The steps of a phase, by name where nothing else orders them."""
    found = {name: one for name, one in sorted(_steps.items()) if one.phase is phase}
    for name, one in found.items():
        unknown = set(one.after) - found.keys()
        if unknown:
            raise RuntimeError(f"the step {name!r} comes after {unknown.pop()!r}, which its phase lacks")
    return list(TopologicalSorter({name: one.after for name, one in found.items()}).static_order())


def refresh(
    home: Home,
    *,
    as_of: datetime | None = None,
    retrain: bool = False,
    progress: Progress = lambda name, done, total: None,
) -> Run:
    """Run every step as of an instant (the start of the campus's day by default).

    Raises Busy when another process writes, LiwaError for an instant before the first class began.
    """
    with home.writing():
        campus = profile()
        if as_of:
            _check(as_of, campus)
        run = Run(home, campus, as_of or default_as_of(campus), retrain)
        try:
            _run(run, progress)
        finally:
            run.close()
    return run


def _check(as_of: datetime, campus: Campus) -> None:
    first = Klass.objects.aggregate(first=Min("starts_on"))["first"]
    day = clock.day_of(as_of, campus.zone)
    if first and day < first:
        raise LiwaError(f"No class had begun by {day}.", remedy=f"The first began on {first}.")


def _run(run: Run, progress: Progress) -> None:
    ordered = steps()
    for place, (name, function) in enumerate(ordered):
        progress(name, place, len(ordered))
        started = clock.monotonic()
        function(run)
        run.seconds[name] = clock.monotonic() - started
        progress(name, place + 1, len(ordered))


def default_as_of(campus: Campus) -> datetime:
    """The start of the day the files speak of, else of today."""
    day = campus.as_of or clock.day_of(clock.now(), campus.zone)
    return clock.start_of(day, campus.zone)
