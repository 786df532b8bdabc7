"""Why a student is listed: at most three message keys with numbers, worded here in English, translated by pages.

A reason is `{"key": "missing_assignments", "count": 2, "days": 16}`. Only what raises the risk is a reason, and only
what somebody can act on: prior education, earlier results or the course may weigh in the risk but are never shown.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import exp, floor, isnan
from typing import Any

from liwa.core.errors import LiwaError
from liwa.insight.features.deadlines import LAST_DAYS
from liwa.insight.features.media import DAYS as MEDIA_DAYS
from liwa.insight.features.plan import SOON_DAYS

MOST = 3
# Groups that add less than this to the log-odds are not worth a sentence.
LEAST = 0.05
NEVER = 999

Reason = dict[str, Any]
Values = Mapping[str, float]


@dataclass(frozen=True)
class Template:
    """The English words of a reason; `number` names the figure that decides between singular and plural."""

    singular: str
    plural: str
    number: str


def ngettext(singular: str, plural: str, number: str) -> Template:
    """Mark words for translation: extraction tools know the name and take both forms as one message."""
    return Template(singular, plural, number)


TEMPLATES: dict[str, Template] = {
    "missing_assignments": ngettext(
        "%(count)s assignment missing, nothing handed in for %(days)s days",
        "%(count)s assignments missing, none handed in for %(days)s days",
        "count",
    ),
    "missing_some": ngettext("%(count)s assignment missing", "%(count)s assignments missing", "count"),
    "nothing_handed_in": ngettext(
        "%(count)s assignment was due, and nothing has been handed in",
        "%(count)s assignments were due, and nothing has been handed in",
        "count",
    ),
    "late_assignments": ngettext(
        "%(count)s assignment handed in late", "%(count)s assignments handed in late", "count"
    ),
    "low_marks": ngettext(
        "%(mean)s out of 100 on average over %(count)s mark",
        "%(mean)s out of 100 on average over %(count)s marks",
        "count",
    ),
    "falling_marks": ngettext(
        "Latest mark %(last)s out of 100, %(points)s point below the average so far",
        "Latest mark %(last)s out of 100, %(points)s points below the average so far",
        "points",
    ),
    "below_class": ngettext(
        "Marks %(points)s point below the class average",
        "Marks %(points)s points below the class average",
        "points",
    ),
    "never_active": ngettext(
        "Not seen once since the class began %(days)s day ago",
        "Not seen once since the class began %(days)s days ago",
        "days",
    ),
    "inactive": ngettext(
        "Nothing opened in the class online for %(days)s day",
        "Nothing opened in the class online for %(days)s days",
        "days",
    ),
    "less_active": ngettext(
        "Active on %(count)s of the last 28 days, at %(percent)s%% of the class average last week",
        "Active on %(count)s of the last 28 days, at %(percent)s%% of the class average last week",
        "count",
    ),
    "falling_activity": ngettext(
        "Activity down by %(percent)s%% against the weeks before",
        "Activity down by %(percent)s%% against the weeks before",
        "percent",
    ),
    "not_on_campus": ngettext(
        "Not seen on campus for %(days)s day", "Not seen on campus for %(days)s days", "days"
    ),
    "heavy_load": ngettext(
        "Takes %(count)s other class at the same time",
        "Takes %(count)s other classes at the same time",
        "count",
    ),
    "due_soon": ngettext(
        "%(percent)s%% of the final mark is due within %(days)s day and not handed in",
        "%(percent)s%% of the final mark is due within %(days)s days and not handed in",
        "days",
    ),
    "irregular": ngettext(
        "Active in %(count)s of the last %(weeks)s weeks, with long gaps between",
        "Active in %(count)s of the last %(weeks)s weeks, with long gaps between",
        "count",
    ),
    "last_minute": ngettext(
        "Works mostly in the last %(count)s day before work is due",
        "Works mostly in the last %(count)s days before work is due",
        "count",
    ),
    "no_forum": ngettext(
        "Has not been in the forum for %(count)s day; %(percent)s%% of the class have",
        "Has not been in the forum for %(count)s days; %(percent)s%% of the class have",
        "count",
    ),
    "no_video": ngettext(
        "Has watched no video for %(count)s day; %(percent)s%% of the class have",
        "Has watched no video for %(count)s days; %(percent)s%% of the class have",
        "count",
    ),
    "withdrew_elsewhere": ngettext(
        "Has withdrawn from %(count)s other class this term",
        "Has withdrawn from %(count)s other classes this term",
        "count",
    ),
}

# Group of features -> what can be said of it. Groups that are not here are never a reason: nobody can act on them.
KEYS: Mapping[str, tuple[str, ...]] = {
    "missing": ("missing_assignments", "missing_some", "nothing_handed_in"),
    "late": ("late_assignments",),
    "marks": ("low_marks", "falling_marks", "below_class"),
    "activity": ("never_active", "inactive", "less_active"),
    "trend": ("falling_activity",),
    "campus": ("not_on_campus",),
    "load": ("heavy_load", "withdrew_elsewhere"),
    "due": ("due_soon",),
    "regularity": ("irregular",),
    "deadline": ("last_minute",),
    "forum": ("no_forum",),
    "video": ("no_video",),
}
_GROUPS = {key: group for group, keys in KEYS.items() for key in keys}


def group_of(key: str) -> str:
    """The group of features that a reason speaks of; the key itself for one that another version wrote."""
    return _GROUPS.get(key, key)


def english(reason: Reason) -> str:
    """The reason in English. Raises LiwaError for a key that is not one of TEMPLATES."""
    try:
        template = TEMPLATES[reason["key"]]
    except KeyError:
        raise LiwaError(f"There is no reason called {reason.get('key')!r}.") from None
    words = template.singular if reason[template.number] == 1 else template.plural
    return words % reason


def chosen(contributions: Mapping[str, float], values: Values) -> list[Reason]:
    """At most MOST reasons from what each group adds to the log-odds, the strongest first."""
    ranked = sorted(contributions.items(), key=lambda item: (-item[1], item[0]))
    found = (_said(group, values) for group, amount in ranked if amount >= LEAST and group in SAYERS)
    return _first(reason for reason in found if reason)


def of_groups(groups: Iterable[str], values: Values) -> list[Reason]:
    """At most MOST reasons for groups already in order of weight."""
    found = (_said(group, values) for group in groups if group in SAYERS)
    return _first(reason for reason in found if reason)


def _first(found: Iterable[Reason]) -> list[Reason]:
    return [reason for _, reason in zip(range(MOST), found, strict=False)]


def _said(group: str, values: Values) -> Reason | None:
    return SAYERS[group](values)


def _known(values: Values, name: str) -> float | None:
    value = values.get(name)
    return None if value is None or isnan(value) else value


def _whole(number: float) -> int:
    """To the nearest whole number, a half upwards.

    What it is given comes from settled values (`Rows.settled`); three decimals are what is left of their five once
    they are percent, so that neither the last bit of a sum nor that of this product decides.
    """
    return floor(round(number, 3) + 0.5)


def _missing(values: Values) -> Reason | None:
    count = int(_known(values, "missing_count") or 0)
    days = _known(values, "days_since_hand_in")
    if count < 1:
        return None
    if not _known(values, "handed_in"):
        return {"key": "nothing_handed_in", "count": count}
    if days is not None and days >= 7:
        return {"key": "missing_assignments", "count": count, "days": int(days)}
    return {"key": "missing_some", "count": count}


def _late(values: Values) -> Reason | None:
    count = int(_known(values, "late_count") or 0)
    return {"key": "late_assignments", "count": count} if count else None


def _marks(values: Values) -> Reason | None:
    mean, last = _known(values, "score_mean"), _known(values, "score_last")
    change, against = _known(values, "score_change"), _known(values, "score_class")
    if mean is None:
        return None
    if mean < 0.5:
        return {
            "key": "low_marks",
            "mean": _whole(100 * mean),
            "count": int(_known(values, "score_count") or 1),
        }
    if change is not None and last is not None and change <= -0.1:
        return {"key": "falling_marks", "last": _whole(100 * last), "points": _whole(-100 * change)}
    if against is not None and against <= -0.02:
        return {"key": "below_class", "points": _whole(-100 * against)}
    return None


def _activity(values: Values) -> Reason | None:
    days, ratio = _known(values, "days_since_active"), _known(values, "active_ratio_7")
    if days is None:
        return None
    if days >= NEVER:
        return {"key": "never_active", "days": max(1, _whole(7 * (_known(values, "week_now") or 0)))}
    if days >= 7:
        return {"key": "inactive", "days": int(days)}
    if ratio is not None and ratio < 0.5:
        count = int(_known(values, "active_days_28") or 0)
        return {"key": "less_active", "count": count, "percent": _whole(100 * ratio)}
    return None


def _trend(values: Values) -> Reason | None:
    trend, days = _known(values, "active_trend"), _known(values, "days_since_active")
    if trend is None or trend > -0.5 or days is None or days >= 7:
        return None
    return {"key": "falling_activity", "percent": _whole(100 * (1 - exp(trend)))}


def _campus(values: Values) -> Reason | None:
    days = _known(values, "campus_days_since")
    return {"key": "not_on_campus", "days": int(days)} if days is not None and 14 <= days < NEVER else None


def _load(values: Values) -> Reason | None:
    left, others = _known(values, "withdrawn_elsewhere") or 0, _known(values, "other_classes") or 0
    if left >= 1:
        return {"key": "withdrew_elsewhere", "count": int(left)}
    return {"key": "heavy_load", "count": int(others)} if others >= 2 else None


def _due(values: Values) -> Reason | None:
    weight = _known(values, "due_soon_weight") or 0
    return {"key": "due_soon", "percent": _whole(weight), "days": SOON_DAYS} if weight >= 5 else None


def _regularity(values: Values) -> Reason | None:
    active, weeks, gap = (_known(values, name) for name in ("weeks_active", "weeks_seen", "longest_gap"))
    if active is None or weeks is None or gap is None or weeks < 3 or not 0 < active < weeks or gap < 10:
        return None
    return {"key": "irregular", "count": int(active), "weeks": int(weeks)}


def _deadline(values: Values) -> Reason | None:
    share = _known(values, "last_minute_share")
    return {"key": "last_minute", "count": LAST_DAYS} if share is not None and share >= 0.75 else None


def _unused(name: str) -> Callable[[Values], Reason | None]:
    def say(values: Values) -> Reason | None:
        days, of_class = _known(values, f"{name}_days"), _known(values, f"{name}_class")
        if days is None or of_class is None or days > 0 or of_class < 0.5:
            return None
        return {"key": f"no_{name}", "count": MEDIA_DAYS, "percent": _whole(100 * of_class)}

    return say


# What is said for a group of features; a group without an entry is never shown.
SAYERS: Mapping[str, Callable[[Values], Reason | None]] = {
    "missing": _missing,
    "late": _late,
    "marks": _marks,
    "activity": _activity,
    "trend": _trend,
    "campus": _campus,
    "load": _load,
    "due": _due,
    "regularity": _regularity,
    "deadline": _deadline,
    "forum": _unused("forum"),
    "video": _unused("video"),
}
