"""Campus figures with no person in them."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_noop as _

from liwa.digest.models import Band, CampusDigest, EnrollmentDigest, StudentDigest
from liwa.flows.refresh import Phase, Run, step
from liwa.flows.refresh.moment import WEEK, Moment, day_number, numbered_day, rows
from liwa.flows.refresh.outcomes import SMALLEST_GROUP, known, shares

WEEKS_SHOWN = 26
NOT_STAFF = ("student", "parent", "guardian", "relative")
GRAVEST = (Band.HIGH, Band.MEDIUM, Band.LOW, Band.UNKNOWN)

Rows = list[dict[str, Any]]


@step("totals", Phase.DIGEST, after=("students",))
def totals(run: Run) -> None:
    """Fill CampusDigest."""
    moment = Moment.of(run)
    figures = {
        "counts": (_counts(moment), _("Rows of the records, and events of the lake known at the cut-off.")),
        "bands": (_bands(run), _("Students in running classes by their most needing class.")),
        "weekly": (_weekly(moment), _("Events of all feeds, and students with at least one, by week.")),
        "by_org": (_by_org(moment), _("Students by the org of their role; groups under ten are left out.")),
        "by_course": (_by_course(moment), _("Students in running classes; groups under ten are left out.")),
        "outcomes": (
            _outcomes(moment),
            _("Outcomes given by feeds, by the session in which the class ended."),
        ),
    }
    run.digest[CampusDigest] = [
        {"name": name, "value": value, "source": source} for name, (value, source) in figures.items()
    ]


def _counts(moment: Moment) -> dict[str, int]:
    tables = moment.tables
    enrolled = tables.enrollment
    studying = enrolled.filter(enrolled.role == "student")
    teaching = enrolled.filter(enrolled.role.notin(NOT_STAFF)).select("user")
    role = tables.role.filter(tables.role.role.notin(NOT_STAFF)).select("user")
    return {
        "students": _one(studying.user.nunique()),
        "staff": _one(teaching.union(role, distinct=True).count()),
        "orgs": _one(tables.org.count()),
        "courses": _one(tables.course.count()),
        "classes_running": len(moment.running),
        "classes_ended": len(moment.classes) - len(moment.running),
        "enrollments": _one(studying.count()),
        "events": _one(moment.known_events().count()),
    }


def _one(value: Any) -> int:
    return int(value.to_pyarrow().as_py())


def _bands(run: Run) -> dict[str, int]:
    counted = Counter(row["band"] for row in run.digest[StudentDigest])
    return {band: counted[band] for band in Band.values}


def _weekly(moment: Moment) -> Rows:
    """Active users and events in each of the last weeks, counted back from the moment, oldest first."""
    first = day_number(moment.today) - WEEKS_SHOWN * WEEK
    events = moment.activity()
    dated = events.filter(events.day >= first).mutate(place=((events.day - first) // WEEK).cast("int64"))
    counted = dated.group_by("place").agg(active=dated.user.nunique(), events=dated.count())
    return [
        {
            "week_of": numbered_day(first + row["place"] * WEEK).isoformat(),
            "active": row["active"],
            "events": row["events"],
        }
        for row in rows(counted.order_by("place"))
        if row["active"] >= SMALLEST_GROUP
    ]


def _by_org(moment: Moment) -> Rows:
    """Students in running classes by the orgs of their roles, with how their ended classes went."""
    role = moment.tables.role
    studying = role.filter(role.role == "student").select("user", "org").distinct()
    bands = {row["user"]: row["band"] for row in moment.run.digest[StudentDigest]}
    members = ((row["org"], bands[row["user"]]) for row in rows(studying) if row["user"] in bands)
    judged = known(moment).join(studying, "user")
    return _grouped(members, _names(moment.tables.org, "name"), judged, "org")


def _by_course(moment: Moment) -> Rows:
    """Students in running classes by course, each by the gravest band there."""
    gravest: dict[tuple[str, str], int] = {}
    for row in moment.run.digest[EnrollmentDigest]:
        key = (moment.classes[row["klass"]].course, row["user"])
        gravest[key] = min(gravest.get(key, len(GRAVEST)), GRAVEST.index(row["band"]))
    members = ((course, GRAVEST[place]) for (course, _), place in gravest.items())
    judged = known(moment).join(moment.spans.select("klass", "course"), "klass")
    return _grouped(members, _names(moment.tables.course, "title"), judged, "course")


def _names(table: Any, name: str) -> dict[str, str]:
    return {row["sourced_id"]: row[name] for row in rows(table.select("sourced_id", name))}


def _grouped(members: Iterable[tuple[str, str]], names: dict[str, str], judged: Any, key: str) -> Rows:
    """Groups of (group, band) members, the largest first."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for group, band in members:
        counted[group][band] += 1
    completed = shares(judged, key)
    groups = [
        {
            "id": group,
            "name": names[group],
            "students": counts.total(),
            "high": counts[Band.HIGH],
            "medium": counts[Band.MEDIUM],
            "completed": completed[group].completed if group in completed else None,
        }
        for group, counts in counted.items()
        if counts.total() >= SMALLEST_GROUP and group in names
    ]
    return sorted(groups, key=lambda group: (-group["students"], group["id"]))


def _outcomes(moment: Moment) -> Rows:
    """Share of successful outcomes by the class's first day, oldest first."""
    begun = moment.spans.select("klass", session="first_day")
    found = shares(known(moment).join(begun, "klass"), "session")
    return [
        {"session": numbered_day(day).isoformat(), "completed": found[day].completed, "n": found[day].n}
        for day in sorted(found)
    ]
