"""Results, scores and attachments."""

from typing import Any

from liwa.statements.validation import formats
from liwa.statements.validation.paths import Path, mistyped, refuse, unformed
from liwa.statements.validation.values import (
    check_boolean,
    check_duration,
    check_extensions,
    check_iri,
    check_language_map,
    check_number,
    check_properties,
    check_string,
    require,
)

SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
SIGNATURE_TYPE = "application/octet-stream"


def _check_scaled(value: Any, path: Path) -> None:
    check_number(value, path)
    if not -1 <= value <= 1:
        refuse("must be between -1 and 1", path)


_SCORE = {"scaled": _check_scaled, "raw": check_number, "min": check_number, "max": check_number}


def _check_score(value: Any, path: Path) -> None:
    check_properties(value, path, _SCORE)
    low, high, raw = value.get("min"), value.get("max"), value.get("raw")
    if low is not None and high is not None and low >= high:
        refuse("must be less than max", (path, "min"))
    if raw is None:
        return
    if low is not None and raw < low:
        refuse("must not be less than min", (path, "raw"))
    if high is not None and raw > high:
        refuse("must not be more than max", (path, "raw"))


_RESULT = {
    "score": _check_score,
    "success": check_boolean,
    "completion": check_boolean,
    "response": check_string,
    "duration": check_duration,
    "extensions": check_extensions,
}


def check_result(value: Any, path: Path) -> None:
    """A Result."""
    check_properties(value, path, _RESULT)


def _check_media_type(value: Any, path: Path) -> None:
    check_string(value, path)
    if not formats.is_media_type(value):
        unformed("an Internet media type, like text/plain", path)


def _check_length(value: Any, path: Path) -> None:
    check_number(value, path)
    if value < 0 or value != value // 1:
        refuse("must be a whole number of octets", path)


def _check_sha2(value: Any, path: Path) -> None:
    check_string(value, path)
    if not formats.is_sha2(value):
        unformed("a SHA-2 hash in hexadecimal digits", path)


_ATTACHMENT = {
    "usageType": check_iri,
    "display": check_language_map,
    "description": check_language_map,
    "contentType": _check_media_type,
    "length": _check_length,
    "sha2": _check_sha2,
    "fileUrl": check_iri,
}


def check_attachments(value: Any, path: Path) -> None:
    """What a statement says of its attachments."""
    if type(value) is not list:
        mistyped(value, "an array", path)
    for at, attachment in enumerate(value):
        _check_attachment(attachment, (path, at))


def _check_attachment(value: Any, path: Path) -> None:
    check_properties(value, path, _ATTACHMENT)
    require(value, path, "usageType", "display", "contentType", "length", "sha2")
    if value["usageType"] == SIGNATURE and value["contentType"] != SIGNATURE_TYPE:
        refuse(f"a signature must be {SIGNATURE_TYPE}", (path, "contentType"))
