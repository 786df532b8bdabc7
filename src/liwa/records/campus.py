"""The campus as the database knows it."""

from django.db import transaction

from liwa.core.feeds import Campus
from liwa.records.models import CampusProfile


def profile() -> Campus:
    """The campus described by the last load's feeds.toml, or the defaults before the first."""
    row = CampusProfile.objects.filter(pk="current").first()
    if row is None:
        return Campus()
    return Campus(
        name=row.name,
        timezone=row.timezone,
        simulated=row.simulated,
        as_of=row.as_of,
        invented_names=row.invented_names,
    )


@transaction.atomic
def describe(campus: Campus) -> None:
    """Keep what feeds.toml says of the campus."""
    CampusProfile.objects.update_or_create(
        pk="current",
        defaults={
            "name": campus.name,
            "timezone": campus.timezone,
            "simulated": campus.simulated,
            "invented_names": campus.invented_names,
            "as_of": campus.as_of,
        },
    )
