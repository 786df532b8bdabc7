"""The day pages speak of."""

from datetime import date

from liwa.accounts.scope import Scope
from liwa.core.clock import day_of, now
from liwa.digest.models import Refresh


def day_shown(scope: Scope) -> date:
    """The campus day of the shown digest's cut-off; today before the first refresh."""
    cutoff = Refresh.objects.filter(pk="current").values_list("as_of", flat=True).first()
    return day_of(cutoff or now(), scope.campus.zone)
