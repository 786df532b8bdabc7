"""How letters leave: by SMTP where a server is named, else onto the console. Settings become Django's here."""

from collections.abc import Iterator, Mapping
from typing import Any

CONSOLE = "django.core.mail.backends.console.EmailBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
HERE = ("localhost", "127.0.0.1", "::1")
WAIT_SECONDS = 30


def django_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Django's settings of mail."""
    host = values["LIWA_MAIL_HOST"]
    return {
        "EMAIL_BACKEND": SMTP if host else CONSOLE,
        "EMAIL_HOST": host,
        "EMAIL_PORT": values["LIWA_MAIL_PORT"],
        "EMAIL_HOST_USER": values["LIWA_MAIL_USER"],
        "EMAIL_HOST_PASSWORD": values["LIWA_MAIL_PASSWORD"],
        "EMAIL_USE_TLS": bool(host) and values["LIWA_MAIL_SECURITY"] == "starttls",
        "EMAIL_USE_SSL": bool(host) and values["LIWA_MAIL_SECURITY"] == "tls",
        "EMAIL_TIMEOUT": WAIT_SECONDS,
        "DEFAULT_FROM_EMAIL": values["LIWA_MAIL_FROM"] or "liwa@localhost",
    }


def unsafe(values: Mapping[str, Any]) -> Iterator[str]:
    """What about these settings must not be in production."""
    if not values["LIWA_MAIL_HOST"]:
        return
    if values["LIWA_MAIL_SECURITY"] == "none" and values["LIWA_MAIL_HOST"] not in HERE:
        yield "LIWA_MAIL_SECURITY is none, so letters and the password would travel in the clear"
    if "@" not in values["LIWA_MAIL_FROM"]:
        yield "LIWA_MAIL_FROM is not an address, and letters need a sender"
