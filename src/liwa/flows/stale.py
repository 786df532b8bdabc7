"""Mended rows that come too late: what a later load of their feed has said since stays as it is."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from liwa.flows.settings import understood
from liwa.records.intake import LINE_BITS, Intake, Refused, chunks
from liwa.records.models import Load, RefusedRow


@dataclass(frozen=True)
class Origin:
    """Where mended rows come from: the load that refused them, and by file the line each had by its line now."""

    load: int
    lines: Mapping[str, Mapping[int, int]]


@dataclass(frozen=True)
class Stale:
    """A mended line that is not taken, and the load that came between."""

    refused: Refused
    since: int


def stale_lines(feed: str, origin: Origin, files: Sequence[str], intake: Intake) -> dict[int, Stale]:
    """The staged lines that would undo what a later load has done, by line; `files` are those of this load.

    A refused row that still waits has not come again under its key, for it would have been closed. Once a later
    load has closed it, it is late. Where that cannot be told, its key not being readable or the row having been
    sent in mended before, it is late if it would alter a row that there is. Events cannot undo one another.
    """
    later = _later_loads(feed, origin.load)
    if not later:
        return {}
    altered = intake.altered_lines()
    found = {}
    for number, file in enumerate(files):
        was = {number << LINE_BITS | now: line for now, line in origin.lines.get(file, {}).items()}
        refusals = dict(_refusals(origin.load, file, was.values()))
        for line, keys in intake.keys_of(was).items():
            refusal = refusals[was[line]]
            since = _since(refusal, keys, later, alters=line in altered)
            if since:
                reason = f"load {since} came after and has spoken of this row: export it anew or mend it at its source"
                found[line] = Stale(Refused(line, "sourcedId", refusal.key, reason, min(keys)), since)
    return found


def _later_loads(feed: str, since: int) -> list[int]:
    """Finished loads of what the feed itself gave, not of mended rows, after the load `since`."""
    loads = Load.objects.filter(feed=feed, state=Load.State.DONE, pk__gt=since).order_by("pk")
    return [pk for pk, settings in loads.values_list("pk", "settings") if not understood(settings).only]


def _refusals(load: int, file: str, lines: Collection[int]) -> Iterator[tuple[int, RefusedRow]]:
    for some in chunks(lines):
        for row in RefusedRow.objects.filter(load=load, file=file, line__in=some):
            yield row.line, row


def _since(refusal: RefusedRow, keys: Collection[str], later: Sequence[int], *, alters: bool) -> int | None:
    """The load that makes the row late, if one does."""
    if refusal.resolved_by_id in later:
        return refusal.resolved_by_id
    is_sure = refusal.resolved_by_id is None and refusal.key in keys
    return later[-1] if alters and not is_sure else None
