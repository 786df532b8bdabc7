"""The weekly rhythm: after each refresh cases are woken, updated, passed on, opened and escalated.

A case is opened because of risk for the students with the greatest need, as many as their advisers have places this
week; who has one already is only updated. Doing it again for the same cut-off changes nothing.
"""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from liwa.care import moment
from liwa.care.assign import assign
from liwa.care.models import Case, CaseEvent, CaseOutcome, Contact, Participant
from liwa.care.opening import give, newest_loads
from liwa.care.pools import BATCH, WAITING, Advisers, burden
from liwa.care.trials import withheld
from liwa.core.clock import day_of, now
from liwa.core.feeds import Campus
from liwa.db.retrying import retrying
from liwa.digest.models import Band, StudentDigest

REST = timedelta(days=14)  # after a case was closed none is opened because of risk
LONG_REST = timedelta(days=28)  # after one that found no need
AT_RISK = (Band.HIGH, Band.MEDIUM)
SHOWN = ("need", "risk", "risk_low", "risk_high", "reasons")
Kind = CaseEvent.Kind


@dataclass
class Done:
    """How many cases were woken, updated, passed on, opened and escalated; students at risk for whom no place was left."""

    woken: int = 0
    updated: int = 0
    passed_on: int = 0
    opened: int = 0
    escalated: int = 0
    no_place: int = 0

    def as_dict(self) -> dict[str, int]:
        """The figures by name."""
        return asdict(self)


class Standing(NamedTuple):
    """A student at risk, as the digest has it."""

    student: str
    klass: str
    need: float
    risk: float | None
    risk_low: float | None
    risk_high: float | None
    reasons: list[dict[str, Any]]


def open_cases(as_of: datetime, campus: Campus, card: str = "") -> Done:
    """Everything the system does with cases, on the digest of the cut-off `as_of`; `card`: name of the model's card.

    One transaction. Nothing is done for a cut-off before one that cases already rest on: a look at the past is no week.
    """
    return retrying(lambda: _Week(as_of, campus, card).run())


