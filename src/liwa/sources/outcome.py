"""How enrollments ended, as the registrar says: a word, a success or not, and since when that is known."""

from collections.abc import Iterator
from pathlib import Path

from liwa.core.feeds import Campus, Feed
from liwa.core.rows import Outcome, Part, Record
from liwa.sources import sources
from liwa.sources.fields import flag, identifier, instant
from liwa.sources.lines import Field, needed, record_part
from liwa.sources.options import zone_of
from liwa.sources.tables import FieldError, Row


@sources.register("outcome")
def outcome(feed: Feed, path: Path, campus: Campus) -> Iterator[Part]:
    """Columns: enrollmentSourcedId, value, success (true, false or blank: neither), knownAt (a day or an instant).

    A day means its first instant. Raises SourceError where the file or a column is missing.
    """
    zone = zone_of(feed, campus)

    def understand(field: Field, row: Row) -> Record:
        known = instant("knownAt", field(row, "knownAt"), zone)
        if known is None:
            raise FieldError("knownAt", "", "is missing")
        return Outcome(
            sourced_id=identifier("enrollmentSourcedId", field(row, "enrollmentSourcedId")),
            value=needed("value", field(row, "value")),
            success=flag("success", field(row, "success")),
            known_at=known,
        )

    required = ("enrollmentSourcedId", "value", "success", "knownAt")
    yield record_part(feed, path, required, Outcome, understand, key=("enrollmentSourcedId",))
