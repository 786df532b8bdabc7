"""What insight reads of the lake, and the few derived tables that several features share."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import ibis
import pyarrow as pa

from liwa.core.clock import start_of

# Ibis publishes no type information.
Table = Any
Column = Any

RECORD_EVENTS = ("registered", "withdrew", "submitted", "scored", "banked")
HAND_INS = ("submitted", "scored", "banked")
STAMP = pa.timestamp("us", "UTC")
DAY = 86_400
# Campus clocks differ from UTC by whole quarters of an hour, and so weekly cut-offs fall between two of these.
QUARTER = 900


RECORDS = (
    "enrollment",
    "klass",
    "course",
    "line_item",
    "result",
    "outcome",
    "demographics",
    "academic_session",
)


class Tables(Protocol):
    """The lake's tables as `liwa.lake` opens them: Ibis tables with the columns of `liwa.core.rows`."""

    events: Table
    enrollment: Table
    klass: Table
    course: Table
    line_item: Table
    result: Table
    outcome: Table
    demographics: Table
    academic_session: Table


@dataclass(frozen=True)
class Campus:
    """The lake's tables together with the campus's clock; what feature functions are given."""

    tables: Tables
    zone: ZoneInfo

    @property
    def events(self) -> Table:
        return self.tables.events

    def __getattr__(self, name: str) -> Table:
        if name not in RECORDS:
            raise AttributeError(name)
        return getattr(self.tables, name)

    @cached_property
    def calendar(self) -> Table:
        """One row per day on which something is due: (due_date, due), the first second after that day since 1970."""
        days = self.tables.line_item.select("due_date").distinct().to_pyarrow()["due_date"].to_pylist()
        known = sorted(day for day in days if day is not None)
        ends = [int(start_of(day + timedelta(days=1), self.zone).timestamp()) for day in known]
        return ibis.memtable(
            pa.table(
                {
                    "due_date": pa.array(known, pa.date32()),
                    "due": pa.array(ends, pa.int64()),
                }
            )
        )

    @cached_property
    def first_days(self) -> Table:
        """One row per first day of a class: (starts_on, starts_at), the instant at which that day begins."""
        days = self.tables.klass.select("starts_on").distinct().to_pyarrow()["starts_on"].to_pylist()
        known = sorted(day for day in days if day is not None)
        return ibis.memtable(
            pa.table(
                {
                    "starts_on": pa.array(known, pa.date32()),
                    "starts_at": pa.array([start_of(day, self.zone) for day in known], STAMP),
                }
            )
        )

    @cached_property
    def memberships(self) -> Table:
        """See `memberships`; kept, since every spine and a feature use it."""
        return kept(memberships(self))

    @cached_property
    def hand_ins(self) -> Table:
        """See `hand_ins`; kept, since several features and every training use it."""
        return kept(hand_ins(self.tables))

    @cached_property
    def activity(self) -> Table:
        """See `activity`; kept, since several features and every training use it."""
        return kept(activity(self.tables))


def campus_of(tables: "Tables | Campus", zone: ZoneInfo) -> Campus:
    """The tables with the campus's clock; a Campus as it is, so that what it keeps is shared."""
    return tables if isinstance(tables, Campus) else Campus(tables, zone)


def kept(table: Table) -> Table:
    """`table`, computed once and kept in memory (on Spark: in the cluster's)."""
    backend = table._find_backend(use_default=True)
    if backend.name == "pyspark":
        return table.cache()
    return ibis.memtable(table.to_pyarrow())


def seconds(instant: Column) -> Column:
    """Whole seconds since 1970 of a timestamp column, rounded down, wide enough to add and multiply."""
    # DuckDB rounds to the nearest second where Spark cuts off; truncated first they agree.
    return instant.truncate("s").epoch_seconds().cast("int64")


def memberships(campus: Campus) -> Table:
    """Students registering and withdrawing: (enrollment, verb, occurred_at, known_at, assumed).

    Rosters often give no begin date. Where an enrollment has none, its student is taken to have been there from the
    class's first day on: `assumed`.
    """
    events = campus.events.filter(campus.events.verb.isin(("registered", "withdrew")))
    events = events.select(
        "verb", "occurred_at", "known_at", enrollment=events.object, assumed=ibis.literal(False)
    )
    undated = campus.enrollment.filter(
        campus.enrollment.role == "student", campus.enrollment.begin_date.isnull()
    )
    undated = undated.select("klass", enrollment=undated.sourced_id)
    klass = campus.klass.select("starts_on", klass=campus.klass.sourced_id)
    undated = undated.inner_join(klass, "klass").inner_join(campus.first_days, "starts_on")
    began = undated.select(
        "enrollment",
        verb=ibis.literal("registered"),
        occurred_at=undated.starts_at,
        known_at=undated.starts_at,
        assumed=ibis.literal(True),
    )
    columns = ("enrollment", "verb", "occurred_at", "known_at", "assumed")
    return events.select(*columns).union(began.select(*columns))


def hand_ins(tables: Tables) -> Table:
    """Hand-ins and marks: (user, klass, line_item, verb, happened, known_at, score in 0..1).

    `happened` is in whole seconds since 1970. The class is the line item's, since a results file alone does not tell it. Of several marks that became
    known at one instant the best counts.
    """
    events = tables.events.filter(tables.events.verb.isin(HAND_INS))
    events = events.select("user", "verb", "occurred_at", "known_at", "amount", line_item=events.object)
    items = tables.line_item
    items = items.select(line_item=items.sourced_id, klass=items.klass, full=items.result_value_max)
    joined = events.inner_join(items, "line_item")
    full = (joined.full > 0).ifelse(joined.full, 100.0).fill_null(100.0)
    marked = joined.verb.isin(("scored", "banked"))
    joined = joined.mutate(score=marked.ifelse(joined.amount / full, ibis.null("float64")))
    return joined.group_by("user", "klass", "line_item", "verb", "known_at").aggregate(
        happened=seconds(joined.occurred_at.min()), score=joined.score.max()
    )


def how_much(events: Table) -> Column:
    """How much activity an event stands for: its amount; 1 where it says none, or where that is a mark in percent."""
    amount = events.amount.fill_null(1.0)
    if "unit" not in events.columns:  # a lake of somebody else's
        return amount
    return (events.unit == "percent").fill_null(False).ifelse(1.0, amount)


def activity(tables: Tables) -> Table:
    """Everything users did besides registering and handing in, summed over quarters of an hour.

    Columns (user, klass or null, happened, known, times, amount). `happened` is the quarter's first second;
    `known` is the end of the quarter in which the last of it was known: it counts at cut-offs from then on.
    """
    events = tables.events.filter(tables.events.verb.notin(RECORD_EVENTS))
    events = events.mutate(
        amount=how_much(events),
        happened=(seconds(events.occurred_at) // QUARTER) * QUARTER,
        known=(seconds(events.known_at) // QUARTER + 1) * QUARTER,
    )
    return events.group_by("user", "klass", "happened", "known").aggregate(
        times=events.count(), amount=events.amount.sum()
    )
