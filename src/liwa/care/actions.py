"""What people do with cases: each looks for the case in scope, changes it in one transaction, and notes an event.

Every function returns the case. Out of scope is Http404; what the case does not allow is `errors.Refused`.
"""

from datetime import date

from liwa.accounts.scope import Scope
from liwa.care.models import Capacity, Case, FamilyContact, Wording


def log_contact(scope: Scope, case_id: int, kind: str, note: str = "") -> Case:
    """Somebody reached out (met, called, wrote, no_answer), or notes something."""
    raise NotImplementedError


def support(scope: Scope, case_id: int, note: str = "") -> Case:
    """Support has begun."""
    raise NotImplementedError


def close(scope: Scope, case_id: int, outcome: str, note: str = "") -> Case:
    """The case ends with one of `CaseOutcome`."""
    raise NotImplementedError


def reopen(scope: Scope, case_id: int) -> Case:
    """A closed case goes on."""
    raise NotImplementedError


def hand_over(scope: Scope, case_id: int, adviser_id: str) -> Case:
    """Another adviser takes the case on, with its history; whoever gives it away is no longer in it."""
    raise NotImplementedError


def snooze(scope: Scope, case_id: int, until: date, reason: str) -> Case:
    """Put the case off until a day."""
    raise NotImplementedError


def wake(scope: Scope, case_id: int) -> Case:
    """Take a case that was put off up again."""
    raise NotImplementedError


def join(scope: Scope, case_id: int, person_id: str) -> Case:
    """Bring somebody of the school into the case; from then on they read its notes."""
    raise NotImplementedError


def raise_case(scope: Scope, student_id: str, klass_id: str, reason: str) -> Case:
    """A teacher asks that somebody look after a student of a class of hers."""
    raise NotImplementedError


def ask_for_help(scope: Scope, words: str) -> Case:
    """A student asks for help."""
    raise NotImplementedError


def take(scope: Scope, student_id: str) -> Case:
    """An adviser opens a case for one of her students."""
    raise NotImplementedError


def set_capacity(scope: Scope, adviser_id: str, per_week: int, takes_unassigned: bool) -> Capacity:
    """How many students an adviser can take on in a week."""
    raise NotImplementedError


def record_family_contact(
    scope: Scope, student_id: str, allowed: bool, consent_on: date | None
) -> FamilyContact:
    """Note whether policy allows people of the school to speak with a student's family, and the consent."""
    raise NotImplementedError


def word(scope: Scope, key: str, language: str, text: str) -> Wording:
    """The school's own words; an empty text brings the default back."""
    raise NotImplementedError
