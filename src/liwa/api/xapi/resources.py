"""The resources, found in the modules beside this one: each that has any lists them as RESOURCES."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from liwa.api.xapi.call import Resource
from liwa.statements.models.credentials import Credential

_MODULES = ("about", "activities", "agents", "documents", "openapi", "statements")
# Who asks for what is everybody's.
ANONYMOUS = Credential(key="", name="", scopes=[])


@cache
def resources() -> Mapping[str, Resource]:
    """Every resource by its path below `/xapi/`."""
    found: list[Resource] = []
    for name in _MODULES:
        found += import_module(f"liwa.api.xapi.{name}").RESOURCES
    return {one.path: one for one in sorted(found, key=lambda one: one.path)}
