"""A new password of one's own."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext_lazy

from liwa.portal.pages import SIGNED_IN, PageRequest, page

# What Django says here, to be translated in the same tone as everything else, or at all.
SAID_BY_DJANGO = (
    gettext_noop("Your old password was entered incorrectly. Please enter it again."),
    gettext_noop("Your password can’t be too similar to your other personal information."),
    gettext_noop("Your password can’t be a commonly used password."),
    gettext_noop("Your password can’t be entirely numeric."),
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
    ),
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
    ),
)


class OwnPasswordForm(PasswordChangeForm):
    """Django's form, whose old password is tried as at sign-in: guessing it locks the account out."""

    def __init__(self, request: PageRequest, *given: Any, **named: Any) -> None:
        super().__init__(request.user, *given, **named)
        self._request = request

    def clean_old_password(self) -> str:
        given: str = self.cleaned_data["old_password"]
        if authenticate(self._request, username=self.user.get_username(), password=given) != self.user:
            raise forms.ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return given


class _Change(PasswordChangeView):
    form_class = OwnPasswordForm
    template_name = "portal/password.html"
    success_url = reverse_lazy("home")

    def get_form_kwargs(self) -> dict[str, Any]:
        given = super().get_form_kwargs()
        del given["user"]
        return {"request": self.request, **given}

    def form_valid(self, form: Any) -> HttpResponse:
        messages.success(
            self.request,
            _("Your password is changed. Wherever else you were signed in, you are signed out."),
        )
        return super().form_valid(form)


_change = _Change.as_view()


@page("password", "password/", roles=SIGNED_IN, methods=("GET", "POST"))
def password(request: PageRequest) -> HttpResponseBase:
    """Django's own view: the rules for passwords are checked, and every other session of the account ends."""
    return _change(request)
