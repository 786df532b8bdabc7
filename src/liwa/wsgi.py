"""The WSGI application that `liwa serve` runs.

What learning tools send (`/xapi/`) is answered without Django's middleware: it has neither sessions nor forms, and
comes a thousand times a second. `liwa.api.urls` gives the same answers.
"""

import gc
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

os.umask(0o077)  # what Liwa writes is its owner's alone
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liwa.settings")

_CACHE_KIB = 2048
# New objects after which the collector looks for cycles: a request of 1,000 statements makes thousands, and no cycle.
_CYCLES = 20_000
_pages = get_wsgi_application()

from liwa.api.xapi.answers import REASONS  # noqa: E402
from liwa.api.xapi.entry import PREFIX, answer  # noqa: E402  (Django is set up by the line above)
from liwa.api.xapi.resources import resources  # noqa: E402

resources()  # what answers is loaded before the first request
# All that is loaded by now stays; the collector of cycles need not go through it again and again.
gc.collect()
gc.freeze()
gc.set_threshold(_CYCLES)


@receiver(connection_created)
def _keep_small(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Many threads have a connection each: what SQLite would set aside for one is too much for all of them."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            cursor.execute("PRAGMA mmap_size = 0")  # the system's own cache serves all of them


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request."""
    path = environ["PATH_INFO"]
    if path.startswith(PREFIX) and path[len(PREFIX) : len(PREFIX) + 1] in ("", "/"):
        return _xapi(environ, start_response)
    return _pages(environ, start_response)


def _xapi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    try:
        found = answer(environ)
    finally:
        close_old_connections()  # back to the pool, or away if broken; Django's handler has a signal for it
    start_response(f"{found.status} {REASONS[found.status]}", list(found.headers.items()))
    # The server sends a list at once and keeps no thread waiting for a slow reader.
    return [found.body] if isinstance(found.body, bytes) else found.body
