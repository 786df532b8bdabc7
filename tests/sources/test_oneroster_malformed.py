"""Whatever a bundle holds: no error but a SourceError, and no line lost."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from liwa.core.errors import SourceError
from liwa.core.rows import Accepted, Refusal
from tests.sources.bundles import HEADINGS, read_all, written, zipped

IDS = st.sampled_from(["a", "b", "c1", "", " a ", "x" * 300, "a\x07"])
ODD = st.one_of(
    IDS,
    st.sampled_from(
        [
            "active",
            "tobedeleted",
            "gone",
            "student",
            "Teacher",
            "wizard",
            "2026-09-01",
            "2026/9/1",
            "2026-02-30",
            "0000-00-00",
            "9999-12-31T23:59:59+14:00",
            "2026-09-01T08:00:00Z",
            "1e400",
            "-5",
            "17.5",
            "١٢",
            "true",
            "perhaps",
            "fully graded",
            "{}",
            "'; DROP TABLE user; --",
            "=1+1",
            "\ufeff",
            "a,b,,c",
        ]
    ),
    st.text(max_size=6),
)
NAMES = st.sampled_from(sorted(HEADINGS))


@st.composite
def a_file(draw: st.DrawFn) -> tuple[str, str, int]:
    """A file's name, its text, and how many records are in it: of the right width, but with any content."""
    name = draw(NAMES)
    width = HEADINGS[name].count(",") + 1
    rows = draw(st.lists(st.lists(ODD, min_size=width, max_size=width), max_size=4))
    text = written(HEADINGS[name], rows)
    # what csv itself makes of it: a line of blanks is no record
    records = [row for row in csv.reader(io.StringIO(text)) if any(row)]
    return name, text, len(records) - 1


def check(members: dict[str, bytes]) -> dict[str, int] | None:
    """How many lines of each file were taken or refused; None where the bundle was refused as a whole."""
    with TemporaryDirectory() as folder:
        try:
            found = read_all(zipped(Path(folder) / "sis.zip", dict(members)))
        except SourceError:
            return None
    for items in found.values():
        lines = [item.line for item in items]
        assert lines == sorted(set(lines))
        assert all(isinstance(item, Accepted | Refusal) and item.line > 1 for item in items)
    return {file: len(items) for file, items in found.items()}


@given(st.lists(a_file(), min_size=1, max_size=3, unique_by=lambda made: made[0]))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_content(made: list[tuple[str, str, int]]) -> None:
    encoded = {name: text.encode("utf-8", "replace") for name, text, _ in made}
    assert check(encoded) == {name: count for name, _, count in made}


@given(a_file(), st.lists(st.tuples(st.integers(0, 10_000), st.binary(max_size=3)), max_size=4))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_damage(made: tuple[str, str, int], cuts: list[tuple[int, bytes]]) -> None:
    data = bytearray(made[1].encode("utf-8", "replace"))
    for place, piece in cuts:
        at = place % (len(data) + 1)
        data[at : at + len(piece)] = piece
    check({made[0]: bytes(data)})


@given(st.binary(max_size=60), NAMES, st.booleans())
@settings(max_examples=200, deadline=None)
def test_any_bytes(data: bytes, name: str, as_manifest: bool) -> None:
    members = {name: HEADINGS[name].encode() + b"\n" + data}
    if as_manifest:
        members["manifest.csv"] = b"propertyName,value\n" + data
    check(members)
