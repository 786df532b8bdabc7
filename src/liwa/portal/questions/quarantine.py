"""Which rows were refused, and why?"""

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet
from django.utils.translation import override

from liwa.accounts.scope import Scope
from liwa.portal.questions.intake import loads
from liwa.portal.sentences import translated
from liwa.records.models import RefusedRow

GROUPS_SHOWN = 30
COLUMNS = ("load", "feed", "file", "line", "field", "value", "reason", "refused_at")


@dataclass(frozen=True)
class Wanted:
    """What the reader narrowed the rows to.

    `reason` is a reason's `key_of`: its text may be long. `mended`: those handed in again, not those waiting.
    """

    feed: str = ""
    load: int | None = None
    field: str = ""
    reason: str = ""
    mended: bool = False

    @property
    def is_narrowed(self) -> bool:
        return bool(self.feed or self.load is not None or self.field or self.reason or self.mended)


@dataclass(frozen=True)
class Group:
    """Rows refused for the same reason in the same field."""

    field: str
    reason: str
    rows: int

    @property
    def key(self) -> str:
        return key_of(self.field, self.reason)


def key_of(field: str, reason: str) -> str:
    """A short name of a field's reason, for addresses."""
    return hashlib.blake2s(f"{field}\x1f{reason}".encode(), digest_size=6).hexdigest()


def refused(scope: Scope) -> QuerySet[RefusedRow]:
    """Every refused row the account may see, mended or not."""
    return RefusedRow.objects.filter(load__in=loads(scope).values("pk"))


def narrowed(scope: Scope, wanted: Wanted) -> QuerySet[RefusedRow]:
    """The rows asked for, but for the reason."""
    rows = refused(scope).filter(resolved_by__isnull=not wanted.mended)
    if wanted.feed:
        rows = rows.filter(feed=wanted.feed)
    if wanted.load is not None:
        rows = rows.filter(load=wanted.load)
    return rows.filter(field=wanted.field) if wanted.field else rows


def groups(rows: QuerySet[RefusedRow]) -> list[Group]:
    """The reasons of the rows, the most frequent first; one query."""
    counted = rows.order_by().values_list("field", "reason").annotate(n=Count("pk"))
    return [Group(*found) for found in counted.order_by("-n", "field", "reason")]


def for_reason(rows: QuerySet[RefusedRow], found: list[Group], key: str) -> QuerySet[RefusedRow]:
    """The rows refused for the reason of that key (none where there is no such reason), newest first."""
    if key:
        chosen = next((group for group in found if group.key == key), None)
        rows = rows.filter(field=chosen.field, reason=chosen.reason) if chosen else rows.none()
    return rows.order_by("-pk")


def choices(scope: Scope) -> tuple[list[str], list[str]]:
    """The feeds and the fields that have refused rows; two queries."""
    rows = refused(scope).order_by()
    feeds = rows.values_list("feed", flat=True).distinct()
    fields = rows.exclude(field="").values_list("field", flat=True).distinct()
    return sorted(feeds), sorted(fields)


class _Line:
    """Where `csv` writes: gives back what it is given, so that a file of any size is sent line by line."""

    def write(self, text: str) -> str:
        return text


def as_csv(rows: QuerySet[RefusedRow], zone: ZoneInfo, language: str) -> Iterator[str]:
    """The rows as CSV, line by line, with the mark by which spreadsheets know UTF-8; instants in campus time.

    The language is an argument since lines are sent when the request's own is no longer set.
    """
    writer = csv.writer(_Line())
    yield "\ufeff" + writer.writerow(COLUMNS)
    for row in rows.iterator(chunk_size=2000):
        with override(language):
            reason = translated(row.reason)
        found = (str(row.load_id), row.feed, row.file, str(row.line), row.field, row.value, reason)
        at = row.refused_at.astimezone(zone).isoformat(timespec="seconds")
        yield writer.writerow([*map(_harmless, found), at])


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in tuple("=+-@\t\r") else cell
