"""Letters: once a week each adviser learns how many students wait, and each head how many were left waiting.

A letter holds numbers and where to look, never a name: mail is read on buses and forwarded by mistake.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import Count, Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from liwa.accounts.models import Account, Duty, Grant
from liwa.accounts.scope import Scope
from liwa.care import mail, moment
from liwa.care.models import Case, Letter
from liwa.care.pools import WAITING
from liwa.care.scope import overdue
from liwa.care.weekly import week_of
from liwa.core.config import config
from liwa.core.errors import ConfigError, LiwaError, Unavailable
from liwa.core.feeds import Campus
from liwa.db.retrying import retrying
from liwa.records.models import User

Kind = Letter.Kind


@dataclass
class Sent:
    """How many letters there are for this week, were sent now, and lack an address to go to."""

    letters: int = 0
    sent: int = 0
    sent_before: int = 0
    no_address: int = 0


def compose(campus: Campus) -> list[Letter]:
    """This week's letters, unsaved; `to` is empty where the records have no address."""
    day = moment.today(campus)
    return [*_to_advisers(campus, day), *_to_heads(campus, day)]


def send(campus: Campus) -> Sent:
    """Send this week's letters that were not sent yet. Raises ConfigError, LiwaError and Unavailable."""
    refuse_unsafe(campus)
    letters = compose(campus)
    found = Sent(letters=len(letters), no_address=sum(not letter.to for letter in letters))
    connection = get_connection()
    try:
        for letter in letters:
            if not letter.to:
                continue
            kept = retrying(_kept, letter)
            if kept.sent_at is not None:
                found.sent_before += 1
                continue
            message = EmailMessage(kept.subject, kept.body, to=[kept.to], connection=connection)
            message.extra_headers["Auto-Submitted"] = "auto-generated"
            message.send()
            kept.sent_at = moment.instant(campus)
            kept.save(update_fields=["sent_at"])
            found.sent += 1
    except (SMTPException, OSError) as error:
        raise Unavailable(
            f"The mail server does not take the letters: {type(error).__name__}.",
            remedy=f"{found.sent} were sent; those left go out when the command is run again.",
        ) from error
    return found


def refuse_unsafe(campus: Campus) -> None:
    """Raise where letters would go out in the clear, without a sender, or to people whom nobody has met."""
    found = list(mail.unsafe(config()))
    if found:
        raise ConfigError("Letters are not sent: " + "; ".join(found) + ".", remedy="docs/care.md says more.")
    if (campus.simulated or campus.invented_names) and config()["LIWA_MAIL_HOST"]:
        raise LiwaError(
            "The people of this campus are invented: their addresses may be somebody else's.",
            remedy="Unset LIWA_MAIL_HOST to see the letters on the console.",
        )


def _kept(letter: Letter) -> Letter:
    """The letter of that kind and week as it was first made, or this one."""
    row, _new = Letter.objects.get_or_create(
        kind=letter.kind,
        recipient_id=letter.recipient_id,
        week=letter.week,
        defaults={
            "to": letter.to,
            "subject": letter.subject,
            "body": letter.body,
            "made_at": letter.made_at,
        },
    )
    return row


def _to_advisers(campus: Campus, day: date) -> Iterator[Letter]:
    waiting = Case.objects.filter(open_for__isnull=False, snoozed_until=None, state__in=WAITING)
    counted = (
        waiting.filter(adviser__status="active", adviser__enabled=True)
        .values("adviser")
        .annotate(
            all=Count("pk"),
            new=Count("pk", filter=Q(opened_at__gte=moment.start_of_day(week_of(day), campus))),
            late=Count("pk", filter=Q(due_on__lt=day)),
        )
        .order_by("adviser")
    )
    rows = {row["adviser"]: row for row in counted}
    for person, language in _people(rows):
        row = rows[person.pk]
        with translation.override(language):
            lines = [
                ngettext(
                    "%(count)d student is on your list this week.",
                    "%(count)d students are on your list this week.",
                    row["all"],
                )
                % {"count": row["all"]},
                ngettext("%(count)d is new.", "%(count)d are new.", row["new"]) % {"count": row["new"]},
                ngettext("%(count)d is overdue.", "%(count)d are overdue.", row["late"])
                % {"count": row["late"]},
            ]
            yield _letter(Kind.WEEK, person, day, campus, _("Your list this week"), lines)


def _to_heads(campus: Campus, day: date) -> Iterator[Letter]:
    grants = Grant.objects.filter(duty=Duty.LEADERSHIP, org__isnull=False, account__is_active=True)
    accounts = Account.objects.filter(pk__in=grants.values("account"), person__isnull=False)
    for account in accounts.select_related("person").order_by("pk"):
        late = overdue(Scope(account, day, campus)).count()
        person = account.person
        if not late or person is None or person.status != "active" or not person.enabled:
            continue
        with translation.override(account.language or settings.LANGUAGE_CODE):
            said = ngettext(
                "%(count)d student of your schools has waited too long for somebody to reach out.",
                "%(count)d students of your schools have waited too long for somebody to reach out.",
                late,
            )
            yield _letter(
                Kind.OVERDUE,
                person,
                day,
                campus,
                _("Students who are still waiting"),
                [said % {"count": late}],
            )


def _people(keys: Iterable[str]) -> Iterator[tuple[User, str]]:
    """Advisers and the language each reads."""
    for person in User.objects.filter(pk__in=list(keys)).select_related("account").order_by("pk"):
        account = getattr(person, "account", None)
        yield person, (account.language if account else "") or settings.LANGUAGE_CODE


def _letter(kind: str, person: User, day: date, campus: Campus, subject: str, lines: list[str]) -> Letter:
    address = config()["LIWA_URL"].rstrip("/")
    where = _("Who they are, and why: %(address)s") % {"address": f"{address}/"} if address else ""
    end = where or _("Sign in to Liwa to see who they are, and why.")
    body = "\n".join([*lines, "", end, "", _("No names are written in letters, on purpose."), ""])
    return Letter(
        kind=kind,
        recipient=person,
        to=person.email,
        subject=subject,
        body=body,
        week=week_of(day),
        made_at=moment.instant(campus),
    )
