"""How is the campus doing, without a person in it, and where is each figure from?"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext

from liwa.accounts.scope import Scope
from liwa.digest.models import CampusDigest

SMALLEST_GROUP = 10  # the refresh leaves smaller groups out; here they are left out once more


@dataclass(frozen=True)
class Figure:
    """One figure with the sentence that says how it was made."""

    value: Any
    source: str


def figures(scope: Scope) -> dict[str, Figure]:
    """The campus's figures by name; empty before the first refresh. One query."""
    rows = CampusDigest.objects.all() if scope.sees_campus else CampusDigest.objects.none()
    return {row.name: Figure(_kept(row.name, row.value), in_words(row.source)) for row in rows}


def in_words(source: str) -> str:
    """The sentence in the reader's language, where there is one."""
    return gettext(source) if source else ""


def _kept(name: str, value: Any) -> Any:
    """Groups large enough that nobody can be told from them."""
    size = {"by_org": "students", "by_course": "students", "outcomes": "n", "weekly": "active"}.get(name)
    return [one for one in value if one[size] >= SMALLEST_GROUP] if size else value


def every_week(found: list[dict[str, Any]]) -> list[tuple[date, int | None, int | None]]:
    """(Monday or other first day, active students, events) of each week; None where too few were active."""
    known = {date.fromisoformat(one["week_of"]): one for one in found}
    if not known:
        return []
    first, last = min(known), max(known)
    weeks = [first + timedelta(weeks=place) for place in range((last - first).days // 7 + 1)]
    rows = [(week, known.get(week, {})) for week in weeks]
    return [(week, one.get("active"), one.get("events")) for week, one in rows]
