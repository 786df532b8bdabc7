"""From LIWA_DATABASE_URL to Django's settings of the database."""

from pathlib import Path
from typing import Any

from liwa.core.errors import ConfigError
from liwa.db.engines import engines

DEFAULT = "sqlite:///liwa.sqlite3"


def database_settings(url: str, home: Path) -> dict[str, Any]:
    """DATABASES["default"] for `url`; the default is `liwa.sqlite3` in `home` (LIWA_HOME).

    Raises ConfigError for an unknown scheme or a malformed URL, without showing the URL: it may hold a password.
    """
    scheme, found, _ = (url or DEFAULT).partition("://")
    if not found or not scheme.isidentifier():
        raise ConfigError(
            "LIWA_DATABASE_URL is not a URL.",
            remedy="Use sqlite:///file, postgresql://user:password@host/name or opengauss://user:password@host/name.",
        )
    if scheme not in engines:
        raise ConfigError(
            f"LIWA_DATABASE_URL names a kind of database that Liwa does not know: {scheme}.",
            remedy=f"Known: {', '.join(engines)}.",
        )
    return engines[scheme].settings(url or DEFAULT, home)
