"""Which cases an account may see: filters for queries, never checks afterwards.

Notes are read through `contacts` alone, which knows only the cases one is in.
"""

from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet

from liwa.accounts.models import Duty
from liwa.accounts.scope import CURRENT, STUDYING, Scope, valid_on, with_descendants
from liwa.care.models import Capacity, Case, CaseEvent, Contact, FamilyContact, Participant
from liwa.records.models import Advising, Role, User

ADVISING_ROLES = ("counselor", "guidanceCounselor")
NO_STAFF = (STUDYING, "guardian", "parent", "relative")  # OneRoster's roles of families

# What is no private word: all that whoever is not in a case may see of it.
STATUS = (
    "student",
    "adviser",
    "klass",
    "state",
    "origin",
    "opened_at",
    "opened_by",
    "due_on",
    "snoozed_until",
    "escalated_at",
    "closed_at",
    "version",
)


def cases(scope: Scope) -> QuerySet[Case]:
    """Cases the account's person is in: as the adviser, or joined."""
    own = Participant.objects.filter(case=OuterRef("pk"), person=scope.person, until=None)
    return Case.objects.filter(Exists(own)).exclude(student=scope.person)


def contacts(scope: Scope) -> QuerySet[Contact]:
    """What was logged and noted in the cases the account's person is in."""
    return Contact.objects.filter(case__in=cases(scope).values("pk"))


def events(scope: Scope) -> QuerySet[CaseEvent]:
    """What happened to the cases the account's person is in."""
    return CaseEvent.objects.filter(case__in=cases(scope).values("pk"))


def raised(scope: Scope) -> QuerySet[Case]:
    """Cases the account spoke up for as a teacher: their status, without anybody's words."""
    spoke = CaseEvent.objects.filter(case=OuterRef("pk"), kind=CaseEvent.Kind.RAISED, by=scope.account)
    return Case.objects.filter(Exists(spoke)).only(*STATUS)


def own_cases(scope: Scope) -> QuerySet[Case]:
    """Cases about the account's own person, a student: their status."""
    return Case.objects.filter(student=scope.person, student__isnull=False).only(*STATUS)


def overdue(scope: Scope) -> QuerySet[Case]:
    """Cases that went overdue, or have no adviser, of students of the orgs the account leads: their status.

    The leadership of an org (a duty granted for that org) answers for the orgs below it too.
    """
    late = Q(escalated_at__isnull=False) | Q(adviser=None)
    return Case.objects.filter(
        late, open_for__isnull=False, snoozed_until=None, student__in=_led_students(scope)
    ).only(*STATUS)


def may_advise(day: date) -> QuerySet[User]:
    """Whoever the records say advises: somebody or an org on `day`, or by an adviser's role."""
    advising = Advising.objects.filter(valid_on(day)).values("adviser")
    role = Role.objects.filter(valid_on(day), role__in=ADVISING_ROLES).values("user")
    return User.objects.filter(CURRENT, pk__in=advising.union(role), enabled=True)


def advisers(day: date) -> QuerySet[User]:
    """Whoever advises somebody on `day`, or takes students without an adviser."""
    advising = Advising.objects.filter(valid_on(day)).values("adviser")
    taking = Capacity.objects.filter(takes_unassigned=True).values("adviser")
    return may_advise(day).filter(pk__in=advising.union(taking))


def staff(day: date) -> QuerySet[User]:
    """Whoever works at the school on `day`: has a role that is neither a student's nor a family's, or advises."""
    working = Role.objects.filter(valid_on(day)).exclude(role__in=NO_STAFF).values("user")
    advising = Advising.objects.filter(valid_on(day)).values("adviser")
    return User.objects.filter(CURRENT, pk__in=working.union(advising), enabled=True)


def cared_for(scope: Scope) -> QuerySet[User]:
    """Students the account advises, or in whose case it is."""
    return User.objects.filter(pk__in=scope.advisees().values("pk").union(cases(scope).values("student")))


def family_contacts(scope: Scope) -> QuerySet[FamilyContact]:
    """What policy allows with the families of students the account cares for."""
    return FamilyContact.objects.filter(student__in=cared_for(scope).values("pk"))


def capacities(scope: Scope) -> QuerySet[User]:
    """Advisers whose capacity the account may set: all for the data office, those of one's orgs for who leads them.

    An adviser belongs to the orgs where she has a role or whose students she answers for.
    """
    everyone = may_advise(scope.day)
    if Duty.DATA_OFFICE in scope.duties:
        return everyone
    orgs = _led_orgs(scope)
    there = Role.objects.filter(valid_on(scope.day), org__in=orgs).values("user")
    answering = Advising.objects.filter(valid_on(scope.day), org__in=orgs).values("adviser")
    return everyone.filter(pk__in=there.union(answering))


def _led_orgs(scope: Scope) -> set[str]:
    granted = scope.account.grants.filter(duty=Duty.LEADERSHIP, org__isnull=False)
    return with_descendants({str(org) for org in granted.values_list("org", flat=True)})


def _led_students(scope: Scope) -> QuerySet[Role, str]:
    orgs = _led_orgs(scope)
    return Role.objects.filter(valid_on(scope.day), role=STUDYING, org__in=orgs).values_list(
        "user", flat=True
    )
