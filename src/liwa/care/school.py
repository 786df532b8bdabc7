"""What the school decides about care: capacities, words, whom a family may be spoken to about."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from liwa.accounts.actions import named
from liwa.accounts.models import Duty, Grant
from liwa.accounts.scope import CURRENT, Scope
from liwa.care import moment
from liwa.care import scope as scopes
from liwa.care.errors import Refused
from liwa.care.models import Capacity, FamilyContact, Wording
from liwa.care.pools import burden
from liwa.care.wordings import DEFAULTS
from liwa.core.config import config
from liwa.core.errors import LiwaError
from liwa.core.feeds import Campus
from liwa.db.retrying import retryable
from liwa.records.campus import profile
from liwa.records.models import Org

MOST_A_WEEK = 500


@retryable
def set_capacity(scope: Scope, adviser_id: str, per_week: int, takes_unassigned: bool) -> Capacity:
    """How many students an adviser can take on in a week; 0: none. Http404, Refused."""
    adviser = get_object_or_404(scopes.capacities(scope), pk=adviser_id)
    return keep_capacity(adviser.pk, per_week, takes_unassigned)


def keep_capacity(adviser_id: str, per_week: int, takes_unassigned: bool) -> Capacity:
    """As `set_capacity`, for whoever runs the installation."""
    if not 0 <= per_week <= MOST_A_WEEK:
        raise Refused(_("A capacity is between 0 and %(count)s students a week.") % {"count": MOST_A_WEEK})
    row, _created = Capacity.objects.update_or_create(
        adviser_id=adviser_id, defaults={"per_week": per_week, "takes_unassigned": takes_unassigned}
    )
    return row


@retryable
def record_family_contact(
    scope: Scope, student_id: str, allowed: bool, consent_on: date | None
) -> FamilyContact:
    """Note whether people of the school may speak with a student's family, and the day of the student's consent.

    For people: the system itself never contacts a family. Http404, Refused.
    """
    student = get_object_or_404(scopes.cared_for(scope), pk=student_id)
    if allowed and consent_on is None:
        raise Refused(_("Without the day of the consent, families are not contacted."))
    if consent_on is not None and consent_on > scope.day:
        raise Refused(_("The day of the consent has not come yet."))
    row, _created = FamilyContact.objects.update_or_create(
        student=student,
        defaults={
            "allowed": allowed,
            "consent_on": consent_on,
            "recorded_by": scope.account,
            "recorded_at": moment.instant(scope.campus),
        },
    )
    return row


@retryable
def word(scope: Scope, key: str, language: str, text: str) -> Wording:
    """The school's own words; the default's text, or none, brings the default back. Http404 for those who may not."""
    known = key in DEFAULTS and language in dict(settings.LANGUAGES)
    if not known or not may_word(scope):
        raise Http404
    text = text.replace("\x00", "").strip()
    row = Wording(key=key, language=language, text=text or DEFAULTS[key][language])
    Wording.objects.filter(key=key, language=language).delete()
    if row.text != DEFAULTS[key][language]:
        row.save()
    return row


def may_word(scope: Scope) -> bool:
    """Whether the account may edit the school's words: leadership and data office, campus-wide."""
    return bool(scope.duties & {Duty.LEADERSHIP, Duty.DATA_OFFICE})


@retryable
def set_for(adviser_id: str, per_week: int, takes_unassigned: bool) -> Capacity:
    """As `set_capacity`, by the person's sourcedId, for whoever runs the installation. Raises LiwaError."""
    day = moment.today(profile())
    if not scopes.may_advise(day).filter(pk=adviser_id).exists():
        works = scopes.staff(day).filter(pk=adviser_id).exists()
        raise LiwaError(
            f"{adviser_id!r} works at the school and advises nobody."
            if works
            else f"Nobody with the sourcedId {adviser_id!r} works at the school.",
            remedy="`liwa care capacity list` shows advisers; the records make one, by a counselor's role or a feed of"
            " who advises whom.",
        )
    return keep_capacity(adviser_id, per_week, takes_unassigned)


def capacity_rows(campus: Campus) -> list[dict[str, Any]]:
    """Every adviser: {adviser, per_week, takes_unassigned, this_week}, the last how many students they have this week."""
    usual = config()["LIWA_CARE_CAPACITY"]
    has = burden(moment.instant(campus))
    rows = scopes.advisers(moment.today(campus)).select_related("capacity").order_by("pk")
    found = []
    for person in rows:
        own: Capacity | None = getattr(person, "capacity", None)
        found.append(
            {
                "adviser": person.pk,
                "per_week": own.per_week if own else usual,
                "takes_unassigned": own.takes_unassigned if own else False,
                "this_week": has[person.pk],
            }
        )
    return found


@retryable
def add_head(username: str, org_id: str) -> None:
    """Let an account answer for the overdue cases of an org. Raises LiwaError for who or what is unknown."""
    if not Org.objects.filter(CURRENT, pk=org_id).exists():
        raise LiwaError(f"The records know no org {org_id}.")
    Grant.objects.get_or_create(account=named(username), duty=Duty.LEADERSHIP, org_id=org_id)


@retryable
def remove_head(username: str, org_id: str) -> None:
    """Take that back. Raises LiwaError where it was not so."""
    gone, _rows = Grant.objects.filter(account=named(username), duty=Duty.LEADERSHIP, org=org_id).delete()
    if not gone:
        raise LiwaError(f"{username} does not answer for {org_id}.")
