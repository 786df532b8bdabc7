"""Changing who may sign in and as what."""

from collections.abc import Sequence

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from liwa.accounts.models import Account, Duty, Grant
from liwa.core.errors import LiwaError
from liwa.db.retrying import retryable
from liwa.records.models import User


@retryable
def add_account(
    username: str,
    password: str,
    *,
    person: str | None = None,
    duties: Sequence[str] = (),
    display_name: str = "",
) -> Account:
    """Make an account. Raises LiwaError naming what is wrong: name taken, weak password, unknown person or duty."""
    account = check_account(username, person=person, duties=duties, display_name=display_name)
    _set_password(account, password)
    account.save()
    Grant.objects.bulk_create(Grant(account=account, duty=duty) for duty in dict.fromkeys(duties))
    return account


def check_account(
    username: str, *, person: str | None = None, duties: Sequence[str] = (), display_name: str = ""
) -> Account:
    """The account that could be made, not saved and without a password. Raises LiwaError as `add_account` does."""
    unknown = set(duties) - set(Duty.values)
    if unknown:
        raise LiwaError(
            f"There is no duty {sorted(unknown)[0]!r}.", remedy=f"Known duties: {', '.join(Duty.values)}."
        )
    if Account.objects.filter(username=username).exists():
        raise LiwaError(f"The user name {username} is taken.")
    account = Account(username=username, person=_person(person), display_name=display_name)
    try:
        account.full_clean(exclude=["password"])
    except ValidationError as error:
        raise LiwaError(" ".join(error.messages)) from None
    return account


@retryable
def set_password(username: str, password: str) -> None:
    """Give an account a new password; its sessions end. Raises LiwaError where there is none or it is weak."""
    account = named(username)
    _set_password(account, password)
    account.save(update_fields=["password"])


@retryable
def close_account(username: str) -> None:
    """End an account; Django no longer accepts its sessions."""
    account = named(username)
    account.is_active = False
    account.save(update_fields=["is_active"])


def named(username: str) -> Account:
    """The account of that name. Raises LiwaError."""
    account = Account.objects.filter(username=username).first()
    if account is None:
        raise LiwaError(f"There is no user {username}.", remedy="`liwa user list` shows all of them.")
    return account


def _person(sourced_id: str | None) -> User | None:
    if sourced_id is None:
        return None
    person = User.objects.filter(pk=sourced_id, status="active").first()
    if person is None:
        raise LiwaError(f"The records know no user {sourced_id}.", remedy="Load the roster first.")
    if Account.objects.filter(person=person).exists():
        raise LiwaError(f"{sourced_id} has an account already.")
    return person


def _set_password(account: Account, password: str) -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise LiwaError(" ".join(error.messages)) from None
    account.set_password(password)
