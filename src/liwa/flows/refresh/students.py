"""One row for each student in a running class, over all of them: what an adviser's list shows."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from liwa.core import clock
from liwa.digest.models import Band, EnrollmentDigest, StudentDigest
from liwa.flows.refresh import Phase, Run, step
from liwa.flows.refresh import progress as done
from liwa.flows.refresh.moment import WEEK, Moment, day_number, numbered_day, rows

WEEKS_SHOWN = 12
ENTRIES_SHOWN = 60
QUIET_DAYS = 14
AT_RISK = (Band.HIGH, Band.MEDIUM)

Rows = list[dict[str, Any]]
Entries = Iterable[tuple[str, dict[str, Any]]]


@step("students", Phase.DIGEST, after=("enrollments",))
def students(run: Run) -> None:
    """Fill StudentDigest from the enrollments' rows."""
    moment = Moment.of(run)
    own: dict[str, Rows] = defaultdict(list)
    for row in run.digest[EnrollmentDigest]:
        own[row["user"]].append(row)
    weeks = _Weeks(moment)
    timeline = _timelines(moment)
    run.digest[StudentDigest] = [
        _student(moment, user, enrollments, weeks.of(user), timeline[user])
        for user, enrollments in own.items()
    ]


def _student(moment: Moment, user: str, enrollments: Rows, weeks: Rows, timeline: Rows) -> dict[str, Any]:
    top = max(enrollments, key=lambda row: (row["need"], row["enrollment"]))
    active = [row["last_active_on"] for row in enrollments if row["last_active_on"]]
    title = moment.classes[top["klass"]].title
    return {
        "user": user,
        "top": top["enrollment"],
        "need": top["need"],
        "band": top["band"],
        "basis": top["basis"],
        **{name: top[name] for name in ("risk", "risk_low", "risk_high", "withdraw")},
        "reasons": [{**reason, "klass": title} for reason in top["reasons"]],
        "classes": len(enrollments),
        "classes_at_risk": sum(row["band"] in AT_RISK for row in enrollments),
        "missing": sum(row["missing"] for row in enrollments),
        "weeks": weeks,
        "timeline": timeline,
        "last_active_on": max(active, default=None),
    }


class _Weeks:
    """How often a student was seen in each of the last weeks; null for weeks in which no feed has seen anyone.

    Feeds measure in clicks, swipes and loans, which cannot be added up; times can.
    """

    def __init__(self, moment: Moment) -> None:
        first = day_number(moment.today) - WEEKS_SHOWN * WEEK
        events = moment.activity()
        events = events.filter(events.day >= first)
        dated = events.mutate(place=((events.day - first) // WEEK).cast("int64"))
        summed = dated.group_by("user", "place").agg(times=dated.count())
        self._times: dict[str, dict[int, int]] = defaultdict(dict)
        for row in rows(summed):
            self._times[row["user"]][row["place"]] = row["times"]
        self._covered = {place for own in self._times.values() for place in own}
        self._days = [numbered_day(first + place * WEEK).isoformat() for place in range(WEEKS_SHOWN)]

    def of(self, user: str) -> Rows:
        """[{week_of, amount}], oldest first."""
        own = self._times.get(user, {})
        return [
            {"week_of": day, "amount": own.get(place, 0) if place in self._covered else None}
            for place, day in enumerate(self._days)
        ]


def _timelines(moment: Moment) -> dict[str, Rows]:
    """{user: entries}, newest first, of the running classes."""
    found: dict[str, Rows] = defaultdict(list)
    for entries in (_hand_ins, _missed, _enrolled, _quiet):
        for user, entry in entries(moment):
            found[user].append(entry)
    for timeline in found.values():
        timeline.sort(key=lambda entry: (entry["on"], entry["klass"], entry["title"]), reverse=True)
        del timeline[ENTRIES_SHOWN:]
    return found


def _hand_ins(moment: Moment) -> Entries:
    results = done.results(moment)
    for row in rows(results.filter(results.klass.isin(sorted(moment.running)))):
        kind = "scored" if row["is_marked_only"] else "late" if row["late"] else "submitted"
        on = numbered_day(row["on"]).isoformat()
        entry = {"on": on, "kind": kind, "klass": row["klass"], "title": row["title"]}
        if row["share"] is not None:
            entry |= {"score": round(row["share"] * row["full"], 2), "max": row["full"]}
        yield row["user"], entry


def _missed(moment: Moment) -> Entries:
    """Due items of current students without a hand-in, on the day they were due."""
    missing = done.missing(moment)
    for row in rows(missing.filter(missing.klass.isin(sorted(moment.running)))):
        on = row["due_date"].isoformat()
        yield row["user"], {"on": on, "kind": "missed", "klass": row["klass"], "title": row["title"]}


def _enrolled(moment: Moment) -> Entries:
    events = moment.known_events()
    chosen = events.filter(
        events.verb.isin(("registered", "withdrew")), events.klass.isin(sorted(moment.running))
    ).select("user", "klass", "verb", "occurred_at")
    for row in rows(chosen):
        on = clock.day_of(row["occurred_at"], moment.zone)
        yield row["user"], {"on": on.isoformat(), "kind": row["verb"], "klass": row["klass"], "title": ""}


def _quiet(moment: Moment) -> Entries:
    """Fourteen days or more since the last activity, where there was any."""
    events = moment.activity()
    for row in rows(events.group_by("user").agg(day=events.day.max())):
        last = numbered_day(row["day"])
        days = (moment.today - last).days
        if days >= QUIET_DAYS:
            entry = {"on": last.isoformat(), "kind": "quiet", "klass": "", "title": "", "days": days}
            yield row["user"], entry
