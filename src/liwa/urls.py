"""All URLs: each folder that has a `urls.py` says its own `prefix` and `urlpatterns`."""

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from django.urls import URLResolver, include, path

import liwa

urlpatterns: list[URLResolver] = []
for folder in iter_modules(liwa.__path__):
    name = f"liwa.{folder.name}.urls"
    if folder.ispkg and folder.name != "db" and find_spec(name):
        urlpatterns.append(path(import_module(name).prefix, include(name)))

handler404 = "liwa.portal.errors.not_found"
handler403 = "liwa.portal.errors.forbidden"
handler500 = "liwa.portal.errors.broken"
