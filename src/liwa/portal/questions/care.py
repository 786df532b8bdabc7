"""Who waits to hear from me this week, what was done in this case, and what does it rest on?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language

from liwa.accounts.scope import CURRENT, TEACHING, Scope
from liwa.care import scope as care
from liwa.care.models import Capacity, Case, CaseEvent, FamilyContact, Participant
from liwa.care.steps import first_step, steps
from liwa.core.config import config
from liwa.digest.models import EnrollmentDigest, StudentDigest
from liwa.records.models import Enrollment, Load, User

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Row:
    """One case as a list shows it. `klass` is where its reasons lie."""

    case: Case
    klass: str
    digest: StudentDigest | None
    top: EnrollmentDigest | None
    step: str
    is_new: bool
    asks: bool  # the student asked for help
    worries: bool  # a teacher spoke up

    @property
    def is_due(self) -> bool:
        """Whether somebody is to reach out by a day: not in support, and not once closed."""
        return self.case.state in (Case.State.OPEN, Case.State.CONTACTED)

    @property
    def fresh_reasons(self) -> Sequence[str]:
        """Keys of reasons that the week before did not know."""
        return self.top.changed if self.top else ()


@dataclass(frozen=True)
class Week:
    """An adviser's cases by what there is to do. `fresh`: those that the weekly list gave in the last seven days."""

    to_do: Sequence[Row]
    in_touch: Sequence[Row]
    snoozed: Sequence[Row]
    closed: int
    overdue: int
    fresh: int
    per_week: int

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show at all."""
        return not (self.to_do or self.in_touch or self.snoozed)

    @property
    def most(self) -> int:
        """The end of the bar that shows how much of the room is taken."""
        return max(self.per_week, self.fresh, 1)


@dataclass(frozen=True)
class Done:
    """One line of a case's history; `person` is whom an event speaks of."""

    at: datetime
    kind: str
    is_contact: bool
    by: str
    note: str
    details: Mapping[str, Any]
    person: str


@dataclass(frozen=True)
class Used:
    """One feed's newest load as of the cut-off."""

    feed: str
    number: int
    finished_at: datetime | None


def is_in_a_case(scope: Scope) -> bool:
    """Whether the account has a case at all, by whatever role."""
    return care.cases(scope).exists()


def week(scope: Scope) -> Week:
    """The account's cases, those asked for by people first, then by need; the queries do not grow with them."""
    mine = care.cases(scope)
    rows = _rows(scope, _with_figures(mine.filter(open_for__isnull=False)))
    put_off = [row for row in rows if row.case.snoozed_until]
    awake = [row for row in rows if not row.case.snoozed_until]
    to_do = [row for row in awake if row.case.state == Case.State.OPEN]
    return Week(
        to_do=to_do,
        in_touch=[row for row in awake if row.case.state != Case.State.OPEN],
        snoozed=put_off,
        closed=mine.filter(closed_at__gt=scope.known_until - WEEK).count(),
        overdue=sum(1 for row in awake if row.is_due and row.case.due_on < scope.day),
        fresh=mine.filter(origin=Case.Origin.RISK, opened_at__gt=scope.known_until - WEEK).count(),
        per_week=_per_week(scope),
    )


def one_case(scope: Scope, key: int) -> Row:
    """The case if the account is in it; 404 if not."""
    return _rows(scope, [get_object_or_404(_with_figures(care.cases(scope)), pk=key)])[0]


def is_mine(scope: Scope, key: int) -> bool:
    """Whether the account is (still) in the case."""
    return care.cases(scope).filter(pk=key).exists()


def history(scope: Scope, case: Case) -> list[Done]:
    """What was done, newest first; a contact tells all that the event of it does."""
    contacts = care.contacts(scope).filter(case=case).select_related("by__person")
    events = care.events(scope).filter(case=case).exclude(kind=CaseEvent.Kind.CONTACTED)
    events = events.select_related("by__person").order_by("at", "pk")
    names = _names(str(value) for one in events for value in _people(one))
    found = [
        (one.at, 1, one.pk, Done(one.at, one.kind, True, _who(one), one.note, {}, "")) for one in contacts
    ]
    found += [(one.at, 0, one.pk, _event(one, names)) for one in events]
    return [done for *_at, done in sorted(found, key=lambda one: one[:3], reverse=True)]


