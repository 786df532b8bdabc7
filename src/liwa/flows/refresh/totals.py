"""Campus figures with no person in them."""

from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_noop as _

from liwa.digest.models import Band, CampusDigest, StudentDigest
from liwa.flows.refresh import Phase, Run, step
from liwa.flows.refresh.moment import RECORD_VERBS, SECONDS_A_WEEK, Moment, rows

SMALLEST_GROUP = 10
WEEKS_SHOWN = 26


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
    staff = enrolled.filter(enrolled.role != "student").user.nunique()
    students = enrolled.filter(enrolled.role == "student").user.nunique()
    running = sum(found["running"] for found in moment.classes.values())
    return {
        "students": _one(students),
        "staff": _one(staff),
        "orgs": _one(tables.org.count()),
        "courses": _one(tables.course.count()),
        "classes_running": running,
        "classes_ended": len(moment.classes) - running,
        "enrollments": _one(enrolled.count()),
        "events": _one(moment.known_events().count()),
    }


def _one(value: Any) -> int:
    return int(value.to_pyarrow().as_py())


def _bands(run: Run) -> dict[str, int]:
    counted = Counter(row["band"] for row in run.digest[StudentDigest])
    return {band: counted[band] for band in Band.values}


def _weekly(moment: Moment) -> list[dict[str, Any]]:
    """Active students and events in each of the last weeks, counted back from the moment."""
    events = moment.known_events().filter(lambda event: event.verb.notin(RECORD_VERBS))
    back = ((int(moment.run.as_of.timestamp()) - events.occurred_at.epoch_seconds()) // SECONDS_A_WEEK).cast(
        "int64"
    )
    dated = events.mutate(back=back).filter(lambda event: (event.back >= 0) & (event.back < WEEKS_SHOWN))
    counted = dated.group_by("back").agg(active=dated.user.nunique(), events=dated.count())
    found = [
        {
            "week_of": _day_back(moment, row["back"] + 1),
            "active": row["active"],
            "events": row["events"],
        }
        for row in sorted(rows(counted), key=lambda row: -row["back"])
    ]
    return [row for row in found if row["active"] >= SMALLEST_GROUP]


def _day_back(moment: Moment, weeks: int) -> str:
    return (moment.today - timedelta(weeks=weeks)).isoformat()


def _by_org(moment: Moment) -> list[dict[str, Any]]:
    role = moment.tables.role
    studying = role.filter(role.role == "student").select("user", "org").distinct()
    names = moment.tables.org.select("name", org="sourced_id")
    return _grouped(moment, rows(studying.join(names, "org")), "org", "name")


def _by_course(moment: Moment) -> list[dict[str, Any]]:
    enrolled = moment.enrolled()
    running = enrolled.filter(enrolled.running).select("user", "course").distinct()
    titles = moment.tables.course.select("title", course="sourced_id")
    return _grouped(moment, rows(running.join(titles, "course")), "course", "title")


def _grouped(moment: Moment, found: list[dict[str, Any]], key: str, name: str) -> list[dict[str, Any]]:
    """Students and bands by group, the largest first."""
    bands = {row["user"]: row["band"] for row in moment.run.digest[StudentDigest]}
    counted: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for row in found:
        band = bands.get(row["user"])
        if band is not None:
            counted[row[key], row[name]][band] += 1
    groups = [
        {
            "id": group,
            "name": label,
            "students": counts.total(),
            "high": counts[Band.HIGH],
            "medium": counts[Band.MEDIUM],
        }
        for (group, label), counts in counted.items()
        if counts.total() >= SMALLEST_GROUP
    ]
    return sorted(groups, key=lambda group: (-group["students"], group["name"]))


def _outcomes(moment: Moment) -> list[dict[str, Any]]:
    """Share of successful outcomes by the class's first day, oldest first."""
    outcome = moment.tables.outcome
    known = outcome.filter(outcome.known_at < moment.run.as_of, outcome.success.notnull())
    enrollment = moment.tables.enrollment.select("klass", enrollment="sourced_id")
    joined = known.join(enrollment, known.sourced_id == enrollment.enrollment)
    counted = joined.group_by("klass").agg(
        completed=joined.success.cast("int64").sum(), n=joined.success.count()
    )
    sessions: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows(counted):
        span = moment.classes.get(row["klass"])
        if span and not span["running"]:
            session = sessions[span["starts_at"].astimezone(moment.run.campus.zone).date().isoformat()]
            session[0] += row["completed"]
            session[1] += row["n"]
    return [
        {"session": session, "completed": done / n, "n": n}
        for session, (done, n) in sorted(sessions.items())
        if n >= SMALLEST_GROUP
    ]
