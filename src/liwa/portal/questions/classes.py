"""Which classes do I teach, and how is each getting on?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Subquery

from liwa.accounts.scope import CURRENT, Scope
from liwa.digest.models import ClassDigest, Refresh
from liwa.records.models import AcademicSession, Klass, Outcome

A_WHOLE_CLASS = 10  # students, none of whom handed in: more likely not recorded than not done


@dataclass(frozen=True)
class Completed:
    """Of how many students the outcome is known, and how many of them completed."""

    known: int
    done: int

    @property
    def share(self) -> float:
        return self.done / self.known


@dataclass(frozen=True)
class Taught:
    """One class; `digest` is None before it begins or before anything has been worked out."""

    klass: Klass
    digest: ClassDigest | None
    session: str
    completed: Completed | None

    @property
    def missing(self) -> int:
        """Pieces of work that were due and are not there, over all students."""
        items = self.digest.items if self.digest else []
        return sum(item["missing"] for item in items if item["is_due"] and is_recorded(item))

    @property
    def in_need(self) -> int:
        """Students with whom a word is worth it."""
        return self.digest.high + self.digest.medium if self.digest else 0

    @property
    def active(self) -> list[dict[str, float | None]]:
        """The share of active students by week, in percent, as a sparkline takes it."""
        weeks = self.digest.weeks if self.digest else []
        shares = [week["active_share"] for week in weeks]
        return [{"amount": None if share is None else 100 * share} for share in shares]

    @property
    def length(self) -> int | None:
        """How many weeks the class lasts."""
        return length(self.klass)


@dataclass(frozen=True)
class Classes:
    """All classes taught: those that run, those still to come, and those that ended, the latest first."""

    running: list[Taught]
    coming: list[Taught]
    ended: list[Taught]


def classes(scope: Scope) -> Classes:
    """The account's classes, in three queries, whatever their number."""
    found = list(scope.taught_classes().select_related("digest").defer("digest__earlier"))
    sessions, completed = session_titles(found), completions(scope)
    taught = [
        Taught(klass, getattr(klass, "digest", None), sessions[klass.pk], completed.get(klass.pk))
        for klass in sorted(found, key=_newest_first, reverse=True)
    ]
    return Classes(
        running=sorted(
            (one for one in taught if one.digest and one.digest.running), key=lambda one: one.klass.title
        ),
        coming=[one for one in taught if one.digest is None],
        ended=[one for one in taught if one.digest and not one.digest.running],
    )


def is_recorded(item: Mapping[str, Any]) -> bool:
    """Whether anyone's work on the line item is known; what a whole class lacks is missing in the records."""
    return bool(item["handed_in"]) or item["mean"] is not None or item["expected"] < A_WHOLE_CLASS


def _newest_first(klass: Klass) -> tuple[str, str]:
    return (klass.starts_on.isoformat() if klass.starts_on else "", klass.title)


def length(klass: Klass) -> int | None:
    """How many weeks the class lasts, the last one perhaps not whole; None where it has no dates."""
    if klass.starts_on is None or klass.ends_on is None:
        return None
    return (klass.ends_on - klass.starts_on).days // 7 + 1


def session_titles(found: Iterable[Klass]) -> dict[str, str]:
    """{class: the titles of its terms}; one query."""
    terms = {klass.pk: klass.terms for klass in found}
    wanted = {term for own in terms.values() for term in own}
    titles = dict(AcademicSession.objects.filter(pk__in=wanted).values_list("pk", "title"))
    return {key: ", ".join(titles[term] for term in own if term in titles) for key, own in terms.items()}


def completions(scope: Scope) -> dict[str, Completed]:
    """{ended class: how many of its students completed}, from outcomes known at the digest's cut-off; one query.

    Files may tell more than was known then (published data sets do): nothing of it is shown.
    """
    cutoff = Refresh.objects.filter(pk="current").values("as_of")[:1]
    known = Outcome.objects.filter(CURRENT, success__isnull=False, known_at__lt=Subquery(cutoff))
    known = known.filter(enrollment__klass__digest__running=False)
    counted = known.filter(enrollment__in=scope.taught_enrollments().values("pk")).values_list(
        "enrollment__klass"
    )
    rows = counted.annotate(n=Count("pk"), done=Count("pk", filter=Q(success=True))).order_by()
    return {klass: Completed(n, done) for klass, n, done in rows}
