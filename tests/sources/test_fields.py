from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from liwa.sources.fields import day, day_in, flag, identifier, instant, number, one_of, whole, words
from liwa.sources.tables import FieldError

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("parse", "text", "meant"),
    [
        (day, "2026-03-01", date(2026, 3, 1)),
        (day, "2026/3/1", date(2026, 3, 1)),
        (day, "20260301", date(2026, 3, 1)),
        (day, "2026-03-01T00:00:00.000Z", date(2026, 3, 1)),
        (day, "", None),
        (number, "17.5", 17.5),
        (number, "-3", -3.0),
        (number, "", None),
        (whole, "12", 12),
        (flag, "TRUE", True),
        (flag, "0", False),
        (flag, "", None),
        (words, "a, b ,,c", ["a", "b", "c"]),
        (one_of("fully graded"), "FullyGraded", "fully graded"),
        (one_of("a", also={"bee": "b"}), "BEE", "b"),
        (one_of("a", own=True), "ext:mine", "ext:mine"),
        (day_in(SHANGHAI), "2026-03-01T16:00:00Z", date(2026, 3, 2)),
    ],
)
def test_meaning(parse: Callable[[str, str], Any], text: str, meant: object) -> None:
    assert parse("field", text) == meant


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (day, "2026-02-29"),
        (day, "01/03/2026"),
        (day, "2026-03"),
        (day, "0026-03-01"),
        (day, "２０２６-03-01"),
        (number, "1,5"),
        (number, "nan"),
        (number, "inf"),
        (number, "1e999"),
        (number, "0x10"),
        (number, "1_000"),
        (whole, "1.5"),
        (whole, "1" * 30),
        (flag, "perhaps"),
        (identifier, ""),
        (identifier, "a\x07b"),
        (identifier, "x" * 256),
        (one_of("a"), "ext:mine"),
    ],
)
def test_refusal(parse: Callable[[str, str], Any], text: str) -> None:
    with pytest.raises(FieldError):
        parse("field", text)


@pytest.mark.parametrize(
    ("text", "zone", "meant"),
    [
        ("2026-03-01T08:00:00Z", SHANGHAI, datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("2026-03-01T08:00:00+08:00", LONDON, datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01 08:00", SHANGHAI, datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01", SHANGHAI, datetime(2026, 2, 28, 16, tzinfo=UTC)),
        ("2026/3/1", SHANGHAI, datetime(2026, 2, 28, 16, tzinfo=UTC)),
        # clocks go forward over 01:30 on 29 March and back to 01:30 on 25 October
        ("2026-03-29T01:30:00", LONDON, datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("2026-10-25T01:30:00", LONDON, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_instants(text: str, zone: ZoneInfo, meant: datetime) -> None:
    assert instant("field", text, zone) == meant


@pytest.mark.parametrize(
    "text", ["tomorrow", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59Z"]
)
def test_no_instants(text: str) -> None:
    with pytest.raises(FieldError):
        instant("field", text, SHANGHAI)
