"""Some weeks of care before the day of the simulated campus, so that its pages show what a school's would.

Everything is done by the actions that people take on the pages, on the days before; risk, cases opened because of it
and what is overdue come from the refresh that follows.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import msgspec
from django.db.models import Count, Q

from liwa.accounts.models import Account
from liwa.accounts.scope import Scope
from liwa.care import actions
from liwa.care.models import Case, CaseOutcome, Contact
from liwa.care.school import keep_capacity
from liwa.care.trials import actions as trials
from liwa.care.trials.models import Trial
from liwa.care.trials.terms import ENCOURAGEMENT, STAYED, Terms
from liwa.core.clock import start_of
from liwa.core.feeds import Campus
from liwa.records.campus import profile
from liwa.records.models import Advising

TRIAL = "offer-autumn"
TERMS = Terms(
    design=ENCOURAGEMENT,
    outcome=STAYED,
    students=300,
    horizon=28,
    threshold=0.3,
    ceiling=0.8,
    hold_days=28,
    base=0.9,
)
ADVISER_A_WEEK, POOL_A_WEEK = 12, 6
NOTED = {
    "call": "Works four evenings a week. We dropped one elective. 每周打工四晚，已商量退掉一门选修课。",
    "end": "Hands in on time again, and says so gladly. 又能按时交作业了，自己也很高兴。",
    "missed": "Nobody picked up. 没有人接电话。",
    "met": "Moved in September and sleeps badly; counselling on Thursday. 九月搬家后睡不好，约了周四的咨询。",
    "wrote": "Wrote two lines and offered three times to meet. 写了几句话，给了三个可以见面的时间。",
    "away": "Away with the debating team until next week. 随辩论队外出，下周回来。",
    "silent": "Used to ask much, says nothing since October. 以前常提问，十月以来一直沉默。",
    "unsure": "Doubts whether this is the right subject. 在犹豫是否选对了专业。",
    "asked": "I cannot keep up with the exercises. May I come by? 习题跟不上了，可以来找您吗？",
}


@dataclass(frozen=True)
class People:
    """Accounts of an adviser, one of her students, and a teacher of that student's."""

    adviser: Account
    teacher: Account
    student: Account


def live(people: People) -> None:
    """Rooms, a trial, and cases of the weeks before. Safe to repeat: who has a history keeps it."""
    campus = profile()
    if campus.as_of is None or Case.objects.filter(adviser=people.adviser.person_id).exists():
        return
    _give_room(str(people.adviser.person_id), campus.as_of)
    _begin_trial(campus, campus.as_of)
    _Weeks(people, campus, campus.as_of).run()


def _give_room(adviser: str, day: date) -> None:
    keep_capacity(adviser, ADVISER_A_WEEK, takes_unassigned=False)
    pool = Advising.objects.filter(status="active", org__isnull=False).order_by("adviser")
    for place, one in enumerate(pool.values_list("adviser", flat=True)):
        keep_capacity(one, POOL_A_WEEK, takes_unassigned=place == 0)


def _begin_trial(campus: Campus, day: date) -> None:
    if Trial.objects.exists():
        return
    trials.create(TRIAL, TERMS, by="demo")
    trials.start(TRIAL, by="demo", as_of=start_of(day - timedelta(days=7), campus.zone))


class _Weeks:
    """What three people did in the weeks before `day`, each on a day of its own."""

    def __init__(self, people: People, campus: Campus, day: date) -> None:
        self.people = people
        self.campus = campus
        self.day = day
        self.taught = self._taught()
        self.others = [
            one for one in self._in_arrears() if one not in {student for student, _ in self.taught}
        ]

    def run(self) -> None:
        """As many of these stories as there are students for."""
        for student, story in zip(self.others, (self._helped, self._supported, self._away), strict=False):
            story(student)
        for (student, klass), (ago, words) in zip(self.taught, ((12, "silent"), (3, "unsure")), strict=False):
            actions.raise_case(self._on(ago, self.people.teacher), student, klass, NOTED[words])
        actions.ask_for_help(self._on(1, self.people.student), NOTED["asked"])

    def _helped(self, student: str) -> None:
        """Called, supported, closed."""
        case = actions.take(self._on(24), student).pk
        actions.log_contact(self._on(23), case, Contact.Kind.CALLED, NOTED["call"])
        actions.support(self._on(20), case)
        actions.close(self._on(6), case, CaseOutcome.IMPROVED, NOTED["end"])

    def _supported(self, student: str) -> None:
        """Reached at the second try; support is under way, and the family may be spoken to."""
        case = actions.take(self._on(15), student).pk
        actions.log_contact(self._on(13), case, Contact.Kind.NO_ANSWER, NOTED["missed"])
        actions.log_contact(self._on(9), case, Contact.Kind.MET, NOTED["met"])
        actions.support(self._on(9), case)
        consent = self.day - timedelta(days=9)
        actions.record_family_contact(self._on(9), student, allowed=True, consent_on=consent)

    def _away(self, student: str) -> None:
        """Written to, then put off."""
        case = actions.take(self._on(8), student).pk
        actions.log_contact(self._on(7), case, Contact.Kind.WROTE, NOTED["wrote"])
        actions.snooze(self._on(2), case, self.day + timedelta(days=5), NOTED["away"])

    def _on(self, days_ago: int, account: Account | None = None) -> Scope:
        """The account (the adviser's without one) as it was some days ago."""
        day = self.day - timedelta(days=days_ago)
        campus = msgspec.structs.replace(self.campus, as_of=day)
        return Scope(account or self.people.adviser, day, campus)

    def _taught(self) -> list[tuple[str, str]]:
        """The adviser's students in the teacher's classes that run, and in which; not the one who asks herself."""
        seats = self._on(0, self.people.teacher).taught_enrollments()
        seats = seats.filter(
            user__in=self._advised(), klass__ends_on__gte=self.day, end_date=None, user__enabled=True
        )
        found: dict[str, str] = dict(seats.order_by("user", "-klass").values_list("user", "klass"))
        return [(one, found[one]) for one in self._in_arrears() if one in found][:2]

    def _in_arrears(self) -> list[str]:
        """The adviser's students, those with the most work missing first."""
        missing = Count("results", Q(results__submitted_at=None, results__score=None))
        known = self._on(0).advisees().filter(pk__in=self._advised(), enabled=True).annotate(missing=missing)
        return list(known.order_by("-missing", "pk").values_list("pk", flat=True))

    def _advised(self) -> list[str]:
        mine = Advising.objects.filter(status="active", adviser=self.people.adviser.person, end_date=None)
        students = mine.exclude(student=self.people.student.person)
        return list(students.filter(student__isnull=False).values_list("student", flat=True))
