"""Where a request comes from."""

from django.conf import settings
from django.http import HttpRequest

LOOPBACK = ("127.0.0.1", "::1")


def client_address(request: HttpRequest) -> str:
    """The address of whoever asked: in production, behind a proxy on this machine, the one the proxy saw.

    The last entry of X-Forwarded-For is the proxy's own; what stands before it anybody could have written.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = str(request.META.get("HTTP_X_FORWARDED_FOR", "")).rpartition(",")[2].strip()
    if settings.PRODUCTION and direct in LOOPBACK and forwarded:
        return forwarded
    return direct
