"""Settings of the database."""

from liwa.core.config import setting

setting(
    "LIWA_DATABASE_URL",
    "",
    "The operational database: sqlite:///path, postgresql://user:password@host/name or "
    "opengauss://user:password@host/name; by default SQLite in LIWA_HOME.",
    secret=True,
)