def others(case: Case) -> QuerySet[User]:
    """Who is in the case besides the adviser."""
    in_it = Participant.objects.filter(case=case, until=None).exclude(person=case.adviser_id)
    return User.objects.filter(pk__in=in_it.values("person")).order_by("family_name", "given_name")


def advisers(scope: Scope, case: Case) -> QuerySet[User]:
    """To whom the case could be handed over."""
    gone = {case.adviser_id, case.student_id, scope.person} - {None}
    return care.advisers(scope.day).exclude(pk__in=gone).order_by("family_name", "given_name", "pk")


def helpers(scope: Scope, case: Case) -> QuerySet[User]:
    """Who could be asked in: teachers of the student's classes and other advisers, but for those in the case."""
    classes = Enrollment.objects.filter(CURRENT, user=case.student_id, digest__isnull=False).values("klass")
    teaching = Enrollment.objects.filter(CURRENT, klass__in=classes, role__in=TEACHING).values("user")
    in_it = Participant.objects.filter(case=case, person=OuterRef("pk"), until=None)
    some = teaching.union(care.advisers(scope.day).values("pk"))
    found = User.objects.filter(CURRENT, ~Exists(in_it), pk__in=some)
    found = found.filter(pk__in=care.staff(scope.day).values("pk"))
    return found.exclude(pk=case.student_id).order_by("family_name", "given_name", "pk")


def family(scope: Scope, case: Case) -> FamilyContact | None:
    """Whether people of the school may speak with the student's family, as far as anybody has said."""
    return care.family_contacts(scope).filter(student=case.student_id).first()


def loads(case: Case) -> list[Used]:
    """The feeds' newest loads behind the case's figures."""
    finished = Load.objects.filter(pk__in=case.loads.values()).values_list("pk", "finished_at")
    known = dict(finished)
    return [Used(feed, number, known.get(number)) for feed, number in sorted(case.loads.items())]


def sees_student(scope: Scope, case: Case) -> bool:
    """Whether the student's page is open to the account."""
    return case.adviser_id == scope.person or scope.enrollments().filter(user=case.student_id).exists()


def _with_figures(cases: QuerySet[Case]) -> QuerySet[Case]:
    said = CaseEvent.objects.filter(case=OuterRef("pk"))
    return cases.select_related(
        "student__digest__top__digest", "klass", "adviser", "opened_by__person"
    ).annotate(
        asks=Exists(said.filter(kind=CaseEvent.Kind.ASKED)),
        worries=Exists(said.filter(kind=CaseEvent.Kind.RAISED)),
    )


def _rows(scope: Scope, cases: Iterable[Case]) -> list[Row]:
    """People's own words first: who asks for help, then whom a teacher worries about, then by need."""
    language = get_language() or settings.LANGUAGE_CODE
    known = steps(language)
    rows = [_row(scope, case, first_step(case.reasons, language, known)) for case in cases]
    return sorted(rows, key=lambda row: (not row.asks, not row.worries, -row.case.need, row.case.pk))


def _row(scope: Scope, case: Any, step: str) -> Row:
    digest: StudentDigest | None = getattr(case.student, "digest", None)
    top: EnrollmentDigest | None = getattr(digest.top, "digest", None) if digest else None
    klass = digest.top.klass_id if digest else case.klass_id or ""
    is_new = case.opened_at > scope.known_until - WEEK
    return Row(case, klass, digest, top, step, is_new, case.asks, case.worries)


def _per_week(scope: Scope) -> int:
    own = Capacity.objects.filter(adviser=scope.person).values_list("per_week", flat=True).first()
    return int(config()["LIWA_CARE_CAPACITY"]) if own is None else own


def _who(one: Any) -> str:
    return one.by.get_full_name() if one.by else ""


def _people(event: CaseEvent) -> list[str]:
    """The keys of those whom an event speaks of."""
    return [event.details[key] for key in ("to", "person") if event.details.get(key)]


def _names(keys: Iterable[str]) -> dict[str, str]:
    return {one.pk: one.name for one in User.objects.filter(pk__in=set(keys))}


def _event(one: CaseEvent, names: Mapping[str, str]) -> Done:
    person = next((names.get(key, key) for key in _people(one)), "")
    return Done(one.at, one.kind, False, _who(one), "", one.details, person)
