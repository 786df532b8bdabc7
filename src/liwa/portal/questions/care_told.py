"""What those outside a case may know of it: where it stands and who is responsible, never what is said."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language

from liwa.accounts.scope import Scope
from liwa.care import scope as care
from liwa.care import wordings
from liwa.care.actions import LONGEST_WORDS
from liwa.care.models import Case, CaseEvent
from liwa.records.models import Klass, User

__all__ = ["LONGEST_WORDS", "Own", "own", "raised", "raised_states", "taught", "wording"]

KIND = {
    Case.State.OPEN: "reach_out",
    Case.State.CONTACTED: "contacted",
    Case.State.IN_SUPPORT: "in_support",
}


@dataclass(frozen=True)
class Own:
    """What students see of their own case: kind words, and who is responsible."""

    case: Case | None
    words: str


def taught(scope: Scope, student: str) -> tuple[User, Sequence[Klass]]:
    """The student and the classes in which the account teaches them, the latest first; 404 if there are none."""
    enrolled = scope.taught_enrollments().filter(user=student).exclude(user=scope.person)
    classes = list(Klass.objects.filter(pk__in=enrolled.values("klass")).order_by("-starts_on", "title"))
    if not classes:
        raise Http404
    return get_object_or_404(User, pk=student), classes


def raised(scope: Scope) -> QuerySet[Case]:
    """The cases the account spoke up for as a teacher, the latest first, each with `told_at`."""
    mine = CaseEvent.objects.filter(case=OuterRef("pk"), kind=CaseEvent.Kind.RAISED, by=scope.account)
    latest = mine.order_by().values("case").annotate(at=Max("at")).values("at")
    cases = care.raised(scope).select_related("student", "klass", "adviser")
    return cases.annotate(told_at=Subquery(latest)).order_by("-told_at", "-pk")


def raised_states(scope: Scope, students: Collection[str]) -> dict[str, str]:
    """Student -> state of the case the account spoke up for, where it is not closed."""
    cases = care.raised(scope).filter(open_for__isnull=False, student__in=students)
    return dict(cases.values_list("student", "state"))


def own(scope: Scope) -> Own:
    """The account's own case as a student, unless it is closed, and the kind words that go with it."""
    case = care.own_cases(scope).filter(open_for__isnull=False).select_related("adviser").first()
    return Own(case, wording(KIND[Case.State(case.state)] if case else "ask"))


def wording(key: str) -> str:
    """What the school says to students, in the reader's language."""
    return wordings.wording(key, get_language() or settings.LANGUAGE_CODE)
