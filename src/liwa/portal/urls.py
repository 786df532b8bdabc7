"""The portal's URLs, made from the registered pages."""

from django.urls import register_converter

from liwa.portal.converters import IdConverter

register_converter(IdConverter, "id")

from liwa.portal.pages import url_patterns  # noqa: E402  (routes are parsed with the converter above)

prefix = ""
urlpatterns = url_patterns()
