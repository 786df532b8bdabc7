"""Files of xAPI statements, one at a time however long the file is: JSON lines, plain, gzip or Zstandard.

A JSON array of statements and a StatementResult, as a learning record store answers, are read too; such a file is
one JSON text and has to fit into memory.
"""

import gzip
import io
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import IO, cast

import msgspec
import pyarrow as pa

from liwa.core.errors import SourceError
from liwa.sources.files import readable

LINE = 16 << 20  # bytes of one line
DOCUMENT = 512 << 20  # bytes of a file that is one JSON text
GZIP, ZSTD, BOM = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xef\xbb\xbf"
PAGE_HEAD = 2_000  # bytes at either end of a page in which its list of statements is named
TOO_LONG = b""  # what a line that is too long reads as: no JSON, and so refused


class _Result(msgspec.Struct):
    statements: list[msgspec.Raw]


_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_list = msgspec.json.Decoder(list[msgspec.Raw])
_result = msgspec.json.Decoder(_Result)


def texts(path: Path) -> Iterator[tuple[int, bytes]]:
    """The JSON text of each statement in the file, with its line; of an array or of pages, with its place from 1.

    What is no JSON is given as it is, for the reader to refuse. Raises SourceError where the file is missing or
    damaged, or one JSON text that is too long.
    """
    if not path.is_file():
        raise SourceError(f"There is no file {path}.")
    with readable(path.name), _opened(path) as stream:
        lines = _lines(stream)
        first = list(_filled(lines, 2))
        if not first or _is_line(first[0][1]) or (len(first) == 2 and _is_line(first[1][1])):
            before = 0  # statements beyond the first of the pages that came before
            for line, text in chain(first, lines):
                for more, found in enumerate(_statements_of(text)):
                    before += more > 0
                    yield line + before, found
        else:
            yield from _document(path.name, chain(first, lines))


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as stream:
        magic = stream.read(4)
    if magic.startswith(GZIP):
        return cast(IO[bytes], gzip.open(path, "rb"))
    if magic == ZSTD:
        unpacked = pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")
        return io.BufferedReader(cast(io.RawIOBase, unpacked), 1 << 20)
    return path.open("rb")


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Every line that is not blank, without its end; one longer than LINE as TOO_LONG."""
    number = 0
    while text := stream.readline(LINE):
        number += 1
        if number == 1:
            text = text.removeprefix(BOM)
        if len(text) == LINE and not text.endswith(b"\n"):
            while not text.endswith(b"\n") and (text := stream.readline(LINE)):
                pass
            yield number, TOO_LONG
        elif stripped := text.strip():
            yield number, stripped


def _filled(lines: Iterator[tuple[int, bytes]], wanted: int) -> Iterator[tuple[int, bytes]]:
    for _, found in zip(range(wanted), lines, strict=False):
        yield found


def _is_line(text: bytes) -> bool:
    """Whether this line is a JSON object by itself."""
    try:
        _object.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _statements_of(text: bytes) -> list[bytes]:
    """The line's statement, or those of the page of a StatementResult that it is."""
    if b'"statements"' in text[:PAGE_HEAD] or b'"statements"' in text[-PAGE_HEAD:]:
        with suppress(msgspec.DecodeError, RecursionError):
            return [bytes(one) for one in _result.decode(text).statements]
    return [text]


def _document(name: str, lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """The statements of a file that is one JSON text; lines of it that are no JSON text are refused one by one."""
    content = bytearray()
    kept: list[tuple[int, int]] = []
    for line, text in lines:
        kept.append((line, len(content)))
        content += text + b"\n"
        if len(content) > DOCUMENT:
            raise SourceError(
                f"{name} is one JSON text of more than {DOCUMENT >> 20} MiB.",
                remedy="Write it as JSON lines: one statement a line.",
            )
    found = _whole(bytes(content))
    if found is not None:
        yield from enumerate((bytes(one) for one in found), start=1)
        return
    ends = [start for _, start in kept[1:]] + [len(content)]
    for (line, start), end in zip(kept, ends, strict=True):
        yield line, bytes(content[start : end - 1])


def _whole(content: bytes) -> list[msgspec.Raw] | None:
    """The statements of a JSON array, a StatementResult or one statement; None where it is none of these."""
    try:
        if content.startswith(b"["):
            return _list.decode(content)
        found = _object.decode(content)
        return _list.decode(found["statements"]) if "statements" in found else [msgspec.Raw(content.strip())]
    except (msgspec.DecodeError, RecursionError):
        return None
