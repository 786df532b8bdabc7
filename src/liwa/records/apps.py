"""The Django app."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    name = "liwa.records"
    label = "records"
