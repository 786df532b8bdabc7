"""What insight reads of the lake, and the few derived tables that several features share."""

import weakref
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import duckdb
import ibis
import pyarrow as pa

from liwa.core.clock import offsets, start_of

# Ibis publishes no type information.
Table = Any
Column = Any

RECORD_EVENTS = ("registered", "withdrew", "submitted", "scored", "banked")
HAND_INS = ("submitted", "scored", "banked")
STAMP = pa.timestamp("us", "UTC")
DAY = 86_400
MICROSECONDS = 1_000_000
# How far from the first and the last class day activity is looked at.
MARGIN = timedelta(days=2 * 366)

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
    def span(self) -> tuple[date, date]:
        """From MARGIN before the first day of any class to MARGIN after the last of any."""
        table = self.tables.klass
        first, last = (
            table.aggregate(first=table.starts_on.min(), last=table.ends_on.max())
            .to_pyarrow()
            .to_pylist()[0]
            .values()
        )
        known = [day for day in (first, last) if day is not None] or [date(1970, 1, 1)]
        return min(known) - MARGIN, max(known) + MARGIN

    @cached_property
    def days(self) -> Table:
        """One row per campus day of `span`: (day, its number since 1970; ends, its last second + 1 since 1970)."""
        first, last = self.span
        number = (first - date(1970, 1, 1)).days
        count = (last - first).days + 1
        ends = [int(start_of(first + timedelta(days=1 + n), self.zone).timestamp()) for n in range(count)]
        return ibis.memtable(
            pa.table(
                {
                    "day": pa.array(range(number, number + count), pa.int64()),
                    "ends": pa.array(ends, pa.int64()),
                }
            )
        )

    def local(self, second: Column) -> Column:
        """What campus clocks show, in seconds since 1970 as if it had been so in UTC, at a second since 1970."""
        first, last = (datetime.combine(day, time(), UTC) for day in self.span)
        (_, before), *changes = offsets(self.zone, first, last)
        shift = ibis.literal(int(before.total_seconds()), "int64")
        for since, offset in changes:
            shift = (second >= int(since.timestamp())).ifelse(int(offset.total_seconds()), shift)
        return second + shift

    @cached_property
    def memberships(self) -> Table:
        """See `memberships`; kept, since every spine and a feature use it."""
        return kept(memberships(self), self)

    @cached_property
    def hand_ins(self) -> Table:
        """See `hand_ins`; kept, since several features and every training use it."""
        return kept(hand_ins(self.tables), self)

    @cached_property
    def standings(self) -> Table:
        """See `standings`; kept, since every chunk of rows reads it."""
        return kept(standings(self), self)

    @cached_property
    def activity_days(self) -> Table:
        """See `activity_days`; kept, since every feature of activity reads it, and none the events themselves."""
        return kept(activity_days(self), self)


def campus_of(tables: "Tables | Campus", zone: ZoneInfo) -> Campus:
    """The tables with the campus's clock; a Campus as it is, so that what it keeps is shared."""
    return tables if isinstance(tables, Campus) else Campus(tables, zone)


def kept(table: Table, beside: "Tables | Campus | None" = None) -> Table:
    """`table`, computed once and kept by its engine (where it is made in memory, that of `beside`) while it is in use.

    A table of the engine's own, since of those made in memory elsewhere DuckDB does not know the size: it then joins
    what is long with what is long first.
    """
    backend = (beside.events if beside else table)._find_backend(use_default=True)
    if backend.name == "pyspark":
        return table.cache() if table._find_backends()[0] else table
    name = ibis.util.gen_name("kept")
    found = backend.create_table(name, table, temp=True)
    weakref.finalize(found.op(), _drop, weakref.ref(backend), name)
    return found


def _drop(backend: "weakref.ref[Any]", name: str) -> None:
    """Give back what a kept table took; nothing where its engine has been closed."""
    engine = backend()
    if engine is not None:
        with suppress(duckdb.Error):
            engine.drop_table(name, force=True)


@ibis.udf.scalar.builtin(name="epoch_us", signature=(("timestamp('UTC')",), "int64"))
def _microseconds(instant):  # type: ignore[no-untyped-def]
    """DuckDB's microseconds since 1970: calendar functions on instants take a hundred times longer."""


@ibis.udf.scalar.builtin(name="unix_micros", signature=(("timestamp('UTC')",), "int64"))
def _microseconds_on_spark(instant):  # type: ignore[no-untyped-def]
    """Spark's."""


