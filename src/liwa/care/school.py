"""What the school decides about care: capacities, words, whom a family may be spoken to about."""

from datetime import date

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from liwa.accounts.models import Duty
from liwa.accounts.scope import Scope
from liwa.care import moment
from liwa.care import scope as scopes
from liwa.care.errors import Refused
from liwa.care.models import Capacity, FamilyContact, Wording
from liwa.care.wordings import DEFAULTS
from liwa.db.retrying import retryable

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
