"""The Django app."""

from django.apps import AppConfig


class DbConfig(AppConfig):
    name = "liwa.db"
    label = "db"
