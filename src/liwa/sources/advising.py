"""Who advises whom: an adviser and a student, or an adviser and an org, from a day to a day."""

from collections.abc import Iterator
from pathlib import Path

from liwa.core.feeds import Campus, Feed
from liwa.core.ids import row_id
from liwa.core.rows import Advising, Part, Record
from liwa.sources import sources
from liwa.sources.fields import day, identifier, in_order, reference
from liwa.sources.lines import Field, record_part
from liwa.sources.oneroster.specs import STATUS
from liwa.sources.tables import FieldError, Row


@sources.register("advising")
def advising(feed: Feed, path: Path, _campus: Campus) -> Iterator[Part]:
    """Columns: adviserSourcedId, studentSourcedId or orgSourcedId, and if known sourcedId, beginDate, endDate, status.

    Raises SourceError where the file or a needed column is missing.
    """
    yield record_part(feed, path, ("adviserSourcedId",), Advising, _understand)


def _understand(field: Field, row: Row) -> Record:
    adviser = identifier("adviserSourcedId", field(row, "adviserSourcedId"))
    student = reference("studentSourcedId", field(row, "studentSourcedId"))
    org = reference("orgSourcedId", field(row, "orgSourcedId"))
    if bool(student) == bool(org):
        reason = "and orgSourcedId are both filled" if student else "and orgSourcedId are both blank"
        raise FieldError("studentSourcedId", student or "", reason)
    begins = day("beginDate", field(row, "beginDate"))
    ends = day("endDate", field(row, "endDate"))
    in_order("beginDate", begins, "endDate", ends)
    given = reference("sourcedId", field(row, "sourcedId"))
    status = field(row, "status")
    return Advising(
        sourced_id=given or row_id(adviser, student or "", org or "", str(begins or "")),
        status="tobedeleted" if status and STATUS("status", status) == "tobedeleted" else "active",
        adviser=adviser,
        student=student,
        org=org,
        begin_date=begins,
        end_date=ends,
    )
