"""How sure a measure is: students are drawn with replacement, each with all their rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from liwa.insight.metrics import Floats

RESAMPLES = 500
LEVEL = 0.95
# Weights worked on at once: what the processor's cache holds is worked on several times quicker.
CELLS = 100_000

# From weights (resamples, n) to named figures, one value a resample each.
Measure = Callable[[Floats], Mapping[str, Floats]]


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

    def values(self, users: Sequence[str], measure: Measure) -> dict[str, Floats]:
        """Each figure of `measure` over the rows of `users` in every resample, the same resample for all of them."""
        place = np.array([self.students[user] for user in users], dtype=np.intp)
        block = max(1, CELLS // max(len(place), 1))
        found: dict[str, list[Floats]] = {}
        for begin in range(0, len(self.times), block):
            weight = self.times[begin : begin + block][:, place].astype(np.float64)
            for name, some in measure(weight).items():
                found.setdefault(name, []).append(some)
        return {name: np.concatenate(some) for name, some in found.items()}

    def figures(self, users: Sequence[str], measure: Measure) -> dict[str, float | None]:
        """Each figure of `measure` over the rows of `users` with the ends of its interval: name, name_low, name_high."""
        values = self.values(users, measure)
        point = measure(np.ones((1, len(users))))
        record: dict[str, float | None] = {}
        for name, some in values.items():
            record |= with_interval(name, float(point[name][0]), interval(some))
        return record


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
