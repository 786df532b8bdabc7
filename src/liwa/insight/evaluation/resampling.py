"""How sure a measure is: students are drawn with replacement, each with all their rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from liwa.insight.metrics import Floats

RESAMPLES = 500
LEVEL = 0.95
# Weights held in memory at once: a block of resamples is no larger than this.
CELLS = 4_000_000

# From weights (resamples, n) to one value a resample.
Measure = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Draws:
    """How often each student of a population was drawn: `times` is (resamples, students)."""

    students: Mapping[str, int]
    times: NDArray[np.uint8]

    @classmethod
    def of(cls, users: Sequence[str], resamples: int = RESAMPLES, seed: int = 1) -> "Draws":
        """`resamples` draws of as many students as there are among `users`. Same users, same draws."""
        names = sorted(set(users))
        random = np.random.default_rng(seed)
        times = np.empty((resamples, len(names)), dtype=np.uint8)
        for row in times:
            row[:] = np.bincount(random.integers(0, len(names), len(names)), minlength=len(names))
        return cls({name: place for place, name in enumerate(names)}, times)

    def intervals(self, users: Sequence[str], measures: Mapping[str, Measure]) -> dict[str, Floats]:
        """The 95 % percentile interval (low, high) of each measure over the rows of `users`; NaN where undefined."""
        values = self.values(users, measures)
        return {name: interval(some) for name, some in values.items()}

    def values(self, users: Sequence[str], measures: Mapping[str, Measure]) -> dict[str, Floats]:
        """Each measure's value in every resample; the same resample for all of them, so that they can be compared."""
        place = np.array([self.students[user] for user in users], dtype=np.intp)
        block = max(1, CELLS // max(len(place), 1))
        found: dict[str, list[Any]] = {name: [] for name in measures}
        for begin in range(0, len(self.times), block):
            weight = self.times[begin : begin + block][:, place].astype(np.float64)
            for name, measure in measures.items():
                found[name].append(measure(weight))
        return {name: np.concatenate(some) for name, some in found.items()}


def interval(values: Floats) -> Floats:
    """(low, high) around the middle 95 % of the values that are known."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.array([np.nan, np.nan])
    return np.asarray(np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))


def with_interval(name: str, value: float, around: Floats) -> dict[str, float | None]:
    """{name, name_low, name_high} as plain numbers; None where unknown."""
    low, high = around
    return {name: plain(value), f"{name}_low": plain(low), f"{name}_high": plain(high)}


def plain(value: float) -> float | None:
    """A number as JSON can hold it: None where it is not known."""
    return float(value) if np.isfinite(value) else None
