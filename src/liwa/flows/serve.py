"""Running the web server."""

import errno
import socket

from django.db import connections
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from liwa.core.errors import Busy, Unavailable
from liwa.flows.production import refuse_unsafe

# Statements of many requests share one commit, for which each request waits in a thread of its own. Threads are
# made when they are needed and end when they are not. Those that wait for what clients send and read are fewer
# (liwa.api.xapi.rooms), so that slow ones stop nobody else.
THREADS = 64
# Whoever has not sent the headers by then is let go; the body is read only of those who have shown who they are.
HEADERS_MS = 15_000
# Of a connection: headers together (beyond it, 431), and what of a body is ahead of whoever reads it.
BUFFER = 64 * 1024


def check_port(host: str, port: int) -> None:
    """Raise Busy where the port is taken, Unavailable where the address is not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise Unavailable(f"Port {port} may not be used.", remedy="Choose one above 1023.") from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise Busy(f"Port {port} is taken.", remedy="Choose another with --port.") from None
            raise Unavailable(f"{host} is not an address of this machine.") from None


def run(host: str, port: int, workers: int) -> None:
    """Serve until stopped. Raises ConfigError where settings are unsafe."""
    refuse_unsafe(host)
    _let_go_of_database()
    Granian(
        "liwa.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADERS_MS, max_buffer_size=BUFFER),
        log_access=False,
        log_level=LogLevels.warning,
        websockets=False,
    ).serve()


def _let_go_of_database() -> None:
    """Close this process's connections: workers are forks of it, and two that speak on one line ruin each other's."""
    for connection in connections.all(initialized_only=True):
        connection.close()
        close_pool = getattr(connection, "close_pool", None)
        if close_pool:
            close_pool()
