"""The day pages speak of."""

from datetime import date

from liwa.core.clock import day_of, now
from liwa.digest.models import Refresh
from liwa.records.campus import profile


def day_shown() -> date:
    """The campus day of the shown digest's cut-off; today before the first refresh."""
    cutoff = Refresh.objects.filter(pk="current").values_list("as_of", flat=True).first()
    return day_of(cutoff or now(), profile().zone)
