"""How am I doing, what is due next, and who saw my data?"""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from liwa.accounts.models import Viewing
from liwa.accounts.scope import Scope
from liwa.digest.models import EnrollmentDigest
from liwa.portal.questions.student import Work, ended, running
from liwa.records.models import LineItem, Outcome, User

DAYS_SHOWN = 180


@dataclass(frozen=True)
class Own:
    """A student's own classes, what is due next, and who looked."""

    person: User
    digests: list[EnrollmentDigest]
    work: dict[str, list[Work]]
    upcoming: list[LineItem]
    overdue: list[LineItem]
    outcomes: list[Outcome]
    viewings: list[Viewing]


def own(scope: Scope, today: date, day: date) -> Own:
    """Everything of the student's own page; the queries do not grow with classes or work.

    `today` divides what is still due from what was; `day` is the digest's.
    """
    person = User.objects.get(pk=scope.account.person_id)
    enrollments = scope.own_enrollments()
    taken = running(enrollments, person, day, scope.known_until)
    titles = {one.digest.klass_id: one.digest.klass for one in taken}
    work = {one.digest.klass_id: one.work for one in taken}
    undone = [one.item for rows in work.values() for one in rows if one.state in ("open", "missing")]
    for item in undone:
        item.klass = titles[item.klass_id]
    dated = sorted((item for item in undone if item.due_date), key=lambda item: (item.due_date, item.title))
    return Own(
        person=person,
        digests=sorted((one.digest for one in taken), key=lambda digest: digest.klass.title),
        work=work,
        upcoming=[item for item in dated if item.due_date and item.due_date >= today],
        overdue=[item for item in dated if item.due_date and item.due_date < today],
        outcomes=list(_outcomes(scope)),
        viewings=list(_viewings(person, today)),
    )


def _outcomes(scope: Scope) -> QuerySet[Outcome]:
    return ended(scope.own_enrollments(), scope.known_until)


def _viewings(person: User, today: date) -> QuerySet[Viewing]:
    recent = Q(day__gte=today - timedelta(days=DAYS_SHOWN))
    return (
        Viewing.objects.filter(recent, student=person)
        .select_related("account__person")
        .order_by("-at", "-pk")[:100]
    )
