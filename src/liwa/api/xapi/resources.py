"""The resources, found in the modules beside this one: those that have any list them as RESOURCES."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from liwa.api.xapi.call import Resource
from liwa.statements.models.credentials import Credential

_PACKAGE = "liwa.api.xapi"
# Who asks for what is everybody's.
ANONYMOUS = Credential(key="", name="", scopes=[])


@cache
def resources() -> Mapping[str, Resource]:
    """Every resource by its path below `/xapi/`."""
    names = (f"{_PACKAGE}.{module.name}" for module in iter_modules(import_module(_PACKAGE).__path__))
    found = (one for name in names for one in getattr(import_module(name), "RESOURCES", ()))
    return {one.path: one for one in sorted(found, key=lambda one: one.path)}
