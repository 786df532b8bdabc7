"""Timestamps: ISO 8601's combined date and time in xAPI 1.0.x, its profile RFC 3339 in 2.0.

An instant without a zone is UTC (1.0.x only). The offsets -00, -0000 and -00:00 are no ISO 8601. Digits beyond
the microsecond are dropped; a leap second is the first instant of the next minute.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone

from liwa.statements.errors import Malformed
from liwa.statements.versions import Version

_OFFSET = r"(?P<offset>[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
_FRACTION = r"(?:[.,](?P<fraction>[0-9]+))?"
# What nearly everyone sends; fromisoformat reads it.
_COMMON = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?(?:Z|[+-][0-9]{2}(?::?[0-5][0-9])?)?"
)
_EXTENDED = re.compile(
    r"(?P<year>[0-9]{4})-(?:(?P<month>[0-9]{2})-(?P<day>[0-9]{2})|W(?P<week>[0-9]{2})-(?P<weekday>[1-7])"
    r"|(?P<ordinal>[0-9]{3}))T(?P<hour>[0-9]{2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?)?"
    + _FRACTION
    + _OFFSET
)
_BASIC = re.compile(
    r"(?P<year>[0-9]{4})(?:(?P<month>[0-9]{2})(?P<day>[0-9]{2})|W(?P<week>[0-9]{2})(?P<weekday>[1-7])"
    r"|(?P<ordinal>[0-9]{3}))T(?P<hour>[0-9]{2})(?:(?P<minute>[0-9]{2})(?P<second>[0-9]{2})?)?"
    + _FRACTION
    + _OFFSET
)
_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_LEAST_ZONE = re.compile(r"-00(?::?00)?\Z")
_DIGITS = 18  # of a fraction that are read


def is_timestamp(text: str) -> bool:
    """Whether xAPI 1.0.x takes it as a timestamp."""
    return _instant(text) is not None


def is_rfc3339(text: str) -> bool:
    """Whether xAPI 2.0 takes it as a timestamp."""
    return _RFC_3339.fullmatch(text) is not None and _instant(text) is not None


def parse_timestamp(text: str, version: Version = Version.V1) -> datetime:
    """The instant, in UTC. Raises Malformed for what is no timestamp of this version."""
    found = _instant(text)
    if found is None or (version is Version.V2 and _RFC_3339.fullmatch(text) is None):
        kind = "an RFC 3339" if version is Version.V2 else "an ISO 8601"
        raise Malformed(f"must be {kind} timestamp, like 2026-09-01T08:30:00.000Z")
    return found


def _instant(text: str) -> datetime | None:
    if _LEAST_ZONE.search(text, 11):
        return None
    try:
        if _COMMON.fullmatch(text):
            try:
                found = datetime.fromisoformat(text)
            except ValueError:  # 24:00:00 and leap seconds are right, yet not for fromisoformat
                return _uncommon(text)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        return _uncommon(text)
    except (ValueError, OverflowError):
        return None


def _uncommon(text: str) -> datetime | None:
    """Whatever else ISO 8601 allows, or None; raises ValueError or OverflowError for a day that there is not."""
    upper = text.upper() if _RFC_3339.fullmatch(text) else text
    found = _EXTENDED.fullmatch(upper) or _BASIC.fullmatch(upper)
    if found is None:
        return None
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    unit = 1 if found["second"] else 60 if found["minute"] else 3600
    digits = (found["fraction"] or "0")[:_DIGITS]
    micros = int(digits) * unit * 1_000_000 // 10 ** len(digits)
    of_day = timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micros)
    leap = second == 60 and minute == 59
    if minute > 59 or (second > 59 and not leap) or (hour > 23 and of_day != timedelta(days=1)):
        return None
    start = datetime.combine(_day(found), datetime.min.time(), _zone(found["offset"]))
    return (start + of_day).astimezone(UTC)


def _day(found: re.Match[str]) -> date:
    year = int(found["year"])
    if found["week"]:
        return date.fromisocalendar(year, int(found["week"]), int(found["weekday"]))
    if found["ordinal"]:
        day = date(year, 1, 1) + timedelta(days=int(found["ordinal"]) - 1)
        if day.year != year:
            raise ValueError(found["ordinal"])
        return day
    return date(year, int(found["month"]), int(found["day"]))


def _zone(offset: str | None) -> timezone:
    if not offset or offset in "Zz":
        return UTC
    digits = offset[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or 0)
    if hours > 23 or minutes > 59:
        raise ValueError(offset)
    east = timedelta(hours=hours, minutes=minutes)
    return timezone(-east if offset[0] == "-" else east)
