"""Puts the scope, the campus's zone and the account's language on each request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from liwa.accounts.scope import Scope
from liwa.core.clock import day_of, now
from liwa.records.campus import profile


class AccountMiddleware:
    """`request.scope` is what the signed-in account may see; None before sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.scope = None  # type: ignore[attr-defined]
        account = request.user
        if not account.is_authenticated:
            return self.get_response(request)
        campus = profile()
        today = campus.as_of or day_of(now(), campus.zone)
        request.scope = Scope(account, today, campus)  # type: ignore[attr-defined]
        if account.language:
            translation.activate(account.language)
            request.LANGUAGE_CODE = account.language
        with timezone.override(campus.zone):
            return self.get_response(request)
