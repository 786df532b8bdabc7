"""Which of my students need help this week, and why?"""

from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import Concat

from liwa.accounts.scope import CURRENT, STUDYING
from liwa.digest.models import Band, EnrollmentDigest, StudentDigest
from liwa.records.models import Course, Org, Role, User


@dataclass(frozen=True)
class Wanted:
    """What the reader narrowed the list to; an empty text is no wish."""

    band: str = ""
    course: str = ""
    org: str = ""
    name: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything was asked for."""
        return bool(self.band or self.course or self.org or self.name)


@dataclass(frozen=True)
class Summary:
    """How many students there are, and in which bands those with running classes are."""

    students: int
    high: int
    medium: int
    low: int
    unknown: int

    @property
    def without_class(self) -> int:
        """Students in no running class: they are in no list."""
        return self.students - self.high - self.medium - self.low - self.unknown


def summary(students: QuerySet[User]) -> Summary:
    """The students counted by band; two queries."""
    counted = StudentDigest.objects.filter(user__in=students.values("pk")).values_list("band")
    bands = dict(counted.annotate(n=Count("pk")).order_by())
    return Summary(students.count(), **{band: bands.get(band, 0) for band in Band.values})


def by_need(students: QuerySet[User], wanted: Wanted) -> QuerySet[StudentDigest]:
    """The rows of the list, greatest need first, with user and top enrollment's digest joined."""
    rows = StudentDigest.objects.filter(user__in=students.values("pk"))
    if wanted.band:
        rows = rows.filter(band=wanted.band)
    if wanted.course:
        taking = EnrollmentDigest.objects.filter(klass__course=wanted.course)
        rows = rows.filter(user__in=taking.values("user"))
    if wanted.org:
        there = Role.objects.filter(CURRENT, role=STUDYING, org=wanted.org)
        rows = rows.filter(user__in=there.values("user"))
    if wanted.name:
        rows = rows.filter(user__in=named(wanted.name).values("pk"))
    return rows.select_related("user", "top__digest").order_by("-need", "pk")


def named(words: str) -> QuerySet[User]:
    """Users whose name (in either order, with or without the space) or number contains `words`."""
    family, given = F("family_name"), F("given_name")
    spellings = User.objects.annotate(
        western=Concat(given, Value(" "), family),
        eastern=Concat(family, given),
        spaced=Concat(family, Value(" "), given),
    )
    return spellings.filter(
        Q(western__icontains=words)
        | Q(eastern__icontains=words)
        | Q(spaced__icontains=words)
        | Q(preferred_given_name__icontains=words)
        | Q(preferred_family_name__icontains=words)
        | Q(identifier__icontains=words)
        | Q(sourced_id=words)
    )


def courses(students: QuerySet[User]) -> QuerySet[Course]:
    """The courses whose running classes the students are in."""
    taken = EnrollmentDigest.objects.filter(user__in=students.values("pk")).values("klass__course")
    return Course.objects.filter(pk__in=taken).order_by("title")


def orgs(students: QuerySet[User]) -> QuerySet[Org]:
    """The orgs the students belong to."""
    belonging = Role.objects.filter(CURRENT, role=STUDYING, user__in=students.values("pk"))
    return Org.objects.filter(pk__in=belonging.values("org")).order_by("name")
