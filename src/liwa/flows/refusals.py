"""The quarantine at the end of a load: what was refused goes in, what need wait no longer leaves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from liwa.core import clock
from liwa.core.rows import Refusal
from liwa.flows.settings import BUNDLES
from liwa.records.intake import Intake, chunks
from liwa.records.models import Load, RefusedRow
from liwa.sources.files import squeezed

UNSTORABLE = {0: "\ufffd"}  # PostgreSQL keeps no NUL


@dataclass(frozen=True)
class Reviewed:
    """A file of a load: its number there, whether it held all there is, and what was refused of it.

    `settled` has the refused lines that need not wait, each with the load that has spoken of its row since.
    """

    number: int
    file: str
    is_whole: bool
    refusals: Sequence[Refusal]
    settled: Mapping[int, int]


def quarantine(load: Load, files: Sequence[Reviewed], intake: Intake) -> None:
    """Keep what was refused of each file; run this in the load's transaction.

    An earlier row waits no longer if it comes from a file that now held all there is, if this load has taken or
    refused the key it gives, or if it is refused again word for word. A file that is a feed's only one may go by
    another name each day.
    """
    at = clock.now()
    for file in files:
        rows = [_row(load, file, refusal, at) for refusal in file.refusals]
        _close(load, file, rows, intake)
        for some in chunks(rows):
            RefusedRow.objects.bulk_create(some)


def _row(load: Load, file: Reviewed, refusal: Refusal, at: datetime) -> RefusedRow:
    return RefusedRow(
        load=load,
        feed=load.feed,
        file=file.file,
        line=refusal.line,
        field=storable(refusal.field)[:120],
        value=storable(refusal.value)[:1000],
        reason=storable(refusal.reason),
        key=storable(refusal.key)[:255],
        refused_at=at,
        resolved_by_id=file.settled.get(refusal.line),
    )


def storable(text: str) -> str:
    """The text without what a database refuses: NUL, and halves of characters."""
    return text.translate(UNSTORABLE).encode("utf-8", "replace").decode()


def _close(load: Load, file: Reviewed, rows: Sequence[RefusedRow], intake: Intake) -> None:
    waiting = RefusedRow.objects.filter(feed=load.feed, resolved_by=None).exclude(load=load)
    if load.source in BUNDLES:
        names = waiting.order_by().values_list("file", flat=True).distinct()
        waiting = waiting.filter(file__in=[name for name in names if squeezed(name) == squeezed(file.file)])
    if file.is_whole:
        waiting.update(resolved_by=load)
        return
    earlier = list(waiting.only("file", "line", "field", "value", "reason", "key"))
    if not earlier:
        return
    rows = [row for row in rows if row.resolved_by_id is None]
    keys = {row.key for row in rows} | intake.holds(file.number, {row.key for row in earlier if row.key})
    words = {_words(row) for row in rows}
    done = [row.pk for row in earlier if (row.key and row.key in keys) or _words(row) in words]
    for some in chunks(done):
        RefusedRow.objects.filter(pk__in=some).update(resolved_by=load)


def _words(row: RefusedRow) -> tuple[str, int, str, str, str]:
    return squeezed(row.file), row.line, row.field, row.value, row.reason
