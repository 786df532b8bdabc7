"""What a model's card says, put in the order in which a page shows it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from liwa.portal.charts import Chart, Series
from liwa.records.models import AcademicSession, Course

Content = Mapping[str, Any]
Words = str | Promise

# What features are grouped by, in words.
GROUPS: dict[str, Words] = {
    "activity": _("Activity in the course"),
    "campus": _("Activity on campus"),
    "course": _("The course and its moment"),
    "deadline": _("Work before deadlines"),
    "due": _("Work soon due"),
    "earlier": _("Earlier classes"),
    "education": _("Prior education"),
    "forum": _("Forum"),
    "late": _("Lateness"),
    "load": _("Study load"),
    "marks": _("Marks"),
    "missing": _("Hand-ins"),
    "protected": _("Protected attributes"),
    "registration": _("Registration"),
    "regularity": _("Regularity"),
    "trend": _("Change of activity"),
    "video": _("Videos"),
}

# What the risk is compared with.
BASELINES: dict[str, Words] = {
    "no visit for 7 days": _("no visit for 7 days"),
    "failing average": _("failing average"),
    "logistic regression": _("logistic regression"),
}

ATTRIBUTES: dict[str, Words] = {
    "sex": _("Gender"),
    "age_band": _("Age"),
    "disability": _("Disability"),
    "deprivation": _("Deprivation of the home area"),
    "region": _("Home region"),
}

VALUES: dict[tuple[str, str], Words] = {
    ("sex", "female"): _("women"),
    ("sex", "male"): _("men"),
    ("disability", "True"): _("with a disability"),
    ("disability", "False"): _("without a disability"),
}

# The week whose picture is open at first, and whose gaps are shown.
PICTURE_WEEK = 4
# From here on a feature is listed as having moved (see `insight.drift`).
MOVED = 0.10
MUCH = 0.25


def titled(records: Sequence[Content]) -> list[Content]:
    """The records with their term's title in place of its id."""
    titles = dict(
        AcademicSession.objects.filter(pk__in={one["term"] for one in records}).values_list("pk", "title")
    )
    return [{**one, "term": titles.get(one["term"], one["term"])} for one in records]


def compared(content: Content) -> dict[str, Any]:
    """The model beside simpler means: the weeks, and for each means the AUC after each week (None: not known)."""
    ours = [{**one, "name": ""} for one in content.get("evaluation", [])]
    records = titled([*ours, *content.get("baselines", [])])
    weeks = sorted({one["week"] for one in records})
    found: dict[tuple[str, str], dict[int, float | None]] = {}
    for one in records:
        found.setdefault((one["name"], one["term"]), {})[one["week"]] = one["auc"]
    return {
        "weeks": weeks,
        "rows": [
            (
                BASELINES.get(name, name) if name else _("This model"),
                term,
                [values.get(week) for week in weeks],
            )
            for (name, term), values in found.items()
        ],
        "terms": len({term for _name, term in found}),
        "others": bool(content.get("baselines")),
    }


def features(content: Content) -> list[tuple[Words, list[Content]]]:
    """(group in words, its columns), in the order in which the card names them."""
    grouped: dict[str, list[Content]] = {}
    for one in content.get("features", []):
        grouped.setdefault(one["group"], []).append(one)
    return [(GROUPS.get(group, group), columns) for group, columns in grouped.items()]


def lists(content: Content) -> list[dict[str, Any]]:
    """What lists of limited length find: a row per week and share of the students, then the advisers' own."""
    found = []
    for one in _of_last_term(content.get("evaluation", [])):
        found += [{"week": one["week"], **top} for top in one.get("tops", [])]
        if one.get("advisers"):
            found.append({"week": one["week"], "share": None, **one["advisers"]})
    return found


def withdrawals(content: Content) -> list[Content]:
    """How well withdrawing within four weeks was foreseen in the last tested term, by week."""
    return _of_last_term(content.get("withdrawals", []))


def picture(content: Content) -> Chart | None:
    """Stated risk against what came true, by tenths of the students, at the week nearest PICTURE_WEEK."""
    shapes = _of_last_term(content.get("reliability", []))
    if not shapes:
        return None
    shape = min(shapes, key=lambda one: (abs(one["week"] - PICTURE_WEEK), one["week"]))
    bins = shape["bins"]
    return Chart(
        title=gettext("Stated risk and what came true, after week %(week)d") % {"week": shape["week"]},
        axis_name=gettext("Tenths of the students, the lowest risk first"),
        axis=[str(place) for place in range(1, len(bins) + 1)],
        series=[
            Series(gettext("came true"), [one["failed"] for one in bins], "main"),
            Series(gettext("stated"), [one["risk"] for one in bins], "peer"),
        ],
        unit="percent",
    )


def courses(content: Content) -> dict[str, Any]:
    """AUC by course and week: the weeks, and (course's title, [record or None by week])."""
    records = _of_last_term(content.get("courses", []))
    weeks = sorted({one["week"] for one in records})
    titles = dict(Course.objects.filter(pk__in={one["course"] for one in records}).values_list("pk", "title"))
    found: dict[str, dict[int, Content]] = {}
    for one in records:
        found.setdefault(one["course"], {})[one["week"]] = one
    rows = [
        (titles.get(course, course), [by_week.get(week) for week in weeks])
        for course, by_week in found.items()
    ]
    return {"weeks": weeks, "rows": sorted(rows, key=lambda row: str(row[0]))}


def gaps(content: Content) -> list[dict[str, Any]]:
    """By attribute: its records at the week nearest PICTURE_WEEK, and the groups that are too small for figures."""
    records = _of_last_term(content.get("gaps", []))
    if not records:
        return []
    week = min({one["week"] for one in records}, key=lambda one: (abs(one - PICTURE_WEEK), one))
    found: dict[str, dict[str, Any]] = {}
    for one in records:
        if one["week"] != week:
            continue
        name = one["attribute"]
        part = found.setdefault(
            name, {"name": ATTRIBUTES.get(name, name), "week": week, "rows": [], "left_out": []}
        )
        group = VALUES.get((name, one["group"]), one["group"])
        if one["left_out"]:
            part["left_out"].append(str(group))
        else:
            part["rows"].append({**one, "group": group})
    return list(found.values())


def moved(content: Content) -> dict[str, Any] | None:
    """How far today's students have moved: features that have, the farthest first, at most twelve; None if unknown."""
    drift = content.get("drift")
    if not drift or not drift["rows"]:
        return None
    far = [one for one in drift["columns"] if one["psi"] >= MOVED]
    return {
        "rows": drift["rows"],
        "left_out": drift["left_out"],
        "all": len(drift["columns"]),
        "count": len(far),
        "much": drift["moved"],
        "came_true": drift.get("came_true"),
        "columns": [
            {**one, "group": GROUPS.get(one["group"], one["group"]), "far": one["psi"] >= MUCH}
            for one in far[:12]
        ],
    }


def _of_last_term(records: Iterable[Content]) -> list[Content]:
    """The records of the last term tested; they come oldest first."""
    some = list(records)
    return [one for one in some if one["term"] == some[-1]["term"]]
