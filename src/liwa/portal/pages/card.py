"""The card: a risk model's published account of itself. Anyone who sees a risk may read it."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from liwa.digest.models import Card
from liwa.portal.pages import SIGNED_IN, PageRequest, answer, page


@page("card", "card/<id:card>/", roles=SIGNED_IN)
def card(request: PageRequest, card: str) -> HttpResponse:
    """What the model predicts, from which data, how well, and where it must not be trusted."""
    return answer(request, "card", {"card": get_object_or_404(Card, pk=card)})
