"""CSV with every kind of encoding, quoting and damage: no record lost, every line number true."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liwa.core.errors import SourceError
from liwa.core.rows import Refusal
from liwa.sources import tables
from liwa.sources.encoding import detect
from liwa.sources.files import Member, open_file
from liwa.sources.tables import Row, open_table

FRENCH = "nom,ville\nRené Müller,Besançon\nJosé Núñez,Málaga\nÅse Ødegård,Tromsø\n"
CHINESE = "姓名,学院\n王晓明,数学科学学院\n李娜,外语学院\n"


def member(data: bytes) -> Member:
    return Member("a.csv", len(data), lambda: io.BytesIO(data))


def read(data: bytes, encoding: str = "", delimiter: str = ",") -> list[tuple[int, Row] | Refusal]:
    return list(open_table(member(data), encoding=encoding, delimiter=delimiter).rows())


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        (FRENCH, "utf-8", "utf-8"),
        (FRENCH, "utf-8-sig", "utf-8-sig"),
        (FRENCH, "utf-16", "utf-16"),
        (FRENCH, "cp1252", "cp1252"),
        (CHINESE, "utf-8", "utf-8"),
        (CHINESE, "gb18030", "gb18030"),
        (CHINESE, "utf-16", "utf-16"),
        ("name,note\nAna,50 €\n", "cp1252", "cp1252"),
        ("姓名,备注\n王,“好”\n", "gb18030", "gb18030"),
        ("name,note\nMüßig,größer\n", "cp1252", "cp1252"),
    ],
)
def test_encoding_is_found(text: str, encoding: str, found: str) -> None:
    data = text.encode(encoding)
    assert detect(member(data)).name == found
    rows = [item[1] for item in read(data) if not isinstance(item, Refusal)]
    assert rows == list(csv.reader(io.StringIO(text)))[1:]


def test_encoding_given_wins() -> None:
    assert read("a\nä\n".encode("cp437"), "cp437") == [(2, ["ä"])]
    with pytest.raises(SourceError, match="not an encoding"):
        read(b"a\n1\n", "klingon")
    with pytest.raises(SourceError, match="not an encoding of text"):
        read(b"a\n1\n", "base64")


def test_one_bad_byte_in_utf8_refuses_one_line() -> None:
    data = CHINESE.encode().replace("李".encode(), b"\xe6\x9d")
    assert [item.line if isinstance(item, Refusal) else item[0] for item in read(data)] == [2, 3]
    assert isinstance(read(data)[1], Refusal)


def test_a_file_in_western_text_with_undefined_bytes_refuses_those_lines() -> None:
    found = read(b"a\nJos\xe9 \nx\x81 y\n")
    assert found[0] == (2, ["José "])
    assert isinstance(found[1], Refusal)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end: str) -> None:
    data = end.join(["a,b", "1,2", "", '"x' + end + 'y",2', "3,4", "", ""]).encode()
    assert read(data) == [(2, ["1", "2"]), (4, ["x" + end + "y", "2"]), (6, ["3", "4"])]


def test_broken_lines_do_not_take_others_with_them() -> None:
    data = b'a,b\n1,2\n"open,2\n3,4\n5\n6,7,8\n9,\x00\n"x"y,1\n,\n10,11\n'
    found = read(data)
    refused = [item.line for item in found if isinstance(item, Refusal)]
    assert refused == [3, 5, 6, 7, 8]
    assert [item for item in found if not isinstance(item, Refusal)] == [
        (2, ["1", "2"]),
        (4, ["3", "4"]),
        (10, ["10", "11"]),
    ]


def test_overlong_line_is_refused_without_being_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_LENGTH", 100)
    found = read(b"a,b\n" + b"x" * 1000 + b",1\n1,2\n")
    assert [item.line if isinstance(item, Refusal) else item[0] for item in found] == [2, 3]


def test_unclosed_quotation_mark_in_a_long_file() -> None:
    rows = [f"{number},x" for number in range(5000)]
    rows[7] = '"7,x'
    found = read("\n".join(["a,b", *rows]).encode())
    assert len(found) == 5000
    assert [item.line for item in found if isinstance(item, Refusal)] == [9]


def test_heading() -> None:
    table = open_table(member("\n \ufeff Name ,B\n1,2\n".encode()))
    assert table.require("NAME", "b") == (0, 1)
    with pytest.raises(SourceError, match="no column c"):
        table.require("c")
    with pytest.raises(SourceError, match="two columns"):
        open_table(member(b"a,A\n"))
    with pytest.raises(SourceError, match="empty"):
        open_table(member(b"\n\n"))
    with pytest.raises(SourceError, match="heading"):
        open_table(member(b'"a,b\n'))


def test_delimiter() -> None:
    assert read(b"a;b\n1,5;2\n", delimiter=";") == [(2, ["1,5", "2"])]
    with pytest.raises(SourceError, match="separate"):
        read(b"a\n", delimiter=";;")


def test_file_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"a\n1\n")
    assert list(open_table(open_file(path)).rows()) == [(2, ["1"])]


FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@given(st.lists(st.lists(FIELD, min_size=3, max_size=3), max_size=20), st.sampled_from(["\n", "\r\n"]))
@settings(max_examples=200, deadline=None)
def test_what_was_written_is_read(rows: list[list[str]], end: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b", "c"])
    lines = []
    for row in rows:
        lines.append(len(out.getvalue().encode().replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")))
        writer.writerow(row)
    data = out.getvalue().encode()
    expected = [(line, row) for line, row in zip(lines, rows, strict=True) if any(row)]
    assert read(data, "utf-8") == expected


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        found = read(b"a,b\n" + data)
    except SourceError:
        return
    lines = [item.line if isinstance(item, Refusal) else item[0] for item in found]
    assert lines == sorted(set(lines))
