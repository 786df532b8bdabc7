"""What a person sees when a page cannot be shown."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page, or none that the reader may see."""
    return _error(
        request,
        404,
        _("There is no such page"),
        _("Either it does not exist, or it is not one that you may see."),
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Known, but not allowed."""
    return _error(request, 403, _("That is not allowed"), _("You may not do this."))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form did not come from a page of ours, or from one opened before the last sign-in."""
    return _error(
        request,
        403,
        _("Please try that again"),
        _("The page you sent this from was too old. Go back, reload it and send it once more."),
    )


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """Too many wrong passwords for one account from one address (django-axes calls this)."""
    return _error(
        request,
        429,
        _("Too many attempts"),
        _("The password was wrong too often. Wait a quarter of an hour, then try again."),
    )


def broken(request: HttpRequest) -> HttpResponse:
    """Our defect. Rendered without the database, which may be what is broken."""
    return HttpResponse(render_to_string("portal/broken.html"), status=500)


def _error(request: HttpRequest, code: int, title: str, text: str) -> HttpResponse:
    return render(request, "portal/error.html", {"code": code, "title": title, "text": text}, status=code)
