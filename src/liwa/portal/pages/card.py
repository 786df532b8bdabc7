"""The card: a risk model's published account of itself. Anyone who sees a risk may read it."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from liwa.digest.models import Card
from liwa.portal.pages import SIGNED_IN, PageRequest, answer, page
from liwa.portal.questions import card as questions


@page("card", "card/<id:card>/", roles=SIGNED_IN)
def card(request: PageRequest, card: str) -> HttpResponse:
    """What the model predicts, from which data, how well, for whom less well, and where it must not be trusted."""
    row = get_object_or_404(Card, pk=card)
    content = row.content
    shown: dict[str, Any] = {
        "card": row,
        "content": content,
        "evaluation": questions.titled(content.get("evaluation", [])),
        "compared": questions.compared(content),
        "lists": questions.lists(content),
        "withdrawals": questions.withdrawals(content),
        "picture": questions.picture(content),
        "courses": questions.courses(content),
        "gaps": questions.gaps(content),
        "moved": questions.moved(content),
        "training": content.get("training", {}),
        "features": questions.features(content),
        "has_protected": any(one.get("protected") for one in content.get("features", [])),
    }
    return answer(request, "card", shown)


@page("card-json", "card/<id:card>.json", roles=SIGNED_IN)
def card_json(request: PageRequest, card: str) -> HttpResponse:
    """The card as it is kept: one JSON object."""
    row = get_object_or_404(Card, pk=card)
    return JsonResponse(row.content, json_dumps_params={"indent": 1, "ensure_ascii": False})
