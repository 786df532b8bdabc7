"""Running the web server."""

import errno
import socket

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from liwa.core.errors import Busy, Unavailable
from liwa.flows.production import refuse_unsafe

THREADS = 4


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
    Granian(
        "liwa.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        log_access=False,
        log_level=LogLevels.warning,
        websockets=False,
    ).serve()
