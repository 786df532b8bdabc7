"""Cases on the small campus, each with a note that holds a word found nowhere else.

| case | student | state | came about by | adviser | also in it |
|---|---|---|---|---|---|
| 9001 | st1 | open | early warning | ad1 | – |
| 9002 | st2 | contacted | the teacher te1 | ad1 | – |
| 9003 | st3 | closed | early warning | ad1 | the teacher te2 |
| 9004 | st4 | in support | the student himself | ad2 | – |
| 9005 | st5 | open, overdue, escalated | early warning | ad2 | – |

The account `head` leads the school s2, which is st4's and st5's.
"""

from datetime import UTC, date, datetime, timedelta

from liwa.accounts.models import Account
from liwa.care.models import Capacity, Case, CaseEvent, Contact, Participant
from liwa.digest.models import StudentDigest

OPENED = datetime(2026, 11, 15, 19, tzinfo=UTC)
CUTOFF = datetime(2026, 11, 15, 16, tzinfo=UTC)
DUE = date(2026, 11, 23)

TEACHERS_WORDS = "Has stopped speaking in the seminar since the second report."
STUDENTS_WORDS = "I cannot keep up with the maps and do not know whom to ask."

IN_CASE = {
    9001: {"adviser"},
    9002: {"adviser"},
    9003: {"adviser", "other-teacher"},
    9004: {"other-adviser"},
    9005: {"other-adviser"},
}
WORDS_READ_BY = {TEACHERS_WORDS: IN_CASE[9002], STUDENTS_WORDS: IN_CASE[9004]}


def note_of(case: int) -> str:
    """The private note of a case."""
    return f"Said in confidence, {case}."


def build(card: str) -> None:
    """The cases of the table above, and one adviser's capacity."""
    _case(9001, "st1", "ad1", "k1", card)
    two = _case(9002, "st2", "ad1", "k1", card, state="contacted", origin="teacher")
    _case(9003, "st3", "ad1", "k1", card, state="closed", others=("te2",))
    four = _case(9004, "st4", "ad2", "k2", card, state="in_support", origin="student")
    _case(9005, "st5", "ad2", "k2", card)
    _spoken(two, "teacher", CaseEvent.Kind.RAISED, TEACHERS_WORDS)
    _spoken(four, "other-student", CaseEvent.Kind.ASKED, STUDENTS_WORDS)
    late = date(2026, 11, 9)
    Case.objects.filter(pk=9005).update(due_on=late, escalated_at=OPENED, opened_at=OPENED - timedelta(14))
    Case.objects.filter(pk=9003).update(
        open_for=None, outcome="improved", closed_at=OPENED + timedelta(hours=1)
    )
    Capacity.objects.create(adviser_id="ad1", per_week=4, takes_unassigned=True)


def grow(students: list[str], card: str) -> None:
    """A case for each of the students, in every state by turns."""
    states = ("open", "contacted", "in_support", "open")
    for place, student in enumerate(students):
        case = _case(9100 + place, student, "ad1", "k1", card, state=states[place % 4])
        if place % 4 == 3:
            Case.objects.filter(pk=case.pk).update(snoozed_until=DUE, snooze_reason="Is on a field trip.")
        if place % 3 == 0:
            CaseEvent.objects.create(case=case, kind="raised", at=OPENED, by=_account("teacher"))
        if place % 5 == 0:
            Case.objects.filter(pk=case.pk).update(adviser=None)


def _case(
    key: int,
    student: str,
    adviser: str,
    klass: str,
    card: str,
    state: str = "open",
    origin: str = "risk",
    others: tuple[str, ...] = (),
) -> Case:
    row = StudentDigest.objects.get(pk=student)
    case = Case.objects.create(
        pk=key,
        student_id=student,
        adviser_id=adviser,
        klass_id=klass,
        open_for=student,
        state=state,
        origin=origin,
        opened_at=OPENED,
        reasons=row.reasons,
        need=row.need,
        risk=row.risk,
        risk_low=None if row.risk is None else row.risk - 0.09,
        risk_high=None if row.risk is None else row.risk + 0.07,
        cutoff=CUTOFF,
        card=card,
        loads={"lms": 2, "sis": 1},
        due_on=DUE,
    )
    for person in (adviser, *others):
        Participant.objects.create(case=case, person_id=person, since=OPENED)
    CaseEvent.objects.create(case=case, kind="opened", at=OPENED, details={"origin": origin})
    CaseEvent.objects.create(case=case, kind="assigned", at=OPENED, details={"to": adviser})
    by = _account({"ad1": "adviser", "ad2": "other-adviser"}[adviser])
    Contact.objects.create(case=case, kind="note", at=OPENED + timedelta(minutes=5), by=by, note=note_of(key))
    return case


def _spoken(case: Case, account: str, kind: str, words: str) -> None:
    by = _account(account)
    Case.objects.filter(pk=case.pk).update(opened_by=by, reason=words)
    CaseEvent.objects.create(case=case, kind=kind, at=OPENED, by=by)


def _account(name: str) -> Account:
    return Account.objects.get(username=name)
