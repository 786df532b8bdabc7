"""The campus at the moment of a refresh: classes under way, who is in them, what they did week by week.

Expressions over the lake; each is used by several DIGEST steps and computed once a refresh.
"""

from datetime import date, datetime
from functools import cached_property
from typing import Any, Self

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from liwa.core import clock
from liwa.flows.refresh import Run

# What the records already say; every other verb is activity.
RECORD_VERBS = ("registered", "withdrew", "submitted", "scored", "banked")
SECONDS_A_WEEK = 7 * 24 * 3600

Weeks = dict[tuple[str, str], dict[int, tuple[float, int]]]


def rows(expression: ir.Table) -> list[dict[str, Any]]:
    """The rows of an expression as dictionaries."""
    return list(expression.to_pyarrow().to_pylist())


def table(columns: dict[str, pa.DataType], found: list[dict[str, Any]]) -> ir.Table:
    """A small table made in memory, also when it has no rows."""
    return ibis.memtable(pa.Table.from_pylist(found, schema=pa.schema(list(columns.items()))))


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
        self.today: date = clock.day_of(run.as_of, run.campus.zone)
        self.classes = self._classes()
        self.running = {key for key, found in self.classes.items() if found["running"]}

    def _classes(self) -> dict[str, dict[str, Any]]:
        """Every dated class that has begun: {klass, title, course, starts_at, ends_at, week, running}."""
        zone = self.run.campus.zone
        found = {}
        for row in rows(self.tables.klass):
            if row["starts_on"] is None or row["ends_on"] is None or row["starts_on"] > self.today:
                continue
            found[row["sourced_id"]] = {
                "klass": row["sourced_id"],
                "title": row["title"],
                "course": row["course"],
                "ends_on": row["ends_on"],
                "starts_at": clock.start_of(row["starts_on"], zone),
                "ends_at": clock.start_of(row["ends_on"] + clock.WEEK / 7, zone),
                "week": clock.week_at(row["starts_on"], self.run.as_of, zone),
                "running": row["ends_on"] >= self.today,
            }
        return found

    def spans(self) -> ir.Table:
        """The classes of `classes` as a table."""
        instant = pa.timestamp("us", "UTC")
        columns = {
            "klass": pa.string(),
            "course": pa.string(),
            "starts_at": instant,
            "ends_at": instant,
            "week": pa.int64(),
            "running": pa.bool_(),
        }
        return table(columns, [{name: row[name] for name in columns} for row in self.classes.values()])

    def enrolled(self) -> ir.Table:
        """Student enrollments in classes that have begun, with the class's span."""
        students = self.tables.enrollment.filter(self.tables.enrollment.role == "student")
        students = students.select("klass", "user", "begin_date", "end_date", enrollment="sourced_id")
        return students.join(self.spans(), "klass")

    def known_events(self) -> ir.Table:
        """Events known before the moment."""
        events = self.tables.events
        return events.filter(events.known_at < self.run.as_of)

    def activity(self) -> ir.Table:
        """Activity events known before the moment."""
        events = self.known_events()
        return events.filter(events.verb.notin(RECORD_VERBS))

    def class_weeks(self) -> ir.Table:
        """(klass, user, week, amount, days): activity in each week of a class from its first, 1, on."""
        spans = self.spans().select("klass", "starts_at", "ends_at")
        events = self.activity().join(spans, "klass")
        events = events.filter(events.occurred_at >= events.starts_at, events.occurred_at < events.ends_at)
        passed = events.occurred_at.epoch_seconds() - events.starts_at.epoch_seconds()
        dated = events.mutate(
            week=(passed // SECONDS_A_WEEK + 1).cast("int64"),
            day=(passed // (SECONDS_A_WEEK // 7)).cast("int64"),
        )
        return dated.group_by("klass", "user", "week").agg(
            amount=dated.amount.fill_null(1.0).sum(), days=dated.day.nunique()
        )

    @cached_property
    def weeks(self) -> Weeks:
        """Each student's activity in each class, {(klass, user): {week: (amount, days)}}."""
        found: Weeks = {}
        for row in rows(self.class_weeks()):
            found.setdefault((row["klass"], row["user"]), {})[row["week"]] = (row["amount"], row["days"])
        return found

    @cached_property
    def covered(self) -> set[str]:
        """Classes in which an activity feed has seen anyone."""
        return {klass for klass, _ in self.weeks}

    def grid(self, klass: str, users: list[str], weeks: int) -> np.ndarray | None:
        """Amounts (students x weeks) of a class, or None where no activity feed covers it."""
        if weeks < 1 or klass not in self.covered:
            return None
        grid = np.zeros((len(users), weeks))
        for place, user in enumerate(users):
            for week, (amount, _) in self.weeks.get((klass, user), {}).items():
                if 1 <= week <= weeks:
                    grid[place, week - 1] = amount
        return grid


def iso(moment: datetime | date | None) -> str | None:
    """The ISO text of a day or instant, for JSON."""
    return moment.isoformat() if moment is not None else None
