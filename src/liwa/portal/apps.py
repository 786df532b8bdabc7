"""The Django app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "liwa.portal"
    label = "portal"
