"""Settings of the learning record store."""

from liwa.core.config import setting
from liwa.statements.scopes import pairs


def _page(text: str) -> int:
    """A whole number of statements, at least one."""
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise ValueError("use a whole number of statements, 1 to 10000")
    return int(text)


setting(
    "LIWA_XAPI_PAGE",
    500,
    "The most statements one answer of the learning record store holds.",
    parse=_page,
)
setting(
    "LIWA_XAPI_TOKEN_ISSUER",
    "",
    "Issuer (`iss`) whose bearer tokens are taken, such as https://login.example.edu; none by default.",
)
setting("LIWA_XAPI_TOKEN_AUDIENCE", "", "Audience (`aud`) that names this store in those tokens.")
setting(
    "LIWA_XAPI_TOKEN_KEYS",
    "",
    "Where the issuer publishes its public keys (a JWKS): an https address, or a file.",
)
setting(
    "LIWA_XAPI_TOKEN_SCOPES",
    (),
    "The issuer's words for scopes, as theirs=ours,…; by default the words are the standard's.",
    parse=pairs,
)
