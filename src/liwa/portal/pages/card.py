"""The card: a risk model's published account of itself. Anyone who sees a risk may read it."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from liwa.digest.models import Card
from liwa.portal.pages import SIGNED_IN, PageRequest, answer, page
from liwa.records.models import AcademicSession

# What features are grouped by, in words.
GROUPS: dict[str, str | Promise] = {
    "activity": _("Activity in the course"),
    "campus": _("Activity on campus"),
    "course": _("The course and its moment"),
    "earlier": _("Earlier classes"),
    "education": _("Prior education"),
    "late": _("Lateness"),
    "load": _("Study load"),
    "marks": _("Marks"),
    "missing": _("Hand-ins"),
    "protected": _("Protected attributes"),
    "registration": _("Registration"),
    "trend": _("Change of activity"),
}

# What the risk is compared with.
BASELINES: dict[str, str | Promise] = {
    "no visit for 7 days": _("no visit for 7 days"),
    "failing average": _("failing average"),
    "logistic regression": _("logistic regression"),
}


@page("card", "card/<id:card>/", roles=SIGNED_IN)
def card(request: PageRequest, card: str) -> HttpResponse:
    """What the model predicts, from which data, how well, and where it must not be trusted."""
    row = get_object_or_404(Card, pk=card)
    content: Mapping[str, Any] = row.content
    shown: dict[str, Any] = {
        "card": row,
        "content": content,
        "evaluation": titled(content.get("evaluation", [])),
        "compared": compared(content),
        "training": content.get("training", {}),
        "features": features(content),
        "has_protected": any(one.get("protected") for one in content.get("features", [])),
    }
    return answer(request, "card", shown)


def titled(records: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The records with their term's title in place of its id."""
    titles = dict(
        AcademicSession.objects.filter(pk__in={one["term"] for one in records}).values_list("pk", "title")
    )
    return [{**one, "term": titles.get(one["term"], one["term"])} for one in records]


def compared(content: Mapping[str, Any]) -> dict[str, Any]:
    """The model beside simpler means: the weeks, and for each means the AUC after each week (None: not known)."""
    ours = [{**one, "name": ""} for one in content.get("evaluation", [])]
    records = titled([*ours, *content.get("baselines", [])])
    weeks = sorted({one["week"] for one in records})
    found: dict[tuple[str, str], dict[int, float | None]] = {}
    for one in records:
        found.setdefault((one["name"], one["term"]), {})[one["week"]] = one["auc"]
    return {
        "weeks": weeks,
        "rows": [
            (
                BASELINES.get(name, name) if name else _("This model"),
                term,
                [values.get(week) for week in weeks],
            )
            for (name, term), values in found.items()
        ],
        "terms": len({term for _name, term in found}),
        "others": bool(content.get("baselines")),
    }


def features(content: Mapping[str, Any]) -> list[tuple[str | Promise, list[Mapping[str, Any]]]]:
    """(group in words, its columns), in the order in which the card names them."""
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for one in content.get("features", []):
        grouped.setdefault(one["group"], []).append(one)
    return [(GROUPS.get(group, group), columns) for group, columns in grouped.items()]
