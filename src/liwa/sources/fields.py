"""What one field of a line means. Every parser takes (column name, text) and raises FieldError where it means nothing.

Text arrives trimmed. Blank is `None` (or '' for text): the file did not say.
"""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from liwa.core.clock import day_of, start_of
from liwa.sources.tables import FieldError

FIRST_YEAR = 1900
LAST_YEAR = 2200

_DATE = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|(\d{4})(\d{2})(\d{2})", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,18}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_TRUE = frozenset(("true", "1", "yes", "y", "t"))
_FALSE = frozenset(("false", "0", "no", "n", "f"))
MAX_ID = 255


def identifier(field: str, text: str) -> str:
    """A sourcedId that has to be there: 1 to 255 characters, none of them a control character."""
    if not text:
        raise FieldError(field, text, "is missing")
    if len(text) > MAX_ID:
        raise FieldError(field, text, f"has more than {MAX_ID} characters")
    if not text.isprintable():
        raise FieldError(field, text, "holds a control character")
    return text


def reference(field: str, text: str) -> str | None:
    """A sourcedId that may be left out."""
    return identifier(field, text) if text else None


def words(_field: str, text: str) -> list[str]:
    """A list within a field: separated by commas."""
    return [word for word in (part.strip() for part in text.split(",")) if word] if text else []


@lru_cache(4096)
def number(field: str, text: str) -> float | None:
    """A finite number with a decimal point, if any."""
    if not text:
        return None
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise FieldError(field, text, "is not a number")
    return float(text)


@lru_cache(4096)
def whole(field: str, text: str) -> int | None:
    """A number without a fraction."""
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise FieldError(field, text, "is not a whole number")
    return int(text)


def flag(field: str, text: str) -> bool | None:
    """True or false in the words exports use for them."""
    if not text:
        return None
    low = text.lower()
    if low in _TRUE:
        return True
    if low in _FALSE:
        return False
    raise FieldError(field, text, "is neither true nor false")


@lru_cache(4096)
def day(field: str, text: str) -> date | None:
    """A date as `2026-03-01`, `2026/3/1`, `2026.3.1` or `20260301`, with or without a time after it."""
    if not text:
        return None
    try:
        found = _written(text) or datetime.fromisoformat(text).date()
    except ValueError:
        raise FieldError(field, text, "is not a date such as 2026-03-01") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise FieldError(field, text, f"is not between {FIRST_YEAR} and {LAST_YEAR}")
    return found


def _written(text: str) -> date | None:
    match = _DATE.fullmatch(text)
    if not match:
        return None
    year, month, day_ = match.group(1, 3, 4) if match.group(1) else match.group(5, 6, 7)
    return date(int(year), int(month), int(day_))


@lru_cache(4096)
def instant(field: str, text: str, zone: ZoneInfo) -> datetime | None:
    """An ISO 8601 instant, UTC; where it names no offset it is in `zone`; a bare date is the start of that day.

    A time that occurs twice (clocks go back) is the first of the two; one that is skipped counts on from before.
    """
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        bare = day(field, text) if len(text) <= 10 else None
        if bare is None:
            raise FieldError(field, text, "is not a time such as 2026-03-01T08:30:00Z") from None
        return start_of(bare, zone)
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise FieldError(field, text, f"is not between {FIRST_YEAR} and {LAST_YEAR}")
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def instant_in(zone: ZoneInfo) -> Callable[[str, str], datetime | None]:
    """The parser of instants for files that write them in `zone`."""

    def parse(field: str, text: str) -> datetime | None:
        return instant(field, text, zone)

    return parse


def day_in(zone: ZoneInfo) -> Callable[[str, str], date | None]:
    """A parser of days that takes instants too: the day in `zone` on which the instant falls."""

    def parse(field: str, text: str) -> date | None:
        if len(text) <= len("2026-03-01"):
            return day(field, text)
        found = instant(field, text, zone)
        return day_of(found, zone) if found else None

    return parse


def one_of(*known: str, also: dict[str, str] | None = None, own: bool = False) -> Callable[[str, str], str]:
    """The parser of a word from a list; case, spaces, '_' and '-' do not matter.

    `also` maps further spellings to known words; with `own`, words that begin with `ext:` pass as they are.
    """
    spelled = {_squeezed(word): word for word in known}
    spelled |= {_squeezed(word): meant for word, meant in (also or {}).items()}

    def parse(field: str, text: str) -> str:
        found = spelled.get(_squeezed(text))
        if found is not None:
            return found
        if own and text.lower().startswith("ext:"):
            return text
        raise FieldError(field, text, f"is none of {', '.join(known)}")

    return parse


def _squeezed(word: str) -> str:
    return word.lower().replace("_", "").replace("-", "").replace(" ", "")


def in_order(first: str, begins: date | None, last: str, ends: date | None) -> None:
    """Raises FieldError where a period ends before it begins."""
    if begins and ends and ends < begins:
        raise FieldError(last, ends.isoformat(), f"is before {first} {begins.isoformat()}")
