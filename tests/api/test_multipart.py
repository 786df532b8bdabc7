"""Multipart bodies, however they are cut into pieces."""

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liwa.api.xapi.multipart import Parts, boundary_of
from liwa.statements.errors import Malformed


def pieces(body: bytes, size: int) -> Callable[[int], bytes]:
    """A read function that gives at most `size` bytes at once."""
    at = 0

    def read(wanted: int) -> bytes:
        nonlocal at
        piece = body[at : at + min(wanted, size)]
        at += len(piece)
        return piece

    return read


def parse(body: bytes, size: int = 7) -> list[tuple[dict[str, str], bytes]]:
    return [(part.headers, b"".join(part.content)) for part in Parts(pieces(body, size), b"-b'+")]


def written(parts: list[tuple[dict[str, str], bytes]], before: bytes = b"", after: bytes = b"") -> bytes:
    body = before
    for headers, content in parts:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        body += b"--" + b"-b'+" + b"\r\n" + lines.encode() + b"\r\n" + content + b"\r\n"
    return body + b"---b'+--" + after


contents = st.lists(
    st.sampled_from([b"\r\n", b"\r", b"\n", b"--", b"-", b"b'", b"-b'", b"+", b"x", b"\0"])
).map(b"".join)
headers = st.dictionaries(
    st.sampled_from(["content-type", "x-a", "b"]), st.sampled_from(["", "a b", "é", "a:b"])
)


@given(st.lists(st.tuples(headers, contents)), st.integers(1, 30), st.booleans())
def test_what_is_written_is_read(parts: list[tuple[dict[str, str], bytes]], size: int, around: bool) -> None:
    sent = [(head, content) for head, content in parts if b"---b'+" not in b"\r\n" + content + b"\r\n"]
    before, after = (b"ignored\r\n", b"\r\nignored") if around else (b"", b"")
    assert parse(written(sent, before, after), size) == sent


def test_a_part_that_is_not_read_is_passed_over() -> None:
    body = written([({"a": "1"}, b"x" * 100_000), ({"a": "2"}, b"y")])
    assert [part.headers for part in Parts(pieces(body, 1000), b"-b'+")] == [{"a": "1"}, {"a": "2"}]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no boundary",
        b"---b'+\r\na: 1\r\n\r\ncut off",
        b"---b'+\r\na: 1\r\n\r\ncontent\r\n---b'+",
        b"---b'+ more\r\n\r\ncontent\r\n---b'+--",
        b"---b'+\r\nno header\r\n\r\ncontent\r\n---b'+--",
        b"---b'+\r\na: \xff\r\n\r\ncontent\r\n---b'+--",
        b"---b'+\r\na: " + b"x" * 100_000 + b"\r\n\r\ncontent\r\n---b'+--",
        b"---b'+" + b" " * 100_000 + b"\r\n\r\ncontent\r\n---b'+--",
        b"x" * 100_000 + b"\r\n---b'+--",
    ],
)
def test_what_is_not_multipart_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse(body, 500)


@given(st.binary(max_size=200))
def test_anything_is_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(Malformed):
        parse(b"---b'+\r\n" + body)


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/mixed; boundary=abc", b"abc"),
        ('multipart/mixed;boundary="abcABC0123\'()+_,-./:=?"', b"abcABC0123'()+_,-./:=?"),
        ("multipart/mixed; charset=x; Boundary=-------31", b"-------31"),
    ],
)
def test_boundaries(content_type: str, boundary: bytes) -> None:
    assert boundary_of(content_type) == boundary


@pytest.mark.parametrize(
    "given",
    ["", "; boundary=", "; boundary*=x''abc", "; boundary=é", f"; boundary={'a' * 71}", '; boundary="a "'],
)
def test_no_boundary(given: str) -> None:
    with pytest.raises(Malformed):
        boundary_of(f"multipart/mixed{given}")
