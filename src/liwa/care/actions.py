"""What people do with cases: each looks for the case in scope, changes it in one transaction, and notes an event.

Every function returns the case. What is out of scope is Http404; what the case does not allow is `errors.Refused`,
with a sentence in the language of whoever asked.
"""

from datetime import date, timedelta

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from liwa.accounts.scope import Scope
from liwa.care import moment
from liwa.care import scope as scopes
from liwa.care.errors import Refused
from liwa.care.models import Case, CaseEvent, CaseOutcome, Contact
from liwa.care.opening import bring_in, give, note_event, opened
from liwa.care.school import record_family_contact, set_capacity, word
from liwa.db.retrying import retryable

__all__ = [
    "ask_for_help",
    "close",
    "hand_over",
    "join",
    "leave",
    "log_contact",
    "raise_case",
    "record_family_contact",
    "reopen",
    "set_capacity",
    "snooze",
    "support",
    "take",
    "wake",
    "word",
]

REACHED = frozenset({Contact.Kind.MET, Contact.Kind.CALLED, Contact.Kind.WROTE})
LONGEST_SNOOZE = timedelta(days=60)
SAME = timedelta(minutes=1)  # a button pressed twice is one contact
LONGEST_WORDS = 4000

State = Case.State
Kind = CaseEvent.Kind


@retryable
def log_contact(scope: Scope, case_id: int, kind: str, note: str = "") -> Case:
    """Somebody reached out (met, called, wrote, no_answer), or notes something; a note may follow a closed case."""
    case = _mine(scope, case_id)
    note = _words(note)
    if kind not in Contact.Kind.values:
        raise Refused(_("Choose how you reached out."))
    if kind == Contact.Kind.NOTE and not note:
        raise Refused(_("The note is empty."))
    if kind != Contact.Kind.NOTE:
        _refuse_closed(case)
    if not _keep(scope, case, kind, note):
        return case
    if kind in REACHED and not case.is_closed:
        if case.state == State.OPEN:
            case.state = State.CONTACTED
        _due_anew(scope, case)
        _wake(case)
    return _saved(case)


@retryable
def support(scope: Scope, case_id: int, note: str = "") -> Case:
    """Support has begun: nothing is due any more until the case is closed."""
    case = _mine(scope, case_id)
    _refuse_closed(case)
    if case.state == State.IN_SUPPORT:
        raise Refused(_("Support has begun already."))
    case.state = State.IN_SUPPORT
    case.escalated_at = None
    _wake(case)
    note_event(case, Kind.SUPPORT, moment.instant(scope.campus), scope.account)
    _keep_note(scope, case, note)
    return _saved(case)


@retryable
def close(scope: Scope, case_id: int, outcome: str, note: str = "") -> Case:
    """The case ends with one of `CaseOutcome`."""
    case = _mine(scope, case_id)
    _refuse_closed(case)
    if outcome not in CaseOutcome.values:
        raise Refused(_("Say how it ended: choose an outcome."))
    at = moment.instant(scope.campus)
    case.state, case.outcome, case.closed_at, case.open_for = State.CLOSED, outcome, at, None
    case.escalated_at = None
    _wake(case)
    note_event(case, Kind.CLOSED, at, scope.account, {"outcome": outcome})
    _keep_note(scope, case, note)
    return _saved(case)


@retryable
def reopen(scope: Scope, case_id: int) -> Case:
    """A closed case goes on, unless there is a newer one."""
    case = _mine(scope, case_id)
    if not case.is_closed:
        return case
    if Case.objects.filter(open_for=case.student_id).exists():
        raise Refused(_("There is a newer case of this student."))
    reached = case.contacts.filter(kind__in=REACHED).exists()
    case.state = State.CONTACTED if reached else State.OPEN
    case.open_for, case.outcome, case.closed_at = case.student_id, "", None
    _due_anew(scope, case)
    note_event(case, Kind.REOPENED, moment.instant(scope.campus), scope.account)
    return _saved(case)


@retryable
def hand_over(scope: Scope, case_id: int, adviser_id: str) -> Case:
    """Another adviser takes the case on with its history, and who gave it away is no longer in it.

    Who leads the student's org may do this with a case that went overdue or has no adviser, without reading its notes.
    """
    case = _found(scopes.cases(scope) | scopes.overdue(scope), case_id)
    _refuse_closed(case)
    adviser = get_object_or_404(scopes.advisers(scope.day).exclude(pk=case.student_id), pk=adviser_id)
    if adviser.pk == case.adviser_id:
        raise Refused(_("The case is with this adviser already."))
    give(case, adviser.pk, moment.instant(scope.campus), scope.account)
    case.by_hand = True
    _due_anew(scope, case)
    return _saved(case)


@retryable
def snooze(scope: Scope, case_id: int, until: date, reason: str) -> Case:
    """Put the case off until a day, at most 60 days ahead; the reason is for those in the case."""
    case = _mine(scope, case_id)
    _refuse_closed(case)
    reason = _words(reason)
    if not reason:
        raise Refused(_("Say why the case can wait."))
    if not scope.day < until <= scope.day + LONGEST_SNOOZE:
        raise Refused(_("Choose a day after today and within 60 days."))
    case.snoozed_until, case.snooze_reason, case.escalated_at = until, reason, None
    details = {"until": until.isoformat()}
    note_event(case, Kind.SNOOZED, moment.instant(scope.campus), scope.account, details)
    _keep_note(scope, case, reason)  # stays when the case is taken up again
    return _saved(case)


