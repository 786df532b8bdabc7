"""The Django app."""

from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "liwa.care"
    label = "care"
