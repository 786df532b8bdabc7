"""The campus as the database knows it."""

import msgspec

from liwa.core.feeds import Campus, OutcomeRule
from liwa.records.models import CampusProfile
from liwa.records.settle import settle_outcomes


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


def describe(campus: Campus, rule: OutcomeRule | None) -> set[str]:
    """Keep what feeds.toml says of the campus; gives the tables that changed because of it.

    Run this in a transaction.
    """
    known = CampusProfile.objects.filter(pk="current").first()
    said, _ = CampusProfile.objects.update_or_create(
        pk="current",
        defaults={
            "name": campus.name,
            "timezone": campus.timezone,
            "simulated": campus.simulated,
            "invented_names": campus.invented_names,
            "as_of": campus.as_of,
            "outcome_rule": msgspec.to_builtins(rule) if rule else {},
        },
    )
    before = (known.timezone, known.outcome_rule) if known else (campus.timezone, {})
    if before != (said.timezone, said.outcome_rule) and settle_outcomes(rule, campus):
        return {"outcome"}
    return set()
