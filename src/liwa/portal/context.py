"""What every page's template gets."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from liwa.digest.models import Refresh
from liwa.portal.pages import Page, pages, roles_of
from liwa.records.campus import profile


def portal(request: HttpRequest) -> dict[str, Any]:
    """`campus`, `refresh` (None before the first), `menu` and `languages`."""
    scope = getattr(request, "scope", None)
    campus = profile() if scope is None else scope.campus
    shown: dict[str, Any] = {"campus": campus, "languages": _languages()}
    if scope is not None:
        shown["menu"] = _menu(roles_of(request), request)
        shown["refresh"] = Refresh.objects.filter(pk="current").first()
    return shown


def _languages() -> list[tuple[str, str]]:
    """(code, the language's name in itself)."""
    own_names = {"en": "English", "zh-hans": "简体中文"}
    return [(code, own_names[code]) for code, _ in settings.LANGUAGES]


def _menu(roles: frozenset[str], request: HttpRequest) -> list[dict[str, Any]]:
    here = request.resolver_match.url_name if request.resolver_match else None
    entries: list[tuple[int, Page]] = [
        (one.menu.order, one) for _, one in pages.items() if one.menu and one.is_open_to(roles)
    ]
    return [
        {"name": one.name, "label": one.menu.label, "icon": one.menu.icon, "here": one.name == here}
        for _, one in sorted(entries, key=lambda entry: (entry[0], entry[1].name))
        if one.menu
    ]
