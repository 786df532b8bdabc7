"""What must hold before pages are served to others."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from liwa.care.mail import unsafe as unsafe_mail
from liwa.core.config import config, home
from liwa.core.errors import ConfigError

OTHERS = 0o007
OWNER_ONLY = 0o077
LOOPBACK = {"127.0.0.1", "::1", "[::1]", "localhost"}


def refuse_unsafe(host: str) -> None:
    """Raise ConfigError naming every unsafe setting when in production, or when others could reach a local one."""
    values = config()
    found = list(_unsafe()) if values["LIWA_MODE"] == "production" else list(_exposed(host))
    if found:
        raise ConfigError(
            "Liwa does not start: " + "; ".join(found) + ".", remedy="docs/settings.md says more."
        )


def _exposed(host: str) -> Iterator[str]:
    values = config()
    if host not in LOOPBACK:
        yield f"listening on {host} lets others in, which needs LIWA_MODE=production"
    if values["LIWA_URL"] or set(values["LIWA_HOSTS"]) - LOOPBACK:
        yield "LIWA_URL or LIWA_HOSTS names an address for others, which needs LIWA_MODE=production"


def _unsafe() -> Iterator[str]:
    values = config()
    if values["LIWA_DEBUG"]:
        yield "LIWA_DEBUG is on"
    if urlsplit(values["LIWA_URL"]).scheme != "https":
        yield "LIWA_URL is not an https address"
    if "*" in values["LIWA_HOSTS"]:
        yield "LIWA_HOSTS allows every name"
    name = urlsplit(values["LIWA_URL"]).hostname
    if name and name not in values["LIWA_HOSTS"]:
        yield f"LIWA_HOSTS lacks {name}"
    key = values["LIWA_SECRET_KEY"]
    if key and len(key) < 40:
        yield "LIWA_SECRET_KEY is shorter than 40 characters"
    if home().stat().st_mode & OTHERS:
        yield f"everyone on this machine can look into {home()} (chmod 0750)"
    kept = home() / "secret.key"
    yield from unsafe_mail(values)
    if not key and kept.exists() and kept.stat().st_mode & OWNER_ONLY:
        yield f"{kept} can be read by others"
