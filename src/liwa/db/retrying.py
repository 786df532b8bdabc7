"""Temporary."""

from django.db import transaction


def retrying(function, *args, **kwargs):
    with transaction.atomic(durable=True):
        return function(*args, **kwargs)
