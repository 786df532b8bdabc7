"""The Django app."""

from django.apps import AppConfig


class StatementsConfig(AppConfig):
    name = "liwa.statements"
    label = "statements"
