"""Whom an account may see: filters for queries, never checks afterwards.

Every page asks its question through one of these querysets, so that what is out of scope is as if it did not
exist (404). Where one of several queries may hold a key, they are joined by a union and not an `or`, for which
PostgreSQL would look at every row of the table.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet
from django.utils.timezone import get_current_timezone_name

from liwa.accounts.models import Account, Duty
from liwa.core.clock import end_of
from liwa.core.feeds import Campus
from liwa.records.campus import profile
from liwa.records.models import Advising, Enrollment, Klass, Org, Role, User

TEACHING = ("teacher", "aide", "proctor")
STUDYING = "student"
CURRENT = Q(status="active")


def valid_on(day: date) -> Q:
    """Rows whose begin and end date, where given, hold on `day` (both days included)."""
    begun = Q(begin_date=None) | Q(begin_date__lte=day)
    return CURRENT & begun & (Q(end_date=None) | Q(end_date__gte=day))


@dataclass(frozen=True)
class Scope:
    """What `account` may see on `day`; `campus` is as the database described it when the request came."""

    account: Account
    day: date
    campus: Campus = field(default_factory=profile)

    @property
    def known_until(self) -> datetime:
        """The last instant of `day` on campus: in a replay of the past nothing later is shown."""
        return end_of(self.day, ZoneInfo(get_current_timezone_name()))

    @cached_property
    def person(self) -> str | None:
        """The sourcedId of who the account is, while the records still know that person."""
        known = User.objects.filter(CURRENT, pk=self.account.person_id, enabled=True)
        return known.values_list("pk", flat=True).first() if self.account.person_id else None

    @cached_property
    def _granted(self) -> list[tuple[str, str | None]]:
        return list(self.account.grants.values_list("duty", "org"))

    @cached_property
    def duties(self) -> frozenset[str]:
        return frozenset(duty for duty, org in self._granted if org is None)

    @cached_property
    def led(self) -> frozenset[str]:
        """The orgs whose leadership was granted to the account; it answers for those below them, too."""
        return frozenset(org for duty, org in self._granted if org and duty == Duty.LEADERSHIP)

    @cached_property
    def roles(self) -> frozenset[str]:
        """The pages' roles: student, teacher, adviser, the duties granted, and supervisor for who leads an org."""
        person = self.person
        found = {*self.duties, *(("supervisor",) if self.led else ())}
        if person is None:
            return frozenset(found)
        kinds = (self.own_enrollments() | self._teaching()).values_list("role", flat=True).distinct()
        found |= {"student" if kind == STUDYING else "teacher" for kind in kinds}
        if Advising.objects.filter(valid_on(self.day), adviser=person).exists():
            found.add("adviser")
        return frozenset(found)

    def taught_classes(self) -> QuerySet[Klass]:
        """Classes the account teaches on `day`, and those it taught to their end."""
        return Klass.objects.filter(CURRENT, pk__in=self._teaching().values("klass"))

    def _teaching(self) -> QuerySet[Enrollment]:
        """Enrollments as a teacher, but for those that ended before `day` while the class went on."""
        stayed = Q(end_date=None) | Q(end_date__gte=self.day) | Q(end_date__gte=F("klass__ends_on"))
        return Enrollment.objects.filter(CURRENT, stayed, user=self.person, role__in=TEACHING)

    def advisees(self) -> QuerySet[User]:
        """Students the account advises on `day`, one by one or through an org and those below it."""
        advising = Advising.objects.filter(valid_on(self.day), adviser=self.person)
        orgs = with_descendants(set(advising.exclude(org=None).values_list("org", flat=True)))
        named = advising.exclude(student=None).values("student")
        studying = Role.objects.filter(valid_on(self.day), role=STUDYING, org__in=orgs).values("user")
        return User.objects.filter(CURRENT, pk__in=named.union(studying))

    def own_enrollments(self) -> QuerySet[Enrollment]:
        """The account's own classes as a student."""
        return _studying().filter(user=self.person)

    def advisee_enrollments(self) -> QuerySet[Enrollment]:
        return _studying().filter(user__in=self.advisees().values("pk"))

    def taught_enrollments(self) -> QuerySet[Enrollment]:
        return _studying().filter(klass__in=self.taught_classes().values("pk"))

    def enrollments(self) -> QuerySet[Enrollment]:
        """Every student enrollment the account may see in person, by any of its roles."""
        return _studying().filter(self.visible())

    def visible(self) -> Q:
        """What a student's enrollment must meet for the account to see it."""
        return (
            Q(user=self.person)
            | Q(user__in=self.advisees().values("pk"))
            | Q(klass__in=self.taught_classes().values("pk"))
        )

    @property
    def sees_campus(self) -> bool:
        """May see campus figures (no persons)."""
        return bool(self.duties & {Duty.LEADERSHIP, Duty.DATA_OFFICE, Duty.REGISTRAR})

    @property
    def sees_feeds(self) -> bool:
        """May see feeds, loads and refused rows, which hold personal data as it came in."""
        return Duty.DATA_OFFICE in self.duties


def _studying() -> QuerySet[Enrollment]:
    return Enrollment.objects.filter(CURRENT, role=STUDYING)


def with_descendants(orgs: set[str]) -> set[str]:
    """The orgs and all orgs below them, one query a level."""
    found = set(orgs)
    level = orgs
    while level:
        children = Org.objects.filter(CURRENT, parent__in=level).values_list("pk", flat=True)
        level = set(children) - found
        found |= level
    return found
