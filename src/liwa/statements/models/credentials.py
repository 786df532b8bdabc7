"""Who may use the learning record store, and for what."""

from typing import Any

from django.db import models

from liwa.core.config import config

NOWHERE = "https://liwa.invalid"
KEY_LENGTH, NAME_LENGTH = 200, 120


class Credential(models.Model):
    """A key with its secret and scopes. Tokens of an issuer become credentials too, which are never saved.

    `secret_hash` is the SHA-256 (hex) of the secret, which is 256 random bits and kept nowhere. `scopes` are
    words of the standard; `origins` the web pages (scheme://host) from whose scripts it may be used; `feed` the
    feed to which its statements belong. `last_used_at` is right to about a minute.
    """

    key = models.CharField(max_length=KEY_LENGTH, primary_key=True)
    secret_hash = models.CharField(max_length=64, default="", blank=True)
    name = models.CharField(max_length=NAME_LENGTH)
    scopes = models.JSONField(default=list)
    feed = models.CharField(max_length=40, default="", blank=True)
    origins = models.JSONField(default=list)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150, default="", blank=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    # Where accounts of this name are kept: "" is Liwa itself, else the issuer of the token.
    home_page = ""

    class Meta:
        db_table = "statements_credential"

    def __str__(self) -> str:
        return self.name

    @property
    def authority(self) -> dict[str, Any]:
        """The agent that the store names as the authority of statements written with this credential."""
        home = self.home_page or config()["LIWA_URL"] or NOWHERE
        return {"objectType": "Agent", "account": {"homePage": home, "name": self.key}}

    @property
    def may_write_statements(self) -> bool:
        return self._has("statements/write")

    @property
    def reads(self) -> str:
        """Which statements it may read: `all`, `mine` (those with its own authority) or `none`."""
        if self._has("statements/read", "all/read"):
            return "all"
        return "mine" if self._has("statements/read/mine") else "none"

    @property
    def may_define(self) -> bool:
        """May say what activities are called; otherwise definitions in its statements change nothing."""
        return self._has("define")

    def may(self, documents: str, write: bool) -> bool:
        """Whether it may read, or write, documents of a kind: `state` or `profile`."""
        return self._has(documents) or (not write and self._has("all/read"))

    def _has(self, *scopes: str) -> bool:
        return "all" in self.scopes or any(scope in self.scopes for scope in scopes)
