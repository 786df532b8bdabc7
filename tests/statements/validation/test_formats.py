"""The formats of strings, each with what it takes and what it does not."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liwa.statements.errors import Malformed
from liwa.statements.validation import formats
from liwa.statements.versions import Version

GOOD = {
    formats.is_iri: [
        "http://example.org",
        "https://例子.测试/路径?q=学#x",
        "urn:uuid:12345678-1234-4234-8234-1234567890ab",
        "mailto:a@example.org",
        "tag:example.org,2026:x",
        "http://[2001:db8::1]:80/a%20b",
        "a+b.c-1:x",
    ],
    formats.is_mailto: [
        "mailto:a@example.org",
        "mailto:first.last+tag@mail.example.org",
        "mailto:o'neil@localhost",
        "mailto:用户@例子.测试",
        "mailto:a@[192.0.2.1]",
    ],
    formats.is_uuid: ["12345678-1234-5678-1234-567812345678", "ABCDEFAB-cdef-1ABC-8DEF-abcdefabcdef"],
    formats.is_sha1: ["0123456789abcdefABCDEF0123456789abcdef01"],
    formats.is_sha2: ["ab" * 28, "AB" * 32, "0f" * 48, "ab" * 64],
    formats.is_language_tag: [
        "en",
        "EN-us",
        "zh-Hans-CN",
        "zh-cmn-Hans-CN",
        "es-419",
        "de-CH-1901",
        "sl-rozaj-biske-1994",
        "en-US-u-islamcal",
        "de-DE-x-private-1",
        "x-whatever",
        "und",
        "i-klingon",
        "en-GB-oed",
        "art-lojban",
        "ger",
        "abcde",
    ],
    formats.is_duration: [
        "P1Y",
        "P2W",
        "P0.5W",
        "PT0S",
        "P1Y2M10DT2H30M",
        "PT12,5H",
        "PT36M0.12567S",
        "P0Y0M0DT0H0M0S",
        "P7D",
    ],
    formats.is_media_type: [
        "text/plain",
        "application/vnd.example+json",
        "text/html; charset=utf-8",
        'a/b;c="d e"',
    ],
    formats.is_timestamp: [
        "2026-09-01T08:30:00Z",
        "2026-09-01T08:30:00.000+08:00",
        "2026-09-01T08:30:00,5-0330",
        "2026-09-01T08:30:00",
        "2026-09-01T08:30Z",
        "2026-09-01T08+01",
        "20260901T083000Z",
        "2026-W36-2T08:30:00Z",
        "2026-244T08:30:00Z",
        "2026-09-01T24:00:00Z",
        "2016-12-31T23:59:60Z",
        "2024-02-29T00:00:00.123456789Z",
        "2026-09-01T00:00:00+00:00",
    ],
    formats.is_rfc3339: [
        "2026-09-01T08:30:00Z",
        "2026-09-01t08:30:00.123456789z",
        "2026-09-01T08:30:00-11:30",
        "2016-12-31T18:59:60-05:00",
    ],
}
BAD = {
    formats.is_iri: [
        "",
        "example.org",
        "/a/b",
        "#x",
        "1http://x",
        "http://a b",
        "http://a/<b>",
        "http://a/{b}",
        "http://a\\b",
        "http://a/%2",
        "http://a/%zz",
        "http://a\n",
        "http://a/\x00",
        ":x",
    ],
    formats.is_mailto: [
        "",
        "mailto:",
        "mailto:a",
        "mailto:@example.org",
        "mailto:a@",
        "a@example.org",
        "mailto:a@b@c",
        "mailto:a b@example.org",
        "mailto:a@example.org,b@example.org",
        "mailto:a@example.org?subject=x",
        "mailto:a@exa mple.org",
        "mailto://a@example.org\n",
        "http://a@example.org",
    ],
    formats.is_uuid: [
        "",
        "1",
        "12345678-1234-5678-1234-56781234567g",
        "12345678-1234-5678-1234-567812345678\n",
        "１2345678-1234-5678-1234-567812345678",
        "123456781-234-5678-1234-567812345678",
    ],
    formats.is_sha1: ["", "a" * 39, "g" * 40, "a" * 41],
    formats.is_sha2: ["", "a" * 40, "g" * 64, "a" * 63],
    formats.is_language_tag: [
        "",
        "a",
        "en_US",
        "something",
        "a12345",
        "en-",
        "-en",
        "en--US",
        "en-a",
        "en-US-US",
        "x-",
        "en-x",
        "en-abcdefghi",
        "i-unknown",
        "\N{KELVIN SIGN}o",
        "en\n",
    ],
    formats.is_duration: [
        "",
        "P",
        "PT",
        "P1",
        "1D",
        "P1YT",
        "-P1D",
        "P1.5Y2M",
        "PT1.5H1S",
        "P1Y2W",
        "P1H",
        "PT1D",
        "PT.5S",
        "PT1.S",
        "p1d",
        "P1M1Y",
        "PT1S\n",
        "P0001-01-01T00:00:00",
        "PT٣S",
    ],
    formats.is_media_type: ["", "text", "text/", "/plain", "text plain", "text/plain charset", "a/b;\n"],
    formats.is_timestamp: [
        "",
        "now",
        "2026-09-01",
        "01/011/2015",
        "2026-09-01 08:30:00Z",
        "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-09-01T25:00:00Z",
        "2026-09-01T24:00:01Z",
        "2026-09-01T08:60:00Z",
        "2026-09-01T08:30:60Z",
        "2026-09-01T08:30:61Z",
        "2026-09-01T08:30:00-00",
        "2026-09-01T08:30:00-0000",
        "2026-09-01T08:30:00-00:00",
        "2026-09-01T08:30:00+24:00",
        "2026-09-01T08:30:00+01:60",
        "2026-09-01T08:30:00+1",
        "2026-09-01T083000Z",
        "20260901T08:30:00Z",
        "2026-W54-1T00:00:00Z",
        "2026-366T00:00:00Z",
        "2026-000T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59-01:00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T24:00:00Z",
        "2026-09-01T08:30:00.Z",
        "2026-09-01T08:30:00Z\n",
        "２026-09-01T08:30:00Z",
        "2026-09-01T08:30:00+01:00:30",
    ],
    formats.is_rfc3339: [
        "2026-09-01T08:30:00",
        "2026-09-01T08:30Z",
        "2026-09-01T08:30:00+01",
        "2026-09-01T08:30:00+0100",
        "2026-09-01T08:30:00,5Z",
        "20260901T083000Z",
        "2026-244T08:30:00Z",
        "2026-09-01T08:30:00-00:00",
    ],
}


@pytest.mark.parametrize(
    ("check", "text"), [(check, text) for check, texts in GOOD.items() for text in texts]
)
def test_takes(check: object, text: str) -> None:
    assert check(text)  # type: ignore[operator]


@pytest.mark.parametrize(("check", "text"), [(check, text) for check, texts in BAD.items() for text in texts])
def test_does_not_take(check: object, text: str) -> None:
    assert not check(text)  # type: ignore[operator]


@pytest.mark.parametrize("check", GOOD)
@given(text=st.text())
def test_any_text_gets_an_answer(check: object, text: str) -> None:
    assert check(text) in (True, False)  # type: ignore[operator]


@pytest.mark.parametrize("check", GOOD)
@pytest.mark.parametrize("piece", ["a", "%20", "-", "1", "a-", "é", "[.]", "P1Y"])
def test_a_megabyte_is_no_trouble(check: object, piece: str) -> None:
    check("http:" + piece * (1_000_000 // len(piece)))  # type: ignore[operator]
    check("2026-09-01T08:30:00." + "9" * 1_000_000)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-09-01T08:30:00+08:00", datetime(2026, 9, 1, 0, 30, tzinfo=UTC)),
        ("2026-09-01T08:30:00", datetime(2026, 9, 1, 8, 30, tzinfo=UTC)),
        ("2026-09-01T08:30:00.1234567Z", datetime(2026, 9, 1, 8, 30, 0, 123456, tzinfo=UTC)),
        ("2026-09-01T08,5Z", datetime(2026, 9, 1, 8, 30, tzinfo=UTC)),
        ("2026-09-01T08:30.25Z", datetime(2026, 9, 1, 8, 30, 15, tzinfo=UTC)),
        ("2026-W36-2T08:30Z", datetime(2026, 9, 1, 8, 30, tzinfo=UTC)),
        ("2026244T0830-0100", datetime(2026, 9, 1, 9, 30, tzinfo=UTC)),
        ("2026-08-31T24:00:00Z", datetime(2026, 9, 1, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
    ],
)
def test_timestamps_are_instants(text: str, instant: datetime) -> None:
    found = formats.parse_timestamp(text)
    assert found == instant
    assert found.utcoffset() == timedelta(0)


_zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2999, 1, 1), timezones=_zones)  # noqa: DTZ001
)
def test_what_python_writes_both_versions_read(instant: datetime) -> None:
    for version in Version:
        assert formats.parse_timestamp(instant.isoformat(), version) == instant


def test_no_timestamp_is_malformed() -> None:
    with pytest.raises(Malformed, match="ISO 8601"):
        formats.parse_timestamp("yesterday")
    with pytest.raises(Malformed, match="RFC 3339"):
        formats.parse_timestamp("2026-09-01T08:30:00", Version.V2)


def test_versions_of_statements() -> None:
    for text in ("1.0", "1.0.0", "1.0.3", "1.0.10"):
        assert formats.is_version(text, two=False)
        assert formats.is_version(text, two=True)
    for text in ("2.0", "2.0.0"):
        assert not formats.is_version(text, two=False)
        assert formats.is_version(text, two=True)
    for text in ("", "1", "1.1", "1.1.0", "0.9", "1.0.", "10.0.0", "3.0.0", "2.1.0", "1.0.0\n"):
        assert not formats.is_version(text, two=True)
