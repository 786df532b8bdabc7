"""The make-believe campus's calendar: three terms of 18 weeks, each with a holiday week.

Instants are whole seconds of campus time (Asia/Shanghai, which has no summer time) since 1 January 1970,
so that days and hours are plain arithmetic.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

TIMEZONE = "Asia/Shanghai"
UTC_OFFSET = 8 * 3600
DAY = 86_400
HOUR = 3_600
WEEKS = 18
DAYS = WEEKS * 7
EXAM_WEEK = 16  # counted from 0
EPOCH = date(1970, 1, 1)
AS_OF = date(2026, 11, 2)  # the Monday after the third term's eighth week


@dataclass(frozen=True)
class Term:
    """One term. `year` is the calendar year in which its school year begins; `number` its place from 0."""

    number: int
    code: str
    title: str
    starts_on: date
    ends_on: date
    holiday: tuple[date, date]  # first and last day without classes
    year: int

    @property
    def start(self) -> int:
        """The first instant of the term."""
        return instant(self.starts_on)

    @property
    def free_days(self) -> range:
        """Days of the term, counted from 0, that are holidays."""
        first, last = self.holiday
        return range((first - self.starts_on).days, (last - self.starts_on).days + 1)


TERMS = (
    Term(
        0,
        "2025A",
        "2025–2026学年第一学期 Autumn 2025",
        date(2025, 9, 8),
        date(2026, 1, 11),
        (date(2025, 10, 1), date(2025, 10, 7)),
        2025,
    ),
    Term(
        1,
        "2026S",
        "2025–2026学年第二学期 Spring 2026",
        date(2026, 3, 2),
        date(2026, 7, 5),
        (date(2026, 5, 1), date(2026, 5, 5)),
        2025,
    ),
    Term(
        2,
        "2026A",
        "2026–2027学年第一学期 Autumn 2026",
        date(2026, 9, 7),
        date(2027, 1, 10),
        (date(2026, 10, 1), date(2026, 10, 7)),
        2026,
    ),
)


def instant(day: date) -> int:
    """The first second of `day`."""
    return (day - EPOCH).days * DAY


def generator(seed: int, part: str, number: int = 0) -> np.random.Generator:
    """Random numbers of one part of the campus; what another part draws does not disturb them."""
    return np.random.default_rng([seed, number, *part.encode()])


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), quiet for large x of either sign."""
    return 1.0 / (1.0 + np.exp(-np.clip(x, -40.0, 40.0)))
