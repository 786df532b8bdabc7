"""The special formats of the standard's strings: true or false, or the value they stand for. Used for statements
and for the parameters of requests alike, as the standard asks.

IRIs, language tags and media types come again and again: the answers about short ones are remembered.
"""

import re
from functools import lru_cache

from liwa.statements.validation.timestamps import is_rfc3339, is_timestamp, parse_timestamp

__all__ = [
    "is_duration",
    "is_iri",
    "is_language_tag",
    "is_mailto",
    "is_media_type",
    "is_rfc3339",
    "is_sha1",
    "is_sha2",
    "is_timestamp",
    "is_uuid",
    "is_version",
    "parse_timestamp",
]

_REMEMBERED = 8192
_SHORT = 300  # characters; a longer text is checked anew each time, so that memory stays bounded

# RFC 3987, as far as characters go: a scheme, then anything an IRI may hold, with whole percent escapes.
_IRI_TEXT = r"[^\x00-\x20\x7f-\x9f<>\"{}|\\^`%\ud800-\udfff]*+"
_IRI = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*+:{_IRI_TEXT}(?:%[0-9A-Fa-f]{{2}}{_IRI_TEXT})*+")
# An address of RFC 5322 without comments or quoting (which an IRI would have to escape).
_MAILTO = re.compile(
    r"mailto:[^\x00-\x20\x7f-\xa0@<>()\[\],;:\\\"]+"
    r"@(?:[^\x00-\x2c\x2f\x3a-\x40\x5b-\x5e\x60\x7b-\xa0]+|\[[0-9A-Za-z.:]+\])"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_SHA1 = re.compile(r"[0-9a-fA-F]{40}")
_SHA2 = re.compile(r"[0-9a-fA-F]+")
_SHA2_DIGITS = (56, 64, 96, 128)
# RFC 5646, section 2.1; the irregular tags of its registry are spelled out.
_LANGUAGE = re.compile(
    r"""(?: (?: [a-z]{2,3}(?:-[a-z]{3}){0,3} | [a-z]{4} | [a-z]{5,8} )  # language, extended language
            (?: -[a-z]{4} )?  # script
            (?: -(?:[a-z]{2}|[0-9]{3}) )?  # region
            (?: -(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}) )*  # variants
            (?: -[0-9a-wy-z](?:-[a-z0-9]{2,8})+ )*  # extensions
            (?: -x(?:-[a-z0-9]{1,8})+ )?
        | x(?:-[a-z0-9]{1,8})+
        | en-gb-oed | sgn-be-fr | sgn-be-nl | sgn-ch-de
        | i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)
        )""",
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
# ISO 8601:2004, 4.4.3.2: by units, or weeks alone; only the smallest unit may have a fraction.
_AMOUNT = r"[0-9]+(?:[.,][0-9]+)?"
_DURATION = re.compile(
    rf"P(?=.)(?:{_AMOUNT}W|(?:{_AMOUNT}Y)?(?:{_AMOUNT}M)?(?:{_AMOUNT}D)?"
    rf"(?:T(?=.)(?:{_AMOUNT}H)?(?:{_AMOUNT}M)?(?:{_AMOUNT}S)?)?)"
)
_FRACTION_BEFORE_END = re.compile(r"[.,][0-9]+[A-Z].")
_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_MEDIA_TYPE = re.compile(rf"{_TOKEN}/{_TOKEN}[ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?")
_VERSION_1 = re.compile(r"1\.0(?:\.[0-9][0-9A-Za-z.+-]*)?")
_VERSION_2 = re.compile(r"[12]\.0(?:\.[0-9][0-9A-Za-z.+-]*)?")


def is_iri(text: str) -> bool:
    """Whether it is an IRI: a scheme, and only characters that an IRI may have (RFC 3987)."""
    return _known_iri(text) if len(text) <= _SHORT else _IRI.fullmatch(text) is not None


@lru_cache(_REMEMBERED)
def _known_iri(text: str) -> bool:
    return _IRI.fullmatch(text) is not None


def is_mailto(text: str) -> bool:
    """Whether it is `mailto:` and one e-mail address."""
    return _MAILTO.fullmatch(text) is not None


def is_uuid(text: str) -> bool:
    """Whether it is a UUID in standard string form, whatever its variant."""
    return _UUID.fullmatch(text) is not None


def is_sha1(text: str) -> bool:
    """Whether it is a hexadecimal SHA-1 hash."""
    return _SHA1.fullmatch(text) is not None


def is_sha2(text: str) -> bool:
    """Whether it is a hexadecimal hash of one of the lengths of SHA-2."""
    return len(text) in _SHA2_DIGITS and _SHA2.fullmatch(text) is not None


def is_language_tag(text: str) -> bool:
    """Whether it is built as RFC 5646 says; its parts need not be registered."""
    return len(text) <= _SHORT and _known_language_tag(text)


@lru_cache(1024)
def _known_language_tag(text: str) -> bool:
    return _LANGUAGE.fullmatch(text) is not None


def is_duration(text: str) -> bool:
    """Whether it is a duration of ISO 8601 by units, like PT1H30M or P2W."""
    return _DURATION.fullmatch(text) is not None and _FRACTION_BEFORE_END.search(text) is None


def is_media_type(text: str) -> bool:
    """Whether it is an Internet media type (RFC 2046), with parameters or without."""
    return _known_media_type(text) if len(text) <= _SHORT else _MEDIA_TYPE.fullmatch(text) is not None


@lru_cache(1024)
def _known_media_type(text: str) -> bool:
    return _MEDIA_TYPE.fullmatch(text) is not None


def is_version(text: str, *, two: bool) -> bool:
    """Whether a statement may say this of its version: 1.0 and 1.0.x, and where `two` also 2.0 and 2.0.x."""
    return (_VERSION_2 if two else _VERSION_1).fullmatch(text) is not None
