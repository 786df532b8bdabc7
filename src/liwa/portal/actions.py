"""What pages change; each in one transaction."""

from liwa.accounts.models import Account, Viewing
from liwa.accounts.scope import Scope
from liwa.core.clock import day_of, now
from liwa.db.retrying import retryable, retrying
from liwa.records.models import User


def note_viewing(scope: Scope, student: User, page: str) -> None:
    """Keep that the account looked at the student's `page` today; nobody is noted for looking at themselves."""
    if scope.account.person_id == student.pk:
        return
    today = day_of(now(), scope.campus.zone)
    row = {"account": scope.account, "student": student, "page": page, "day": today}
    if Viewing.objects.filter(**row).exists():
        return
    retrying(Viewing.objects.bulk_create, [Viewing(**row)], ignore_conflicts=True)


@retryable
def choose_language(account: Account, language: str) -> None:
    """Keep the language in which the account reads pages."""
    Account.objects.filter(pk=account.pk).update(language=language)