@retryable
def wake(scope: Scope, case_id: int) -> Case:
    """Take a case that was put off up again."""
    case = _mine(scope, case_id)
    if case.snoozed_until is not None:
        _wake(case)
        _due_anew(scope, case)
        note_event(case, Kind.WOKEN, moment.instant(scope.campus), scope.account)
        _saved(case)
    return case


@retryable
def join(scope: Scope, case_id: int, person_id: str) -> Case:
    """Bring somebody who works at the school into the case; from then on they read its notes."""
    case = _mine(scope, case_id)
    _refuse_closed(case)
    person = get_object_or_404(scopes.staff(scope.day).exclude(pk=case.student_id), pk=person_id)
    if not case.participants.filter(person=person, until=None).exists():
        at = moment.instant(scope.campus)
        bring_in(case, person.pk, at)
        note_event(case, Kind.JOINED, at, scope.account, {"person": person.pk})
        _saved(case)
    return case


@retryable
def leave(scope: Scope, case_id: int) -> Case:
    """Somebody who joined is no longer in the case. Its adviser hands it over or closes it instead."""
    case = _mine(scope, case_id)
    if case.adviser_id == scope.person:
        raise Refused(_("The case is yours: hand it over or close it."))
    at = moment.instant(scope.campus)
    case.participants.filter(person=scope.person, until=None).update(until=at)
    note_event(case, Kind.LEFT, at, scope.account, {"person": scope.person})
    return _saved(case)


@retryable
def raise_case(scope: Scope, student_id: str, klass_id: str, reason: str) -> Case:
    """A teacher asks that somebody look after a student of a class of hers; her reason is for those in the case."""
    seat = get_object_or_404(scope.taught_enrollments().filter(klass=klass_id), user=student_id)
    reason = _words(reason)
    if not reason:
        raise Refused(_("Say what worries you."))
    case, fresh = opened(scope, seat.user_id, Case.Origin.TEACHER, klass=seat.klass_id)
    return _spoken(scope, case, fresh, reason, Kind.RAISED, {"klass": seat.klass_id})


@retryable
def ask_for_help(scope: Scope, words: str = "") -> Case:
    """A student asks for help; the words, which may be empty, are for those in the case."""
    if scope.person is None or "student" not in scope.roles:
        raise Http404
    case, fresh = opened(scope, scope.person, Case.Origin.STUDENT)
    return _spoken(scope, case, fresh, _words(words), Kind.ASKED, {})


@retryable
def take(scope: Scope, student_id: str) -> Case:
    """An adviser opens a case for one of her students."""
    student = get_object_or_404(scope.advisees(), pk=student_id)
    case, fresh = opened(scope, student.pk, Case.Origin.ADVISER, adviser=scope.person)
    if fresh or case.adviser_id == scope.person:
        return case
    if case.adviser_id is not None:
        raise Refused(_("Somebody else looks after this student already."))
    give(case, str(scope.person), moment.instant(scope.campus), scope.account)
    case.by_hand = True
    return _saved(case)


def _mine(scope: Scope, case_id: int) -> Case:
    """A case the account's person is in, locked. Http404."""
    return _found(scopes.cases(scope), case_id)


def _found(seen: QuerySet[Case], case_id: int) -> Case:
    """The case if it is among those seen, locked; read anew, so that nothing withheld before is missing now."""
    return Case.objects.select_for_update().get(pk=get_object_or_404(seen, pk=case_id).pk)


def _spoken(
    scope: Scope, case: Case, fresh: bool, words: str, kind: "CaseEvent.Kind", details: dict[str, str]
) -> Case:
    """Keep what a teacher or the student said: as the case's reason, or as a note where there was a case already."""
    if fresh:
        case.reason = words
    elif words:
        Contact.objects.create(
            case=case,
            kind=Contact.Kind.NOTE,
            at=moment.instant(scope.campus),
            by=scope.account,
            note=words,
        )
    if not fresh:
        case.due_on = max(scope.day, min(case.due_on, moment.due(scope.day)))
        _wake(case)
    note_event(case, kind, moment.instant(scope.campus), scope.account, details)
    return _saved(case)


def _keep(scope: Scope, case: Case, kind: str, note: str) -> bool:
    """Add the contact and its event; False where the same was logged this minute."""
    at = moment.instant(scope.campus)
    same = Contact.objects.filter(
        case=case, kind=kind, note=note, by=scope.account, at__gt=at - SAME, at__lte=at
    )
    if same.exists():
        return False
    Contact.objects.create(case=case, kind=kind, at=at, by=scope.account, note=note)
    note_event(case, Kind.CONTACTED, at, scope.account, {"kind": kind})
    return True


def _keep_note(scope: Scope, case: Case, note: str) -> None:
    note = _words(note)
    if note:
        at = moment.instant(scope.campus)
        Contact.objects.create(case=case, kind=Contact.Kind.NOTE, at=at, by=scope.account, note=note)


def _words(text: str) -> str:
    words = text.replace("\x00", "").strip()
    if len(words) > LONGEST_WORDS:
        raise Refused(_("That is too long: at most %(count)s characters.") % {"count": LONGEST_WORDS})
    return words


def _refuse_closed(case: Case) -> None:
    if case.is_closed:
        raise Refused(_("The case is closed; reopen it first."))


def _due_anew(scope: Scope, case: Case) -> None:
    case.due_on, case.escalated_at = moment.due(scope.day), None


def _wake(case: Case) -> None:
    case.snoozed_until, case.snooze_reason = None, ""


def _saved(case: Case) -> Case:
    case.version += 1
    case.save()
    return case