class _Week:
    def __init__(self, as_of: datetime, campus: Campus, card: str) -> None:
        self.as_of = as_of
        self.day = day_of(as_of, campus.zone)
        self.at = moment.instant(campus) if self.day == moment.today(campus) else as_of
        self.trace = {"cutoff": as_of, "card": card, "loads": newest_loads(now())}
        self.done = Done()

    def run(self) -> Done:
        if Case.objects.filter(cutoff__gt=self.as_of).exists():
            return self.done
        self._wake()
        self._update()
        self._give_places()
        self._escalate()
        return self.done

    def _wake(self) -> None:
        """Cases put off until today are due again, and so are those whose student left what they were about."""
        for case in _unclosed().filter(snoozed_until__lte=self.day).select_for_update():
            case.snoozed_until, case.snooze_reason, case.escalated_at = None, "", None
            case.due_on = moment.due(self.day)
            case.version += 1
            case.save()
            self._note(case.pk, Kind.WOKEN)
            self.done.woken += 1

    def _update(self) -> None:
        """Risk and reasons of cases under way as of this cut-off. Who is in no running class keeps the last ones."""
        under_way = {
            case.student_id: case for case in _unclosed().exclude(cutoff=self.as_of, card=self.trace["card"])
        }
        changed = []
        for standing in _standings(StudentDigest.objects.filter(user__in=_unclosed().values("student"))):
            case = under_way.get(standing.student)
            if case is None:
                continue
            for name in SHOWN:
                setattr(case, name, getattr(standing, name))
            for name, value in self.trace.items():
                setattr(case, name, value)
            changed.append(case)
        Case.objects.bulk_update(changed, [*SHOWN, *self.trace], batch_size=BATCH)
        self.done.updated = len(changed)

    def _give_places(self) -> None:
        """Once more while cases that passed on left room where they came from, so that a repeat finds nothing to do."""
        passed_on = -1
        while passed_on != self.done.passed_on:
            passed_on = self.done.passed_on
            self._assign()

    def _assign(self) -> None:
        """Pass on cases whose adviser no longer answers for the student, and open new ones, by one exact assignment."""
        stuck = {case.student_id: case for case in self._stuck()}
        fresh = {one.student: one for one in self._candidates()}
        everyone = Advisers(self.day)
        eligible = everyone.eligible([*stuck, *fresh])
        has = burden(self.at)
        pool = {adviser for advisers in eligible.values() for adviser in advisers}
        free = {one: size - has[one] for one, size in everyone.capacity(pool).items()}
        places = sum(max(size, 0) for size in free.values()) - len(stuck)
        held = withheld(list(fresh), self.as_of, places)
        fresh = {student: one for student, one in fresh.items() if student not in held}
        eligible = {student: advisers for student, advisers in eligible.items() if student not in held}
        need = {student: one.need for student, one in fresh.items()}
        first = 1 + max([*need.values(), *(case.need for case in stuck.values())], default=0.0)
        need |= {student: first + case.need for student, case in stuck.items()}  # somebody waits already
        given = assign(need, free, eligible, has)
        for student, case in stuck.items():
            if student in given and given[student] != case.adviser_id:
                self._pass_on(case, given[student])
        self._open([one for student, one in fresh.items() if student in given], given)
        self.done.no_place = sum(student not in given for student in fresh)

    def _stuck(self) -> list[Case]:
        """Cases with no adviser, or with one who works here no more or whom the student is no longer advised by.

        A choice made by a person stands while that adviser works here, and so does a case somebody has worked on.
        """
        cases = list(
            _unclosed().filter(snoozed_until=None).select_related("adviser").select_for_update(of=("self",))
        )
        eligible = Advisers(self.day).eligible([case.student_id for case in cases])
        found = []
        for case in cases:
            gone = case.adviser is None or case.adviser.status != "active" or not case.adviser.enabled
            moved = not case.by_hand and case.state == Case.State.OPEN
            if gone or (
                moved and case.adviser_id not in eligible[case.student_id] and eligible[case.student_id]
            ):
                found.append(case)
        return found

    def _pass_on(self, case: Case, adviser: str) -> None:
        give(case, adviser, self.at)
        case.by_hand = False
        case.due_on, case.escalated_at = moment.due(self.day), None
        case.version += 1
        case.save()
        self.done.passed_on += 1

    def _candidates(self) -> list[Standing]:
        """Students at risk without a case, greatest need first, but for those whose case was closed not long ago."""
        recent = Q(closed_at__gt=self.at - REST)
        recent |= Q(closed_at__gt=self.at - LONG_REST, outcome=CaseOutcome.NO_NEED)
        resting = Case.objects.filter(recent).values("student")
        rows = StudentDigest.objects.filter(band__in=AT_RISK, user__status="active")
        rows = rows.exclude(user__in=_unclosed().values("student")).exclude(user__in=resting)
        return sorted(_standings(rows), key=lambda one: (-one.need, one.student))

    def _open(self, students: Collection[Standing], given: dict[str, str]) -> None:
        made = [
            Case(
                student_id=one.student,
                open_for=one.student,
                adviser_id=given[one.student],
                klass_id=one.klass,
                origin=Case.Origin.RISK,
                opened_at=self.at,
                due_on=moment.due(self.day),
                **{name: getattr(one, name) for name in SHOWN},
                **self.trace,
            )
            for one in students
        ]
        # A teacher may raise a case for one of them this instant: that one stands.
        Case.objects.bulk_create(made, batch_size=BATCH, ignore_conflicts=True)
        for some in _chunks([one.student for one in students]):
            fresh = list(Case.objects.filter(open_for__in=some, events=None).order_by("-need", "pk"))
            events, members = [], []
            for case in fresh:
                adviser = str(case.adviser_id)
                events += [
                    CaseEvent(case=case, kind=Kind.OPENED, at=self.at, details={"origin": case.origin}),
                    CaseEvent(case=case, kind=Kind.ASSIGNED, at=self.at, details={"to": adviser}),
                ]
                members.append(Participant(case=case, person_id=adviser, since=self.at))
            CaseEvent.objects.bulk_create(events, batch_size=BATCH)
            Participant.objects.bulk_create(members, batch_size=BATCH)
            self.done.opened += len(fresh)

    def _escalate(self) -> None:
        """Cases that somebody was to do something about by yesterday go to who leads the student's org."""
        late = _unclosed().filter(
            state__in=WAITING, due_on__lt=self.day, snoozed_until=None, escalated_at=None
        )
        for case in late.select_for_update():
            case.escalated_at = self.at
            case.version += 1
            case.save()
            self._note(case.pk, Kind.ESCALATED, {"due_on": case.due_on.isoformat()})
            self.done.escalated += 1

    def _note(self, case: int, kind: str, details: dict[str, Any] | None = None) -> None:
        CaseEvent.objects.create(case_id=case, kind=kind, at=self.at, details=details or {})


def _unclosed() -> QuerySet[Case]:
    return Case.objects.filter(open_for__isnull=False)


def _standings(rows: QuerySet[StudentDigest]) -> Iterable[Standing]:
    return (Standing(*row) for row in rows.values_list("user", "top__klass", *SHOWN))


def _chunks(students: list[str]) -> Iterable[list[str]]:
    for start in range(0, len(students), BATCH):
        yield students[start : start + BATCH]


def week_of(day: date) -> date:
    """The Monday of the day's week."""
    return day - timedelta(days=day.weekday())


def counts() -> dict[str, int]:
    """How many cases there are in each state, put off, overdue, without an adviser; contacts ever logged."""
    under_way = _unclosed()
    awake = under_way.filter(snoozed_until=None)
    states = {state.value: awake.filter(state=state).count() for state in Case.State if state != "closed"}
    return {
        **states,
        "closed": Case.objects.filter(open_for=None).count(),
        "put_off": under_way.exclude(snoozed_until=None).count(),
        "overdue": awake.filter(escalated_at__isnull=False).count(),
        "no_adviser": under_way.filter(adviser=None).count(),
        "contacts": Contact.objects.exclude(kind=Contact.Kind.NOTE).count(),
    }
