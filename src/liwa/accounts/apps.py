"""The Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "liwa.accounts"
    label = "accounts"
