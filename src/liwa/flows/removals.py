"""How much a load may remove without being asked about it."""

from collections.abc import Iterable

from liwa.core.errors import Held
from liwa.records.intake import Removal

ONE_IN = 10  # of a feed's active rows of one table may go
HANDFUL = 5  # so many rows may go from any table but ENROLLMENTS, whatever their share
ENROLLMENTS = "enrollment"
SHOWN = 5
NAMES = {
    "klass": "classes",
    "advising": "advising rows",
    "demographics": "demographics",
    "category": "categories",
    "identity": "identities",
}
UNSHOWN = frozenset({"identity"})  # whose ids are the card numbers and addresses themselves


def check_removals(feed: str, removals: Iterable[Removal]) -> None:
    """Raise Held, with the figures of every table, where much of one would go.

    Much is more than a tenth of the feed's active rows of a table and, but for enrollments, more than HANDFUL.
    """
    found = list(removals)
    if not any(is_much(removal) for removal in found):
        return
    said = "; ".join(_said(removal) for removal in found)
    raise Held(
        f"This load would remove {said}. These are rows of the feed {feed}. Nothing was changed.",
        remedy="If that is right, load again with --accept-removals.",
    )


def is_much(removal: Removal) -> bool:
    """Whether consent is needed."""
    number = len(removal.keys)
    return number * ONE_IN > removal.active and (removal.table == ENROLLMENTS or number > HANDFUL)


def _said(removal: Removal) -> str:
    name = NAMES.get(removal.table) or removal.table.replace("_", " ") + "s"
    number = len(removal.keys)
    said = f"{number:,} of {removal.active:,} active {name} ({number / max(removal.active, 1):.0%})"
    if is_much(removal) and removal.table not in UNSHOWN:
        said += f", among them {', '.join(removal.keys[:SHOWN])}"
    return said
