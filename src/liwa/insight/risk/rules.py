"""Plain rules for the time before there is anything to learn from: an order, no probability.

Each rule gives points; the sum orders the list and sets the band (MEDIUM, HIGH). A student of whom nothing is known
yet, nothing due and no feed, is in no band at all.
"""

from collections.abc import Callable, Mapping
from math import isnan

from liwa.insight.reasons import Reason, of_groups

MEDIUM = 2.0
HIGH = 4.0

Values = Mapping[str, float]
Rule = Callable[[Values], float]


def _value(values: Values, name: str, unknown: float) -> float:
    value = values.get(name, unknown)
    return unknown if isnan(value) else value


def _missing(values: Values) -> float:
    """Two points for the first assignment missing, one for each further, one if the last is among them; at most 5."""
    count = _value(values, "missing_count", 0)
    return min(5.0, 1.0 + count + _value(values, "missing_last", 0)) if count else 0.0


def _marks(values: Values) -> float:
    """Two points for a mean below 40 of 100, one below 50."""
    mean = _value(values, "score_mean", 1)
    return 2.0 if mean < 0.4 else 1.0 if mean < 0.5 else 0.0


def _late(values: Values) -> float:
    """Half a point for each late hand-in; at most one."""
    return min(1.0, 0.5 * _value(values, "late_count", 0))


def _activity(values: Values) -> float:
    """One point for a week without activity, two for two, three for three or more."""
    return min(3.0, float(_value(values, "days_since_active", 0) // 7))


def _trend(values: Values) -> float:
    """One point where activity fell to less than half."""
    return 1.0 if _value(values, "active_trend", 0) < -0.7 else 0.0


RULES: Mapping[str, Rule] = {
    "missing": _missing,
    "marks": _marks,
    "late": _late,
    "activity": _activity,
    "trend": _trend,
}


def points(values: Values) -> dict[str, float]:
    """Points of each rule for one student's features."""
    return {group: rule(values) for group, rule in RULES.items()}


def judge(values: Values) -> tuple[float, str, list[Reason]]:
    """Need (the sum of points), band, and reasons by points."""
    given = points(values)
    need = sum(given.values())
    if not _value(values, "due_count", 0) and isnan(values.get("days_since_active", float("nan"))):
        return need, "unknown", []
    band = "high" if need >= HIGH else "medium" if need >= MEDIUM else "low"
    ranked = [group for group, amount in sorted(given.items(), key=lambda item: -item[1]) if amount > 0]
    return need, band, of_groups(ranked, values)
