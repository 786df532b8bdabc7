"""Features: one file each. A feature is a function from the campus and a spine to one Ibis table.

The table has the spine's (enrollment, cutoff) and the feature's columns; a row of the spine that is missing in it has
null everywhere. Null means *unknown*. Only what was known before the row's cut-off may be used, and only
expressions that Spark understands too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import ibis

from liwa.core.registry import Registry
from liwa.insight.tables import Campus, Table

KEY = ("enrollment", "cutoff")
# Sums over threads differ in their last bits: who did the same is to have the same place.
DIGITS = 4
Function = Callable[[Campus, Table], Table]


@dataclass(frozen=True)
class Column:
    """One column of a feature.

    `group` is the reason it counts towards; `unknown` says when it is null; `risk` is +1 where more can only
    raise the risk, -1 where more can only lower it, 0 where either may be; a `category` holds words. What is not
    `learned` is for people and rules to see: models have something better in its place.
    """

    name: str
    group: str
    meaning: str
    unknown: str = "never"
    risk: Literal[-1, 0, 1] = 0
    kind: Literal["number", "category"] = "number"
    learned: bool = True


@dataclass(frozen=True)
class Feature:
    """A registered feature: its function, its columns, and whether it needs an activity feed or is protected."""

    name: str
    function: Function
    columns: tuple[Column, ...]
    activity: bool = False
    protected: bool = False


features = Registry[Feature]("feature", "liwa.insight.features")


def feature(
    name: str, columns: Sequence[Column], *, activity: bool = False, protected: bool = False
) -> Callable[[Function], Function]:
    """Register the decorated function as the feature `name`."""

    def keep(function: Function) -> Function:
        features.register(name)(Feature(name, function, tuple(columns), activity, protected))
        return function

    return keep


def chosen(*, protected: bool = False) -> list[Feature]:
    """The features in use, by name; protected attributes only where asked for."""
    return [one for _, one in features.items() if protected or not one.protected]


def compute(campus: Campus, spine: Table, some: Sequence[Feature]) -> Table:
    """The spine with the columns of the given features, one row per (enrollment, cutoff)."""
    wide = spine
    for one in some:
        names = [column.name for column in one.columns]
        table = one.function(campus, spine).select(*KEY, *names)
        wide = wide.left_join(table, list(KEY)).select(*wide.columns, *names)
    return wide


def standing(rows: Table, value: ibis.Expr) -> ibis.Expr:
    """The share of those of the row's (klass, cutoff) whose `value` is lower, 0 to 1, ties sharing the lowest place.

    Null where the value is unknown, or known of nobody else. It means the same whatever the class's line items are.
    """
    known = value.notnull()
    place = ibis.rank().over(
        ibis.window(group_by=["klass", "cutoff", known], order_by=value.cast("float64").round(DIGITS))
    )
    size = value.count().over(ibis.window(group_by=["klass", "cutoff"]))
    return known.ifelse(place / (size - 1).nullif(0), ibis.null("float64"))
