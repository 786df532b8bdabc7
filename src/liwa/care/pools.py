"""Which advisers a student may be given to, how many students each can take, and how many each has."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta

from django.db.models import Q

from liwa.accounts.scope import CURRENT, STUDYING, valid_on
from liwa.care.models import Capacity, Case
from liwa.care.scope import may_advise
from liwa.core.config import config
from liwa.records.models import Advising, Org, Role, User

WEEK = timedelta(days=7)
BATCH = 500
WAITING = (Case.State.OPEN, Case.State.CONTACTED)  # somebody is to do something about it

Pools = dict[str, frozenset[str]]


class Advisers:
    """Everyone who can be given a student on `day`."""

    def __init__(self, day: date) -> None:
        self.day = day
        working = User.objects.filter(CURRENT, enabled=True)
        rows = Advising.objects.filter(valid_on(day), adviser__in=working).values_list(
            "adviser", "student", "org"
        )
        self._named: dict[str, set[str]] = defaultdict(set)
        self._of_org: dict[str, set[str]] = defaultdict(set)
        for adviser, student, org in rows:
            (self._named[student] if student else self._of_org[str(org)]).add(adviser)
        set_ = Capacity.objects.filter(adviser__in=working)
        self._set = dict(set_.values_list("adviser", "per_week"))
        taking = set_.filter(takes_unassigned=True, adviser__in=may_advise(day)).values_list(
            "adviser", flat=True
        )
        self._others = frozenset(str(adviser) for adviser in taking)
        self._pools = self._with_those_above()

    def eligible(self, students: Collection[str]) -> Pools:
        """Each student's own advisers; else those of the student's orgs; else those who take whoever has none."""
        orgs = self._orgs_of(students) if self._pools else {}
        found = {}
        for student in students:
            own = self._named.get(student) or {
                adviser for org in orgs.get(student, ()) for adviser in self._pools.get(org, ())
            }
            found[student] = frozenset(own - {student}) or (self._others - {student})
        return found

    def capacity(self, advisers: Iterable[str]) -> dict[str, int]:
        """Students a week."""
        usual = config()["LIWA_CARE_CAPACITY"]
        return {adviser: self._set.get(adviser, usual) for adviser in advisers}

    def _with_those_above(self) -> dict[str, frozenset[str]]:
        """{org: advisers of it and of the orgs above it}"""
        if not self._of_org:
            return {}
        above = dict(Org.objects.filter(CURRENT).values_list("pk", "parent"))
        found = {}
        for org in above:
            advisers: set[str] = set()
            seen: set[str] = set()
            at: str | None = org
            while at is not None and at not in seen:
                seen.add(at)
                advisers |= self._of_org.get(at, set())
                at = above.get(at)
            if advisers:
                found[org] = frozenset(advisers)
        return found

    def _orgs_of(self, students: Collection[str]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        asked = sorted(students)
        for start in range(0, len(asked), BATCH):
            rows = Role.objects.filter(
                valid_on(self.day), role=STUDYING, user__in=asked[start : start + BATCH]
            )
            for user, org in rows.values_list("user", "org"):
                found[str(user)].add(str(org))
        return found


def burden(at: datetime) -> Counter[str]:
    """How many students each adviser has this week: those waiting, and those that came in the last seven days."""
    waiting = Q(open_for__isnull=False, snoozed_until=None, state__in=WAITING)
    counted = Case.objects.filter(waiting | Q(opened_at__gt=at - WEEK), adviser__isnull=False)
    return Counter(str(adviser) for adviser in counted.values_list("adviser", flat=True))


def place(student: str, day: date, at: datetime) -> str | None:
    """Whom a student who speaks up, or for whom a teacher does, is given to: also when everyone is full."""
    advisers = Advisers(day)
    pool = advisers.eligible([student])[student]
    size, has = advisers.capacity(pool), burden(at)
    return min(pool, key=lambda one: ((has[one] + 1) / max(size[one], 0.5), one), default=None)
