"""The campus at the moment of a refresh: classes under way, who is in them, what they did week by week.

Expressions over the lake; each is used by several DIGEST steps and computed once a refresh.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Self

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from liwa.core import clock
from liwa.flows.refresh import Run
from liwa.insight.tables import RECORD_EVENTS, how_much

EPOCH = date(1970, 1, 1)
DAY = 24 * 3600  # seconds
WEEK = 7  # days
YEAR = timedelta(days=366)

Grid = np.ndarray[Any, np.dtype[np.float64]]


def rows(expression: ir.Table) -> list[dict[str, Any]]:
    """The rows of an expression as dictionaries."""
    return list(expression.to_pyarrow().to_pylist())


def table(columns: dict[str, pa.DataType], found: list[dict[str, Any]]) -> ir.Table:
    """A small table made in memory, also when it has no rows."""
    return ibis.memtable(pa.Table.from_pylist(found, schema=pa.schema(list(columns.items()))))


def day_number(day: date) -> int:
    """Days since 1970, as tables hold campus days."""
    return (day - EPOCH).days


def numbered_day(number: int) -> date:
    """The way back from `day_number`."""
    return EPOCH + timedelta(days=number)


@dataclass(frozen=True)
class Klass:
    """A dated class that has begun; `week` counts the whole weeks that have passed."""

    klass: str
    title: str
    course: str
    starts_on: date
    ends_on: date
    week: int
    running: bool

    @property
    def weeks(self) -> int:
        """Length in weeks, the last one perhaps not whole."""
        return (self.ends_on - self.starts_on).days // WEEK + 1


class Moment:
    """What the steps share; `run.tables` read as of `run.as_of`."""

    @classmethod
    def of(cls, run: Run) -> Self:
        """The moment of this refresh, made once."""
        if "moment" not in run.shared:
            run.shared["moment"] = cls(run)
        found: Self = run.shared["moment"]
        return found

    def __init__(self, run: Run) -> None:
        self.run = run
        self.tables = run.tables
        self.zone = run.campus.zone
        self.today: date = clock.day_of(run.as_of, self.zone)
        self._kept: dict[str, ir.Table] = {}
        self.classes = self._classes()
        self.running = {key for key, found in self.classes.items() if found.running}

    def _classes(self) -> dict[str, Klass]:
        return {
            row["sourced_id"]: Klass(
                row["sourced_id"],
                row["title"],
                row["course"],
                row["starts_on"],
                row["ends_on"],
                clock.week_at(row["starts_on"], self.run.as_of, self.zone),
                row["ends_on"] >= self.today,
            )
            for row in rows(self.tables.klass.order_by("sourced_id"))
            if row["starts_on"] and row["ends_on"] and row["starts_on"] <= self.today
        }

    def once(self, name: str, make: Callable[[], ir.Table]) -> ir.Table:
        """What `make` gives, worked out once and kept by the engine for the steps that ask for it later."""
        if name not in self._kept:
            self._kept[name] = self.tables.engine.keep(f"moment_{name}", make())
        return self._kept[name]

    # Days

    @cached_property
    def _offsets(self) -> list[tuple[datetime, timedelta]]:
        """The campus clock's distance from UTC since a year before the first class."""
        first = min((found.starts_on for found in self.classes.values()), default=self.today)
        since = datetime.combine(first, time(), UTC) - YEAR
        return clock.offsets(self.zone, since, max(self.run.as_of, since))

    def day(self, instant: ir.TimestampValue) -> ir.IntegerValue:
        """The number (see `day_number`) of the campus day on which an instant falls."""
        at = instant.epoch_seconds().cast("int64")
        (_, first), *changes = self._offsets
        shift = ibis.literal(int(first.total_seconds()), "int64")
        for since, offset in changes:
            shift = (at >= int(since.timestamp())).ifelse(int(offset.total_seconds()), shift)
        return ((at + shift) // DAY).cast("int64")

    # People

    @cached_property
    def spans(self) -> ir.Table:
        """The classes of `classes`: (klass, course, first_day, last_day, week, running), days by number."""
        columns = {
            "klass": pa.string(),
            "course": pa.string(),
            "first_day": pa.int64(),
            "last_day": pa.int64(),
            "week": pa.int64(),
            "running": pa.bool_(),
        }
        found = [
            {
                "klass": one.klass,
                "course": one.course,
                "first_day": day_number(one.starts_on),
                "last_day": day_number(one.ends_on),
                "week": one.week,
                "running": one.running,
            }
            for one in self.classes.values()
        ]
        return table(columns, found)

    def students(self) -> ir.Table:
        """Students registered by the moment: (klass, user, course, running, left); `left` before the class ended."""
        enrolled = self.tables.enrollment.filter(self.tables.enrollment.role == "student")
        begun = enrolled.begin_date.isnull() | (enrolled.begin_date < self.today)
        joined = enrolled.filter(begun).select("klass", "user", "end_date").join(self.spans, "klass")
        last = joined.end_date.epoch_days()
        left = ((last < day_number(self.today)) & (last < joined.last_day)).fill_null(False)
        return joined.select("klass", "user", "course", "running", left=left)

    def present(self) -> ir.Table:
        """(klass, user) of the students who have not left."""
        found = self.students()
        return self.once("present", lambda: found.filter(~found.left).select("klass", "user").distinct())

    # Activity

    def known_events(self) -> ir.Table:
        """Events known before the moment."""
        events = self.tables.events
        return events.filter(events.known_at < self.run.as_of, events.occurred_at < self.run.as_of)

    def activity(self) -> ir.Table:
        """What users did besides registering and handing in, known before the moment; `day` is the campus day."""
        events = self.known_events()
        events = events.filter(events.verb.notin(RECORD_EVENTS))
        return events.select("user", "klass", amount=how_much(events), day=self.day(events.occurred_at))

    @cached_property
    def _class_weeks(self) -> dict[str, pa.Table]:
        """By class: (user, week, amount, days) of each week of the class from its first, 1, on."""
        done = self.activity().join(self.spans, "klass")
        done = done.filter(done.day >= done.first_day, done.day <= done.last_day)
        dated = done.mutate(week=((done.day - done.first_day) // WEEK + 1).cast("int64"))
        summed = dated.group_by("klass", "user", "week").agg(
            # Rounded, because sums of fractions differ in their last digits from run to run.
            amount=dated.amount.sum().round(3),
            days=dated.day.nunique(),
        )
        found = summed.order_by("klass").to_pyarrow()
        klass = found["klass"].combine_chunks().dictionary_encode()
        starts = np.flatnonzero(np.diff(klass.indices.to_numpy(), prepend=-1)).tolist()
        ends = [*starts, len(found)][1:]
        return {
            found["klass"][start].as_py(): found.slice(start, end - start)
            for start, end in zip(starts, ends, strict=True)
        }

    def grid(self, klass: str, users: list[str], weeks: int) -> tuple[Grid, Grid] | None:
        """Amounts and active days (students x weeks) of a class; None where no activity feed covers it."""
        seen = self._class_weeks.get(klass)
        if weeks < 1 or seen is None:
            return None
        places = {user: place for place, user in enumerate(users)}
        student = np.array([places.get(user, -1) for user in seen["user"].to_pylist()], dtype=int)
        week = seen["week"].to_numpy() - 1
        known = (student >= 0) & (week < weeks)
        amounts, days = np.zeros((len(users), weeks)), np.zeros((len(users), weeks))
        amounts[student[known], week[known]] = seen["amount"].to_numpy()[known]
        days[student[known], week[known]] = seen["days"].to_numpy()[known]
        return amounts, days


def iso(moment: datetime | date | None) -> str | None:
    """The ISO text of a day or instant, for JSON."""
    return moment.isoformat() if moment is not None else None