def seconds(instant: Column) -> Column:
    """Whole seconds since 1970 of a timestamp column, rounded down, wide enough to add and multiply."""
    on_spark = instant._find_backend(use_default=True).name == "pyspark"
    return (_microseconds_on_spark if on_spark else _microseconds)(instant) // MICROSECONDS


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


def standings(campus: Campus) -> Table:
    """Where users stood in a class at its end: (user, klass, ends_on, rank in 0..1, late in days).

    `rank` is the mean over line items of the share of marks that were lower, `late` that of the days between the
    mean hand-in and theirs. Only what was known when the class's last day ended counts, so that whoever looks on a
    later day, and only they may, sees what could be seen.
    """
    klass = campus.klass.select("ends_on", klass=campus.klass.sourced_id)
    rows = campus.hand_ins.filter(campus.hand_ins.verb != "banked").inner_join(klass, "klass")
    end = (rows.ends_on.epoch_days().cast("int64") + 1) * DAY
    rows = rows.filter(campus.local(seconds(rows.known_at)) < end)
    each = rows.group_by("user", "klass", "ends_on", "line_item").aggregate(
        score=rows.score.argmax(rows.known_at, where=rows.score.notnull()),
        happened=rows.happened.min(where=rows.verb == "submitted"),
    )
    alike = ibis.window(group_by=["line_item", each.score.notnull()], order_by=each.score.round(4))
    whole = ibis.window(group_by="line_item")
    others = (each.score.count().over(whole) - 1).nullif(0)
    each = each.mutate(
        rank=each.score.notnull().ifelse(ibis.rank().over(alike) / others, ibis.null("float64")),
        late=(each.happened - each.happened.mean().over(whole)) / float(DAY),
    )
    return each.group_by("user", "klass", "ends_on").aggregate(rank=each.rank.mean(), late=each.late.mean())


def how_much(events: Table) -> Column:
    """How much activity an event stands for: its amount; 1 where it says none, or where that is a mark in percent."""
    amount = events.amount.fill_null(1.0)
    if "unit" not in events.columns:  # a lake of somebody else's
        return amount
    return (events.unit == "percent").fill_null(False).ifelse(1.0, amount)


def activity_days(campus: Campus) -> Table:
    """Everything users did besides registering and handing in, summed by campus day: what new features are to read.

    Columns: user; klass (null: on campus, in no class); day, the campus day's number since 1970; verb; kind, the
    resource's kind where the records name the object, else the event's object type, null where neither says;
    times (events) and amount, summed; first and last, the seconds of that day (0 to 86,399 by campus clocks) of the
    first and the last event; and, in seconds since 1970, ends, of the end of the day, and known, of the
    end of the day on which it was known (never before `ends`). A row counts at cut-offs from `known` on::

        seen = rows.inner_join(campus.activity_days, ["user", "klass"])
        seen = seen.filter(seen.known <= seen["at"])
        seen = seen.mutate(ago=days_ago(seen.today, seen.day))  # today: the spine's `day`

    Where one day's events became known on several days there are several rows: count days by `day`'s nunique, or
    sum by day first.
    """
    events = campus.events.filter(campus.events.verb.notin(RECORD_EVENTS))
    events = _with_kind(campus, events)
    local = campus.local(seconds(events.occurred_at))
    events = events.select(
        "user",
        "klass",
        "verb",
        "kind",
        amount=how_much(events),
        day=local // DAY,
        second=local % DAY,
        known_day=campus.local(seconds(events.known_at)) // DAY,
    )
    summed = events.group_by("user", "klass", "day", "known_day", "verb", "kind").aggregate(
        times=events.count(), amount=events.amount.sum(), first=events.second.min(), last=events.second.max()
    )
    known = campus.days.select(known_day="day", known="ends")
    return summed.inner_join(campus.days, "day").inner_join(known, "known_day").drop("known_day")


def _with_kind(campus: Campus, events: Table) -> Table:
    """The events with `kind`; see `activity_days`."""
    said = events.object_type if "object_type" in events.columns else ibis.null("string")
    resources = getattr(campus.tables, "resource", None)
    if resources is None:
        return events.mutate(kind=said)
    kinds = resources.filter(resources.kind != "").select(
        object=resources.sourced_id, resource_kind=resources.kind
    )
    joined = events.left_join(kinds, "object").select(*events.columns, "resource_kind")
    said = joined.object_type if "object_type" in joined.columns else ibis.null("string")
    return joined.mutate(kind=joined.resource_kind.fill_null(said))


def days_ago(today: Column, day: Column) -> Column:
    """Days from a campus day (its number) to the cut-off's, `today` (a date): 0 for the day before it."""
    return today.epoch_days().cast("int64") - day - 1
