"""URLs of the servers that speak PostgreSQL's protocol: libpq's parameters, and a few of Liwa's own.

Beside what libpq knows (`sslmode`, `sslrootcert`, `target_session_attrs`, …) the query of a URL takes

* `schema`: where Liwa's tables are, put first on the search path;
* `pool_min`, `pool_max`: connections that a process keeps, and has at most;
* `pool_timeout`: seconds to wait for one of them;
* `pool_idle`: every so many seconds one connection is closed that nobody used in that time;
* `server_cursors`: `off` where a pooler gives each transaction another session.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from liwa.core.errors import ConfigError

# The connection's life is bounded too, so that a server taken out of the list of hosts is left some day.
_POOL = {"pool_min": "min_size", "pool_max": "max_size", "pool_timeout": "timeout", "pool_idle": "max_idle"}
_LIFE_SECONDS = 1800
_OURS = {*_POOL, "schema", "server_cursors"}
_SCHEMA = re.compile(r"[a-z_][a-z0-9_]{0,62}")
# What libpq would refuse only when it connects; https://www.postgresql.org/docs/current/libpq-connect.html
_CHOICES = {
    "sslmode": {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"},
    "target_session_attrs": {"any", "read-write", "read-only", "primary", "standby", "prefer-standby"},
}
# A line that is cut without a word is noticed within a minute, not after the two hours of the system's default.
_DEFAULTS = {
    "connect_timeout": "10",
    "application_name": "liwa",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}


def libpq_settings(url: str, backend: str, pool: Mapping[str, int]) -> dict[str, Any]:
    """Django's settings for `url`, whatever its scheme; `pool` has the defaults of the parameters of the pool.

    A schema is an option of its own, as Liwa's backend for openGauss takes it. Raises ConfigError, which never shows the URL: it may hold a password.
    """
    scheme = url.partition("://")[0]
    rest, ours = _parted(url)
    options = _parsed(rest, scheme)
    if not options.get("dbname"):
        raise _wrong("LIWA_DATABASE_URL names no database.", scheme)
    _check(options, scheme)
    for name, value in _DEFAULTS.items():
        options.setdefault(name, value)
    if "," in str(options.get("host", "")):
        options.setdefault("target_session_attrs", "read-write")  # Liwa writes; a standby is no place for it
    if "schema" in ours and not _SCHEMA.fullmatch(ours["schema"]):
        raise _wrong("schema in LIWA_DATABASE_URL is not a name of a-z, 0-9 and _.", scheme)
    return {
        "ENGINE": backend,
        "NAME": options.pop("dbname"),
        "USER": options.pop("user", ""),
        "PASSWORD": options.pop("password", ""),
        "HOST": options.pop("host", ""),
        "PORT": options.pop("port", ""),
        "CONN_HEALTH_CHECKS": True,  # with a pool: a connection is tried before it is lent
        "DISABLE_SERVER_SIDE_CURSORS": not _server_cursors(ours, scheme),
        "OPTIONS": {**options, **_schema(ours), "pool": _pool(ours, pool, scheme)},
    }


def with_search_path(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings for a backend that knows no option `schema`: the session's search path says it."""
    options = settings["OPTIONS"]
    if "schema" in options:
        path = f"-c search_path={options.pop('schema')}"
        options["options"] = f"{options.get('options') or ''} {path}".strip()
    return settings


def _schema(ours: Mapping[str, str]) -> dict[str, str]:
    return {"schema": ours["schema"]} if "schema" in ours else {}


def _wrong(sentence: str, scheme: str) -> ConfigError:
    return ConfigError(
        sentence,
        remedy=f"Use {scheme}://user:password@host:port/name?sslmode=verify-full, with %-escapes in the password.",
    )


def _parted(url: str) -> tuple[str, dict[str, str]]:
    """The URL as libpq reads it, and our own parameters."""
    head, _, query = url.partition("?")
    head = f"postgresql://{head.partition('://')[2]}"
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    ours = {name: text for name, _, text in pairs if name in _OURS}
    rest = "&".join("".join(pair) for pair in pairs if pair[0] not in _OURS)
    return f"{head}?{rest}" if rest else head, ours


def _parsed(url: str, scheme: str) -> dict[str, Any]:
    """What libpq reads in the URL."""
    import psycopg
    from psycopg import pq
    from psycopg.conninfo import conninfo_to_dict

    try:
        urlsplit(url)
        return dict(conninfo_to_dict(url))
    except (psycopg.Error, ValueError):  # either may quote the password
        pass
    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults()} | {"ssl"}
    given = [pair.partition("=")[0] for pair in url.partition("?")[2].split("&") if pair]
    if not known.issuperset(given):
        raise _wrong("LIWA_DATABASE_URL has a parameter that neither Liwa nor libpq knows.", scheme)
    raise _wrong(f"LIWA_DATABASE_URL is not a URL as {scheme}://… is one.", scheme)


def _check(options: Mapping[str, Any], scheme: str) -> None:
    ports = [port for port in str(options.get("port", "")).split(",") if port]
    if not all(port.isascii() and port.isdecimal() and 0 < int(port) < 65536 for port in ports):
        raise _wrong("The port in LIWA_DATABASE_URL is not a number from 1 to 65535.", scheme)
    hosts = str(options.get("host", "")).split(",")
    if len(ports) > 1 and len(ports) != len(hosts):
        raise _wrong("LIWA_DATABASE_URL has not as many ports as hosts.", scheme)
    for name, known in _CHOICES.items():
        if name in options and options[name] not in known:
            raise _wrong(f"{name} in LIWA_DATABASE_URL is none of {', '.join(sorted(known))}.", scheme)


def _server_cursors(ours: Mapping[str, str], scheme: str) -> bool:
    text = ours.get("server_cursors", "on")
    if text not in {"on", "off"}:
        raise _wrong("server_cursors in LIWA_DATABASE_URL is neither on nor off.", scheme)
    return text == "on"


def _pool(ours: Mapping[str, str], defaults: Mapping[str, int], scheme: str) -> dict[str, int]:
    """Psycopg's options for its pool."""
    pool = {"max_lifetime": _LIFE_SECONDS}
    for name, option in _POOL.items():
        text = ours.get(name, str(defaults[name]))
        if not (text.isascii() and text.isdecimal() and len(text) < 7):
            raise _wrong(f"{name} in LIWA_DATABASE_URL is not a whole number.", scheme)
        pool[option] = int(text)
    if not pool["min_size"] <= pool["max_size"] or not pool["max_size"]:
        raise _wrong("LIWA_DATABASE_URL wants a pool larger than pool_max.", scheme)
    if not pool["max_idle"]:
        raise _wrong("pool_idle in LIWA_DATABASE_URL is not a whole number above 0.", scheme)
    return pool
