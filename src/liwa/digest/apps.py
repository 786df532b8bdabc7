"""The Django app."""

from django.apps import AppConfig


class DigestConfig(AppConfig):
    name = "liwa.digest"
    label = "digest"
