"""The calendar of the OULAD: which day a presentation starts on, and which instant a day number is."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from liwa.core.clock import end_of, start_of
from liwa.sources.tables import FieldError

LARGEST = 1500  # days before or after the start; beyond that a number is no day
DAY = re.compile(r"-?\d{1,6}(\.0*)?", re.ASCII)
_PRESENTATION = re.compile(r"(\d{4})([A-L])", re.ASCII)


class Calendar:
    """Campus days as instants, each worked out once."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._starts: dict[date, datetime] = {}
        self._ends: dict[date, datetime] = {}

    def start(self, on: date) -> datetime:
        """The instant (UTC) at which the day begins."""
        found = self._starts.get(on)
        if found is None:
            found = self._starts[on] = start_of(on, self._zone)
        return found

    def end(self, on: date) -> datetime:
        """The last instant of the day, when what happened on it is known."""
        found = self._ends.get(on)
        if found is None:
            found = self._ends[on] = end_of(on, self._zone)
        return found


@dataclass(frozen=True)
class Presentation:
    """One run of a module: a class. `ends_on` is `starts_on` plus the length the data set gives."""

    module: str
    code: str
    starts_on: date
    ends_on: date

    @property
    def klass(self) -> str:
        return f"{self.module}-{self.code}"

    def day(self, number: int) -> date:
        return self.starts_on + timedelta(number)


def starts_on(field: str, code: str) -> date:
    """The first day of presentation `code`: the letter is the month, so 2013B is February and 2013J October."""
    found = _PRESENTATION.fullmatch(code)
    if not found or not 1970 <= int(found[1]) <= 2100:
        raise FieldError(field, code, "is not a presentation such as 2013J")
    return date(int(found[1]), ord(found[2]) - ord("A") + 1, 1)


@lru_cache(8192)
def day_number(field: str, text: str) -> int | None:
    """Days from the start of the presentation; None where the file does not say."""
    if not text:
        return None
    if not DAY.fullmatch(text) or abs(int(text.partition(".")[0])) > LARGEST:
        raise FieldError(field, text, f"is not a day number from {-LARGEST} to {LARGEST}")
    return int(text.partition(".")[0])
