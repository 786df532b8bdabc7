"""Accounts that can sign in, the duties granted to them, and the trail of who saw whom."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from liwa.records.models import Org, User


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts; a password is hashed, an absent one cannot be used to sign in."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "Account":
        account = self.model(username=username, **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account


class Account(AbstractBaseUser, PermissionsMixin):
    """Someone who can sign in. `person` is who they are in the records, where they are there at all."""

    username = models.CharField(
        _("user name"), max_length=150, unique=True, validators=[UnicodeUsernameValidator()]
    )
    person = models.OneToOneField(
        User, models.SET_NULL, null=True, blank=True, related_name="account", db_constraint=True
    )
    display_name = models.CharField(_("name"), max_length=255, default="", blank=True)
    language = models.CharField(_("language"), max_length=10, default="", blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = AccountManager()

    USERNAME_FIELD = "username"

    def __str__(self) -> str:
        return self.username

    def get_full_name(self) -> str:
        """The name shown on pages."""
        return self.display_name or (self.person.name if self.person else "") or self.username


class Duty(models.TextChoices):
    """What an account does for the school beyond what the records say it is."""

    DATA_OFFICE = "data_office", _("Data office")
    LEADERSHIP = "leadership", _("Leadership")
    REGISTRAR = "registrar", _("Registrar")
    RESEARCHER = "researcher", _("Researcher")


class Grant(models.Model):
    """A duty given to an account, for the whole campus or for one org."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="grants")
    duty = models.CharField(max_length=20, choices=Duty.choices)
    org = models.ForeignKey(Org, models.PROTECT, null=True, blank=True)
    granted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "duty", "org"], name="grant_once")]

    def __str__(self) -> str:
        return f"{self.account} {self.duty}"


class Viewing(models.Model):
    """Someone looked at a student's page; the student can see who and when. One row a viewer, student, day."""

    account = models.ForeignKey(Account, models.CASCADE)
    student = models.ForeignKey(User, models.CASCADE, related_name="viewings")
    page = models.CharField(max_length=40)
    day = models.DateField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "student", "page", "day"], name="viewing_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.day}"
