"""The Django app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Pages, templates, static files and translations; no tables of its own."""

    name = "liwa.portal"
    label = "portal"
