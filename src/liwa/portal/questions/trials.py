"""What do trials show? Figures of whole arms; who was drawn for what is nobody's to see."""

from django.db.models import Prefetch, QuerySet

from liwa.accounts.models import Duty
from liwa.accounts.scope import Scope
from liwa.care.trials.models import Look, Trial


def trials(scope: Scope) -> QuerySet[Trial]:
    """Every trial, the newest first, with its looks in order of time."""
    if not scope.duties & {Duty.LEADERSHIP, Duty.DATA_OFFICE}:
        return Trial.objects.none()
    looks = Prefetch("looks", Look.objects.order_by("as_of"), to_attr="seen")
    return Trial.objects.prefetch_related(looks)
