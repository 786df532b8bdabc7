"""The pages, each registered from its own file.

To add a page, write three things; nothing central lists them:

1. `portal/questions/<x>.py`: functions that answer the page's question from `request.scope`'s querysets, in a
   number of queries that does not grow with the rows (a test counts them). What the account may not see is not in
   the queryset; use `get_object_or_404(queryset, pk=…)` so that it is as if it did not exist.
2. `portal/pages/<x>.py`:

       @page(
           "klass", "class/<id:klass>/", roles={Duty.LEADERSHIP, "teacher"},
           menu=Menu(_("My classes"), "book", order=20), home_of="teacher",
       )
       def klass(request: PageRequest, klass: str) -> HttpResponse:
           return answer(request, "klass", {"klass": …})

   * `name` is the URL name, also the template's: `portal/<name>.html` (`answer` renders it; for an htmx request it
     renders `portal/<name>_part.html` where that exists).
   * `route` names objects by their noun: `<id:student>`, `<id:klass>`, `<id:feed>`, `<int:load>`, `<id:card>`. The
     `id` converter copes with any sourcedId. The scope test knows these nouns (`tests/portal/test_scope.py`) and
     opens every page as every role with objects of its own and of others: a new noun needs one line there.
   * `roles`: who may open it; others get 404, the signed-out are sent to sign in. `SIGNED_IN` is everyone with an
     account, `PUBLIC` everyone, `IN_A_CASE` whoever has or may have cases, "supervisor" who leads an org.
   * `menu` only for routes without objects; `home_of` makes it the page a role lands on.
   * `methods`: add "POST" where the page takes a form. Forms carry `{% csrf_token %}`; a view that changes
     something calls a function of `portal/actions.py` and redirects.
   * Opening one student's page calls `actions.note_viewing(request.scope, student, "<page>")`.
3. `portal/templates/portal/<name>.html`: `{% extends "portal/shell.html" %}`, `{% load i18n portal %}`, blocks
   `title` (the window's), `heading` (the page's), `pretitle` (small line above it), `actions` (right of it) and
   `content`. No inline script, handler or style: the Content-Security-Policy forbids them.
   Tags (`templatetags/portal.py`): `{% icon "users" %}`, `{% band "high" %}`, `{% sparkline weeks %}`,
   `{% reason one %}`, `{{ share|percent }}`, `{% chart data "an-id" %}` (an ECharts chart with its table as the
   accessible alternative; `data` is a `charts.Chart`) and `{% include "portal/pager.html" %}`.

Every word shown is translatable (no f-strings in it); then `python -m liwa.portal.translations extract`, fill in
`locale/zh_Hans/LC_MESSAGES/django.po`, `python -m liwa.portal.translations compile`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import select_template
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from liwa.accounts.models import Account
from liwa.accounts.scope import Scope
from liwa.care import scope as care
from liwa.core.registry import Registry

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

PUBLIC = frozenset({"public"})
SIGNED_IN = frozenset({"signed-in"})

# Whoever has cases; `helper` is in one without advising anybody.
HELPER = "helper"
IN_A_CASE = frozenset({"adviser", HELPER})

# The order in which an account with several roles is greeted.
ROLES = (
    "adviser",
    "teacher",
    "student",
    "data_office",
    "leadership",
    "supervisor",
    "registrar",
    "researcher",
)

View = Callable[..., HttpResponseBase]


class PageRequest(HttpRequest):
    """What a page's view is given: the account's scope is on it."""

    user: Account
    scope: Scope


@dataclass(frozen=True)
class Menu:
    """An entry in the sidebar."""

    label: "StrPromise | str"
    icon: str
    order: int


@dataclass(frozen=True)
class Page:
    """One page: where it is, who may open it, and the view that answers."""

    name: str
    route: str
    view: View
    roles: frozenset[str]
    menu: Menu | None
    home_of: str
    methods: tuple[str, ...]

    def is_open_to(self, roles: frozenset[str]) -> bool:
        """Whether an account with these roles may open the page."""
        return self.roles in (PUBLIC, SIGNED_IN) or bool(self.roles & roles)


pages: Registry[Page] = Registry("page", "liwa.portal.pages")


def page(
    name: str,
    route: str,
    *,
    roles: Iterable[str],
    menu: Menu | None = None,
    home_of: str = "",
    methods: tuple[str, ...] = ("GET",),
) -> Callable[[View], View]:
    """Register the decorated view as a page; see this package's docstring."""

    def keep(view: View) -> View:
        pages.register(name)(Page(name, route, view, frozenset(roles), menu, home_of, methods))
        return view

    return keep


def answer(request: HttpRequest, name: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """The page's template filled in; for an htmx request only the part that changes, where there is one."""
    whole = f"portal/{name}.html"
    names = [f"portal/{name}_part.html", whole] if wants_part(request) else [whole]
    template = select_template(names)
    return render(request, template.template.name, context, status=status)


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page, not for the page."""
    return request.headers.get("HX-Request-Type") == "partial"


def roles_of(request: HttpRequest) -> frozenset[str]:
    """The signed-in account's roles, worked out once a request; `HELPER` for whoever is in a case without advising."""
    known: frozenset[str] | None = getattr(request, "roles", None)
    if known is None:
        scope: Scope = request.scope  # type: ignore[attr-defined]
        known = scope.roles
        if scope.person and "adviser" not in known and care.cases(scope).exists():
            known |= {HELPER}
        request.roles = known  # type: ignore[attr-defined]
    return known


def url_patterns() -> list[URLPattern]:
    """One pattern a page, those with fewer objects first, so that fixed words win over names."""
    found = sorted((one for _, one in pages.items()), key=lambda one: (one.route.count("<"), one.route))
    return [path(one.route, _guarded(one), name=one.name) for one in found]


def _guarded(one: Page) -> View:
    @require_http_methods(["HEAD", *one.methods])
    @never_cache
    @wraps(one.view)
    def view(request: HttpRequest, **objects: Any) -> HttpResponseBase:
        if one.roles == PUBLIC:
            return one.view(request, **objects)
        scope: Scope | None = getattr(request, "scope", None)
        if scope is None:
            return _to_sign_in(request)
        if not one.is_open_to(roles_of(request)):
            raise Http404
        return one.view(request, **objects)

    return view


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back here; htmx is told to move the whole window there."""
    response = redirect_to_login(request.get_full_path())
    if not wants_part(request):
        return response
    return HttpResponse(status=204, headers={"HX-Redirect": response["Location"]})
