"""The portal's URLs, made from the registered pages."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import path, register_converter

from liwa.portal.converters import IdConverter

register_converter(IdConverter, "id")

from liwa.portal.pages import url_patterns  # noqa: E402  (routes are parsed with the converter above)

prefix = ""


def icon(_request: HttpRequest) -> HttpResponse:
    """Pages name their icon; beside what is no HTML, such as a card's JSON, browsers look for it here."""
    return redirect(static("portal/icon.svg"))


urlpatterns = [path("favicon.ico", icon), *url_patterns()]
