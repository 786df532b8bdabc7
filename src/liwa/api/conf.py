"""Settings of what other programs speak to."""

from liwa.core.config import setting


def _megabytes(text: str) -> int:
    """A whole number of megabytes, at least one."""
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise ValueError("use a whole number of megabytes, at least 1")
    return int(text)


setting(
    "LIWA_XAPI_JSON_MB",
    8,
    "The largest JSON of one request of statements, in megabytes; beyond it the answer is 413.",
    parse=_megabytes,
)
setting(
    "LIWA_XAPI_DOCUMENT_MB",
    8,
    "The largest document (state, profile) of learning tools, in megabytes; beyond it the answer is 413.",
    parse=_megabytes,
)
setting(
    "LIWA_XAPI_ATTACHMENT_MB",
    200,
    "The largest attachment of a statement, in megabytes; beyond it the answer is 413.",
    parse=_megabytes,
)
setting(
    "LIWA_XAPI_REQUEST_MB",
    500,
    "The largest request of statements with attachments, in megabytes; beyond it the answer is 413.",
    parse=_megabytes,
)
