"""Reading multipart/mixed (RFC 2046, 5.1) in pieces, whatever its size."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils.http import parse_header_parameters

from liwa.statements.errors import Malformed

CHUNK = 64 * 1024
MOST_HEADERS = 16 * 1024  # bytes of the headers of one part
MOST_PREAMBLE = 64 * 1024  # bytes before the first boundary
_BOUNDARY = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'()+_,-./:=? ")
_ENDS_EARLY = "the body ends without its closing boundary"


def boundary_of(content_type: str) -> bytes:
    """The boundary that a Content-Type names. Raises Malformed."""
    try:
        boundary = parse_header_parameters(content_type)[1].get("boundary", "")
    except ValueError:
        boundary = ""
    if not 0 < len(boundary) <= 70 or boundary[-1] == " " or not _BOUNDARY.issuperset(boundary):
        raise Malformed("multipart/mixed needs a boundary of 1 to 70 of the characters RFC 2046 allows")
    return boundary.encode("ascii")


@dataclass(frozen=True)
class Part:
    """One part: its headers by lower-case name, and its content, which is read once and before the next part."""

    headers: dict[str, str]
    content: Iterator[bytes]


class Parts:
    """The parts of a body, one after the other. Raises Malformed where it is not as it should be."""

    def __init__(self, read: Callable[[int], bytes], boundary: bytes) -> None:
        self._read = read
        self._mark = b"\r\n--" + boundary
        self._held = bytearray(b"\r\n")  # the first boundary may be the very first line
        self._skip_preamble()

    def __iter__(self) -> Iterator[Part]:
        while self._another():
            part = Part(self._headers(), self._content())
            yield part
            for _ in part.content:  # whatever was left unread
                pass
        while self._read(CHUNK):  # an epilogue means nothing
            pass

    def _more(self) -> None:
        piece = self._read(CHUNK)
        if not piece:
            raise Malformed(_ENDS_EARLY)
        self._held += piece

    def _skip_preamble(self) -> None:
        while (at := self._held.find(self._mark)) < 0:
            if len(self._held) > MOST_PREAMBLE:
                raise Malformed("the body does not begin with its boundary")
            self._more()
        del self._held[: at + len(self._mark)]

    def _another(self) -> bool:
        """Behind a boundary: whether a part follows."""
        while len(self._held) < 2:
            self._more()
        if self._held.startswith(b"--"):
            return False
        while (at := self._held.find(b"\r\n")) < 0:
            if len(self._held) > MOST_HEADERS:
                raise Malformed("a boundary is followed by something else on its line")
            self._more()
        if self._held[:at].strip(b" \t"):
            raise Malformed("a boundary is followed by something else on its line")
        del self._held[:at]  # the line's end stays: a part without headers begins with an empty line
        return True

    def _headers(self) -> dict[str, str]:
        while (at := self._held.find(b"\r\n\r\n")) < 0:
            if len(self._held) > MOST_HEADERS:
                break
            self._more()
        if not 0 <= at <= MOST_HEADERS:
            raise Malformed("the headers of a part do not end")
        try:
            lines = bytes(self._held[:at]).decode("utf-8").split("\r\n")[1:]
        except UnicodeDecodeError:
            raise Malformed("the headers of a part are not UTF-8") from None
        del self._held[: at + 4]
        # A part may be empty: its boundary then follows the headers' own line end.
        self._held[:0] = b"\r\n"
        return dict(_header(line) for line in lines)

    def _content(self) -> Iterator[bytes]:
        first = 2  # the line end that `_headers` put back
        keep = len(self._mark) - 1
        while (at := self._held.find(self._mark)) < 0:
            if len(self._held) - keep > first:
                yield bytes(self._held[first:-keep])
                del self._held[:-keep]
                first = 0
            self._more()
        if at > first:
            yield bytes(self._held[first:at])
        del self._held[: at + len(self._mark)]


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise Malformed("a line among the headers of a part is no header")
    return name.strip().lower(), value.strip()
