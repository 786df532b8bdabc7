"""How is this class getting on, who needs a word, and which work is too hard?"""

from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from django.db.models import Count, QuerySet
from django.shortcuts import get_object_or_404

from liwa.accounts.scope import Scope
from liwa.digest.models import Band, EnrollmentDigest
from liwa.portal.questions.classes import Completed, Taught, completions, is_recorded, session_titles
from liwa.records.models import Klass

IN_NEED = (Band.HIGH, Band.MEDIUM)
ENOUGH_MARKS = 10  # below that, a mean says more about who was marked than about the work
STANDS_OUT = 10.0  # points by which the hardest work lies below the middle of the other work


@dataclass(frozen=True)
class Item:
    """One line item as the digest has it.

    `is_hardest` where its marks lie well below those of the others; not `is_recorded` where it was due and the
    records know of nobody's work on it.
    """

    title: str
    kind: str
    due: date | None
    weight: float | None
    expected: int
    handed_in: int
    late: int
    missing: int
    mean: float | None
    is_due: bool
    is_recorded: bool
    is_hardest: bool


def one_class(scope: Scope, key: str) -> Taught:
    """The class if the account teaches it; 404 if not."""
    klass = get_object_or_404(scope.taught_classes().select_related("digest", "course", "school"), pk=key)
    completed: dict[str, Completed] = completions(scope)
    return Taught(
        klass, getattr(klass, "digest", None), session_titles([klass])[klass.pk], completed.get(klass.pk)
    )


def students(scope: Scope, klass: Klass) -> QuerySet[EnrollmentDigest]:
    """The students of the running class, greatest need first, with their names."""
    enrolled = scope.taught_enrollments().filter(klass=klass)
    rows = EnrollmentDigest.objects.filter(enrollment__in=enrolled.values("pk"))
    return rows.select_related("user").order_by("-need", "pk")


def bands(rows: QuerySet[EnrollmentDigest]) -> dict[str, int]:
    """How many students are in each band; one query."""
    counted = dict(rows.select_related(None).order_by().values_list("band").annotate(n=Count("pk")))
    return {band: counted.get(band, 0) for band in Band.values}


def items(found: list[dict[str, Any]]) -> list[Item]:
    """The digest's line items with days as dates."""
    hard = hardest(found)
    return [
        Item(
            title=one["title"],
            kind=one["kind"],
            due=date.fromisoformat(one["due"]) if one["due"] else None,
            weight=one["weight"],
            expected=one["expected"],
            handed_in=one["handed_in"],
            late=one["late"],
            missing=one["missing"],
            mean=one["mean"],
            is_due=one["is_due"],
            is_recorded=not one["is_due"] or is_recorded(one),
            is_hardest=one["line_item"] == hard,
        )
        for one in found
    ]


def hardest(found: list[dict[str, Any]]) -> str | None:
    """The line item that seems too hard, or None where marks are few or nothing stands out."""
    marked = [
        one for one in found if one["is_due"] and one["mean"] is not None and one["handed_in"] >= ENOUGH_MARKS
    ]
    if len(marked) < 2:
        return None
    lowest = min(marked, key=lambda one: one["mean"])
    others = median(one["mean"] for one in marked if one is not lowest)
    return str(lowest["line_item"]) if others - lowest["mean"] >= STANDS_OUT else None
