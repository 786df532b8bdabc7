"""Issuing and revoking keys of the learning record store.

A secret is in the one answer that issues it, and nowhere else: not in an address, a session, a cookie or a log. The
form carries the key to be issued, signed, so that sending it twice, as reloading that answer does, issues nothing.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liwa.accounts.models import Duty
from liwa.core.config import words
from liwa.core.errors import LiwaError
from liwa.portal.pages import PageRequest, answer, page
from liwa.portal.questions import lrs as ask
from liwa.statements import credentials
from liwa.statements.models.credentials import NAME_LENGTH
from liwa.statements.scopes import DEFAULT_SCOPES

SALT = "key of the learning record store"
FORM_SECONDS = 24 * 3600

SCOPES = {
    "statements/write": gettext_lazy("store statements"),
    "statements/read/mine": gettext_lazy("read its own statements"),
    "statements/read": gettext_lazy("read every statement"),
    "state": gettext_lazy("read and write states"),
    "profile": gettext_lazy("read and write profiles"),
    "define": gettext_lazy("say what activities are called"),
    "all/read": gettext_lazy("read everything"),
    "all": gettext_lazy("everything"),
}


class KeyForm(forms.Form):
    """What a new key is for."""

    name = forms.CharField(max_length=NAME_LENGTH)
    scopes = forms.MultipleChoiceField(choices=list(SCOPES.items()))
    feed = forms.CharField(required=False)
    origins = forms.CharField(required=False)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not name.isprintable():
            raise forms.ValidationError(_("A name is one line of plain text."))
        return name

    def clean_feed(self) -> str:
        feed: str = self.cleaned_data["feed"]
        if feed and not credentials.is_feed(feed):
            raise forms.ValidationError(_("A feed's name has small letters, digits and hyphens."))
        return feed

    def clean_origins(self) -> list[str]:
        try:
            return [credentials.origin_of(one) for one in words(self.cleaned_data["origins"])]
        except LiwaError:
            raise forms.ValidationError(
                _("A site is an address without a path, such as https://tool.example.edu.")
            ) from None


@page("lrs-keys", "lrs/keys/", roles={Duty.DATA_OFFICE}, methods=("GET", "POST"))
def lrs_keys(request: PageRequest) -> HttpResponse:
    """Every key, and the form for one more."""
    if request.method != "POST":
        return _page(request, KeyForm(initial={"scopes": DEFAULT_SCOPES}))
    if "revoke" in request.POST:
        return _revoke(request, request.POST["revoke"])
    return _issue(request)


def _issue(request: PageRequest) -> HttpResponse:
    try:
        key = signing.loads(request.POST.get("form", ""), salt=SALT, max_age=FORM_SECONDS)
    except signing.BadSignature:
        messages.error(request, _("The page you sent this from was too old. Please try that again."))
        return redirect("lrs-keys")
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=400)
    said = form.cleaned_data
    try:
        made, secret = credentials.issue(
            said["name"],
            said["scopes"],
            said["feed"],
            said["origins"],
            key=key,
            created_by=request.user.get_username(),
        )
    except credentials.IssuedAlready:
        messages.warning(request, _("This key has been issued already, and its secret was shown then."))
        return redirect("lrs-keys")
    return _page(request, KeyForm(initial={"scopes": DEFAULT_SCOPES}), made=made, secret=secret)


def _revoke(request: PageRequest, key: str) -> HttpResponse:
    if not ask.keys(request.scope).filter(pk=key).exists():
        raise Http404
    made = credentials.revoke(key)
    messages.success(request, _("The key of %(name)s is revoked.") % {"name": made.name})
    return redirect("lrs-keys")


def _page(request: PageRequest, form: KeyForm, status: int = 200, **issued: Any) -> HttpResponse:
    shown: dict[str, Any] = {
        "keys": ask.keys(request.scope),
        "form": form,
        "chosen": form["scopes"].value() or (),
        "scopes": SCOPES,
        "fresh": signing.dumps(credentials.new_key(), salt=SALT),
        "address": request.build_absolute_uri("/xapi/"),
        **issued,
    }
    return answer(request, "lrs-keys", shown, status)
