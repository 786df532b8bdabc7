"""Sign-in, sign-out, where each role lands, and the language."""

from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from liwa.portal.actions import choose_language
from liwa.portal.pages import PUBLIC, ROLES, SIGNED_IN, PageRequest, answer, page, pages, roles_of

_sign_in = LoginView.as_view(template_name="portal/sign-in.html", redirect_authenticated_user=True)
_sign_out = LogoutView.as_view()


@page("sign-in", "sign-in/", roles=PUBLIC, methods=("GET", "POST"))
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Django's own view: a next address outside Liwa is ignored; django-axes counts wrong passwords."""
    return _sign_in(request)


@page("sign-out", "sign-out/", roles=PUBLIC, methods=("POST",))
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """By POST alone, so that no other site can do it."""
    return _sign_out(request)


@page("home", "", roles=SIGNED_IN)
def home(request: PageRequest) -> HttpResponse:
    """To the page of the account's first role, else to the first in its menu."""
    homes = {one.home_of: one.name for _, one in pages.items() if one.home_of}
    roles = roles_of(request)
    for role in ROLES:
        if role in roles and role in homes:
            return redirect(homes[role])
    listed = [(one.menu.order, one.name) for _, one in pages.items() if one.menu and one.is_open_to(roles)]
    return redirect(min(listed)[1]) if listed else answer(request, "nothing", {})


@page("language", "language/", roles=PUBLIC, methods=("POST",))
def language(request: HttpRequest) -> HttpResponse:
    """Change the language of all pages: kept with the account, and in a cookie for the sign-in page."""
    code = request.POST.get("language", "")
    if code not in dict(settings.LANGUAGES):
        return HttpResponseBadRequest(_("language: not one that Liwa speaks"))
    if request.user.is_authenticated:
        choose_language(request.user, code)
    response = HttpResponseRedirect(_safe(request, request.POST.get("next", "")))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=365 * 24 * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _safe(request: HttpRequest, address: str) -> str:
    """The address if it is one of ours, else home."""
    ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if address and ours else reverse("home")
