"""Whom a prediction is about, and when: the spine every feature is attached to.

Week w of a class has its cut-off at the beginning of the campus day `starts_on + 7 w`; what was known before
that instant counts, nothing else does. Predicted are students who were registered by then and had not
withdrawn, in classes that had begun and not ended.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa

from liwa.core.clock import cutoff as weekly_cutoff
from liwa.core.clock import day_of, start_of, week_at
from liwa.insight.tables import STAMP, Campus, Table, kept


@dataclass(frozen=True)
class Run:
    """A class as a stretch of time; its last day is from `last_day_at` to before `ends_at`."""

    klass: str
    course: str
    starts_on: date
    ends_on: date
    starts_at: datetime
    last_day_at: datetime
    ends_at: datetime

    @property
    def days(self) -> int:
        """Length in days, first and last included."""
        return (self.ends_on - self.starts_on).days + 1


@dataclass(frozen=True)
class Moment:
    """A class at a cut-off."""

    run: Run
    week: int
    cutoff: datetime
    day: date


def runs(campus: Campus) -> list[Run]:
    """All classes whose first and last day are known, by id."""
    rows = campus.klass.select("sourced_id", "course", "starts_on", "ends_on").to_pyarrow().to_pylist()
    return sorted(
        (
            Run(
                row["sourced_id"],
                row["course"],
                row["starts_on"],
                row["ends_on"],
                start_of(row["starts_on"], campus.zone),
                start_of(row["ends_on"], campus.zone),
                start_of(row["ends_on"] + timedelta(days=1), campus.zone),
            )
            for row in rows
            if row["starts_on"] is not None and row["ends_on"] is not None
        ),
        key=lambda run: run.klass,
    )


def weekly(some: Iterable[Run], weeks: Iterable[int], zone: ZoneInfo) -> list[Moment]:
    """The given weeks of the given classes, as far as the classes last."""
    wanted = sorted(set(weeks))
    return [
        Moment(run, week, weekly_cutoff(run.starts_on, week, zone), run.starts_on + timedelta(weeks=week))
        for run in some
        for week in wanted
        if week * 7 < run.days
    ]


def running(some: Iterable[Run], as_of: datetime, zone: ZoneInfo) -> list[Moment]:
    """Every class that has begun and not ended at `as_of`, with `as_of` as its cut-off."""
    return [
        Moment(run, week_at(run.starts_on, as_of, zone), as_of, day_of(as_of, zone))
        for run in some
        if run.starts_at <= as_of < run.ends_at
    ]


def spine(campus: Campus, moments: Sequence[Moment]) -> Table:
    """One row for each student active in a class at a cut-off.

    Columns: enrollment, user, klass, course, week, cutoff, day (of the cut-off), starts_at, ends_at, starts_on,
    length (days), elapsed (days, fractional), registered_at, and as whole seconds since 1970, which are quicker to
    reckon with: at (of the cut-off), began (of starts_at). A student is active who registered, by what was known
    before the cut-off (or whose enrollment has no begin date), and has not since withdrawn before the class's end.
    """
    at = kept(ibis.memtable(_moments(moments)), campus)
    enrollment = campus.enrollment.filter(campus.enrollment.role == "student")
    enrollment = enrollment.select("klass", "user", enrollment=enrollment.sourced_id)
    seen = (
        at.select("klass", "cutoff", "last_day_at")
        .inner_join(enrollment, "klass")
        .inner_join(campus.memberships, "enrollment")
    )
    seen = seen.filter(seen.known_at < seen.cutoff, seen.occurred_at < seen.cutoff)
    joined = seen.verb == "registered"
    # Leaving on the last day is not a withdrawal.
    left = (seen.verb == "withdrew") & (seen.occurred_at < seen.last_day_at)
    grouped = seen.group_by("enrollment", "user", "klass", "cutoff").aggregate(
        registered_at=seen.occurred_at.max(where=joined),
        # Whose day of registration is only assumed cannot be said to have come back after leaving.
        joined_at=seen.known_at.max(where=joined & ~seen.assumed),
        left_at=seen.known_at.max(where=left),
    )
    back = (grouped.left_at < grouped.joined_at).fill_null(False)
    active = grouped.registered_at.notnull() & (grouped.left_at.isnull() | back)
    grouped = grouped.filter(active).drop("joined_at", "left_at")
    return kept(grouped.inner_join(at.drop("last_day_at"), ["klass", "cutoff"]), campus)


def _moments(moments: Sequence[Moment]) -> pa.Table:
    run = [moment.run for moment in moments]
    return pa.table(
        {
            "klass": pa.array([one.klass for one in run], pa.string()),
            "course": pa.array([one.course for one in run], pa.string()),
            "week": pa.array([moment.week for moment in moments], pa.int64()),
            "cutoff": pa.array([moment.cutoff for moment in moments], STAMP),
            "day": pa.array([moment.day for moment in moments], pa.date32()),
            "starts_at": pa.array([one.starts_at for one in run], STAMP),
            "ends_at": pa.array([one.ends_at for one in run], STAMP),
            "last_day_at": pa.array([one.last_day_at for one in run], STAMP),
            "at": pa.array([int(moment.cutoff.timestamp()) for moment in moments], pa.int64()),
            "began": pa.array([int(one.starts_at.timestamp()) for one in run], pa.int64()),
            "starts_on": pa.array([one.starts_on for one in run], pa.date32()),
            "length": pa.array([one.days for one in run], pa.int64()),
            "elapsed": pa.array(
                [(moment.cutoff - moment.run.starts_at).total_seconds() / 86_400 for moment in moments],
                pa.float64(),
            ),
        }
    )
