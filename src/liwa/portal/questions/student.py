"""How is this student doing, what happened, and why does the list say what it says?"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.timezone import localdate

from liwa.accounts.scope import CURRENT, STUDYING, Scope
from liwa.care import scope as care
from liwa.care.models import Case
from liwa.digest.models import ClassDigest, EnrollmentDigest, StudentDigest
from liwa.records.models import Enrollment, LineItem, Outcome, Result, User

FEW = 5  # a mean of fewer students than these would tell of each of them


@dataclass(frozen=True)
class Work:
    """One line item and what this student made of it.

    `state` is `handed_in`, `late`, `missing`, `exempt`, `open` (due later) or `undated`; `class_mean` is the class's
    mean score as a share, where enough have one.
    """

    item: LineItem
    result: Result | None
    state: str
    class_mean: float | None = None

    @property
    def share(self) -> float | None:
        """The score as a share of the most that can be had."""
        if self.result is None or self.result.score is None:
            return None
        return self.result.score / (self.item.result_value_max or 100.0)


@dataclass(frozen=True)
class Taken:
    """One running class of the student: its digest row and the work."""

    digest: EnrollmentDigest
    work: list[Work]


def one_student(scope: Scope, key: str) -> User:
    """The student if the account advises or teaches them; 404 if not. Nobody is shown to themselves here."""
    seen = _advised(scope).union(scope.taught_enrollments().values("user"))
    mine = User.objects.filter(CURRENT, pk__in=seen).exclude(pk=scope.account.person_id or "")
    return get_object_or_404(mine.select_related("primary_org"), pk=key)


def open_case(scope: Scope, student: User) -> Case | None:
    """The student's case that is not closed, if the account is in it."""
    return care.cases(scope).filter(student=student, open_for__isnull=False).first()


def visible_enrollments(scope: Scope, student: User) -> QuerySet[Enrollment]:
    """The student's enrollments that the account may see: all for the adviser, own classes for a teacher."""
    seen = scope.visible() | Q(user__in=_given(scope))
    return Enrollment.objects.filter(CURRENT, seen, role=STUDYING, user=student)


def overall(scope: Scope, student: User) -> StudentDigest | None:
    """The row of the adviser's list; it speaks of all classes, so it is the adviser's alone."""
    return StudentDigest.objects.filter(user__in=_advised(scope), user=student).first()


def _advised(scope: Scope) -> QuerySet[User, Any]:
    """Keys of the account's advisees, and of students without an adviser whose open case was given to the account."""
    mine = scope.advisees().values("pk").union(_given(scope))
    return User.objects.filter(CURRENT, pk__in=mine).values("pk")


def _given(scope: Scope) -> QuerySet[Case, Any]:
    """Keys of the students whose open case the account is the adviser of."""
    return care.cases(scope).filter(adviser=scope.person, open_for__isnull=False).values("student")


def running(enrollments: QuerySet[Enrollment], student: User, day: date, until: datetime) -> list[Taken]:
    """The running classes, greatest need first, with work handed in by `until`; five queries whatever their number."""
    digests = list(
        EnrollmentDigest.objects.filter(enrollment__in=enrollments.values("pk"))
        .select_related("klass__course")
        .order_by("-need", "pk")
    )
    work = _work({one.klass_id for one in digests}, student, day, until)
    return [Taken(one, work[one.klass_id]) for one in digests]


def ended(enrollments: QuerySet[Enrollment], until: datetime) -> QuerySet[Outcome]:
    """How earlier enrollments ended, as far as known at `until`, the latest first."""
    return (
        Outcome.objects.filter(CURRENT, known_at__lte=until, enrollment__in=enrollments.values("pk"))
        .select_related("enrollment__klass")
        .order_by("-known_at", "pk")
    )


def timeline(digest: StudentDigest | None, student: User, classes: dict[str, str]) -> list[dict[str, Any]]:
    """What happened in these classes (id -> title), newest first, with days as dates.

    A teacher has no right to the digest row itself, only to what in it belongs to the classes taught.
    """
    row = digest or StudentDigest.objects.filter(user=student).first()
    if row is None:
        return []
    return [
        {**one, "on": date.fromisoformat(one["on"]), "klass_title": classes.get(one.get("klass", ""), "")}
        for one in row.timeline
        if (digest is not None and not one.get("klass")) or one.get("klass") in classes
    ]


def _work(classes: Iterable[str], student: User, day: date, until: datetime) -> dict[str, list[Work]]:
    """The work of each class in the order of its due days."""
    items = LineItem.objects.filter(CURRENT, klass__in=classes).order_by("due_date", "title", "pk")
    by_then = Q(submitted_at=None) | Q(submitted_at__lte=until)
    found = Result.objects.filter(CURRENT, by_then, student=student, line_item__klass__in=classes)
    results = {one.line_item_id: one for one in found}
    means = _class_means(classes)
    work: dict[str, list[Work]] = defaultdict(list)
    for item in items:
        result, mean = results.get(item.pk), means.get(item.pk)
        share = None if mean is None else mean / (item.result_value_max or 100.0)
        work[item.klass_id].append(Work(item, result, state_of(item, result, day), share))
    return work


def _class_means(classes: Iterable[str]) -> dict[str, float]:
    """Line item -> the mean score of its class, where enough students handed it in."""
    found = ClassDigest.objects.filter(klass__in=classes).values_list("items", flat=True)
    return {
        item["line_item"]: item["mean"]
        for items in found
        for item in items
        if item["mean"] is not None and item["handed_in"] >= FEW
    }


def state_of(item: LineItem, result: Result | None, day: date) -> str:
    """What became of the work by `day`; a mark without an instant counts as handed in."""
    if result is not None and result.score_status == "exempt":
        return "exempt"
    if result is not None and (result.submitted_at is not None or result.score is not None):
        return "late" if _is_late(item, result) else "handed_in"
    if item.due_date is None:
        return "undated"
    return "missing" if item.due_date < day else "open"


def _is_late(item: LineItem, result: Result) -> bool:
    return bool(item.due_date and result.submitted_at and localdate(result.submitted_at) > item.due_date)
