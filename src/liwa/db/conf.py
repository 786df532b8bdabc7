"""Settings of the database."""

from liwa.core.config import setting

setting(
    "LIWA_DATABASE_URL",
    "",
    "The operational database: sqlite:///path or postgresql://user:password@host/name; "
    "by default SQLite in LIWA_HOME.",
    secret=True,
)
