"""Which encoding a text file is in, decided from its bytes by rules a person can check.

1. A byte order mark decides (UTF-8, UTF-16).
2. Bytes that are valid UTF-8 throughout are UTF-8.
3. Bytes in which sound UTF-8 sequences outnumber broken ones ten to one are UTF-8 with damaged lines,
   and those lines are refused.
4. Bytes that decode as GB18030 and of whose double-byte characters at least half lie in the rows of the 3,755
   everyday Chinese characters or of full-width punctuation are GB18030. Western text seldom does: its
   accented letters stand alone, so that they pair with an ASCII letter, outside those rows.
5. Anything else is Windows-1252.

`encoding` in a feed's options overrules all of it.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from liwa.core.errors import SourceError
from liwa.sources.files import Member

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAMPLE = 4 << 20
_UTF8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_DOUBLE = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]|[\x80-\xff]")
_EVERYDAY = re.compile(rb"[\xb0-\xd7\xa1-\xa3][\xa1-\xfe]")


@dataclass(frozen=True)
class Encoding:
    """`clean` means every byte decodes and no NUL is among them, so that lines need no second look."""

    name: str
    clean: bool


def detect(member: Member, wanted: str = "") -> Encoding:
    """The encoding of `member`, or `wanted` checked against it.

    Raises SourceError if `wanted` is no encoding Python knows, or the file is damaged.
    """
    head = _head(member)
    if wanted:
        return Encoding(_known(wanted), _decodes(member, _known(wanted)))
    for mark, name in _BOMS:
        if head.startswith(mark):
            return Encoding(name, _decodes(member, name))
    if _decodes(member, "utf-8", nul_matters=False):
        return Encoding("utf-8", not _has_nul(member))
    sample = _sample(member)
    name = "utf-8" if _mostly_utf8(sample) else "gb18030" if _is_chinese(sample) else "cp1252"
    return Encoding(name, _decodes(member, name))


def _known(name: str) -> str:
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        raise SourceError(
            f"{name!r} is not an encoding.", remedy="Use utf-8, gb18030 or windows-1252."
        ) from None
    if not getattr(found, "_is_text_encoding", True):
        raise SourceError(
            f"{name!r} is not an encoding of text.", remedy="Use utf-8, gb18030 or windows-1252."
        )
    return "utf-8-sig" if found.name == "utf-8" else found.name


def _head(member: Member) -> bytes:
    chunks = member.chunks()
    try:
        return next(chunks, b"")[:4]
    finally:
        _close(chunks)


def _close(chunks: Iterator[bytes]) -> None:
    close = getattr(chunks, "close", None)
    if close is not None:
        close()


def _decodes(member: Member, name: str, *, nul_matters: bool = True) -> bool:
    decoder = codecs.getincrementaldecoder(name)("strict")
    try:
        for chunk in member.chunks():
            text = decoder.decode(chunk)
            if nul_matters and "\0" in text:
                return False
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _has_nul(member: Member) -> bool:
    return any(b"\0" in chunk for chunk in member.chunks())


def _sample(member: Member) -> bytes:
    """The first lines that hold anything but ASCII, up to a few megabytes of them."""
    kept: list[bytes] = []
    size = 0
    for chunk in member.chunks():
        if not chunk.isascii():
            kept.append(chunk)
            size += len(chunk)
        if size >= _SAMPLE:
            break
    return b"".join(kept)


def _mostly_utf8(sample: bytes) -> bool:
    sound = sum(len(found) for found in _UTF8.findall(sample))
    broken = len(_HIGH.findall(sample)) - sound
    return sound >= 10 * broken


def _is_chinese(sample: bytes) -> bool:
    # The sample may stop in the middle of a character.
    try:
        codecs.getincrementaldecoder("gb18030")("strict").decode(sample)
    except UnicodeError:
        return False
    pairs = _DOUBLE.findall(sample)
    return sum(1 for pair in pairs if _EVERYDAY.fullmatch(pair)) * 2 >= len(pairs)
